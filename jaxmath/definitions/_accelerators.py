"""Accelerators as their makers describe them.

A row: name; dense TFLOP/s in bfloat16 (float16 where there is none); GB/s of memory; GB of memory; GB/s to
a neighbour in one direction (half of what is printed for both); GB/s of network for each device in one
direction; devices of a node; watts, if they are printed; source.
Networks of GPUs are those of the DGX system built from them (a port of 100, 200 or 400 Gbit/s for each
device), and an assumption where the source names no such system. For TPUs the node is the pod, whose links
reach every chip.
"""

_DGX = "network of the DGX system built from them"
_CLOUD = "docs.cloud.google.com/tpu/docs"

TABLE: tuple[tuple[str, float, float, float, float, float, int, float | None, str], ...] = (
    ("v100", 125.0, 900, 32, 150, 12.5, 8, 300, f"NVIDIA V100 datasheet (SXM2, float16); {_DGX}"),
    ("a100-40gb", 312.0, 1555, 40, 300, 25, 8, 400, f"NVIDIA A100 datasheet (SXM4 40 GB); {_DGX}"),
    ("a100", 312.0, 2039, 80, 300, 25, 8, 400, f"NVIDIA A100 datasheet (SXM4 80 GB); {_DGX}"),
    ("h100", 989.4, 3350, 80, 450, 50, 8, 700, f"NVIDIA H100 datasheet (SXM5, without sparsity); {_DGX}"),
    ("h200", 989.4, 4800, 141, 450, 50, 8, 700, f"NVIDIA H200 datasheet (SXM5, without sparsity); {_DGX}"),
    ("b200", 2250.0, 8000, 180, 900, 50, 8, 1000, f"NVIDIA DGX B200 datasheet, a device's share; {_DGX}"),
    (
        "l4",
        121.0,
        300,
        24,
        32,
        12.5,
        8,
        72,
        "NVIDIA L4 datasheet (without sparsity, PCIe 4); network assumed",
    ),
    (
        "l40s",
        362.05,
        864,
        48,
        32,
        25,
        8,
        350,
        "NVIDIA L40S datasheet (without sparsity, PCIe 4); network assumed",
    ),
    (
        "rtx-4090",
        165.2,
        1008,
        24,
        32,
        12.5,
        8,
        450,
        "NVIDIA Ada white paper, appendix (float32 sums); network assumed",
    ),
    ("mi300x", 1307.4, 5300, 192, 448, 50, 8, 750, "AMD Instinct MI300X data sheet; network assumed"),
    (
        "tpu-v4",
        275.0,
        1200,
        32,
        300,
        6.25,
        4096,
        192,
        f"{_CLOUD}/v4; Jouppi et al. 2023, arXiv:2304.01433, table 4",
    ),
    ("tpu-v5e", 197.0, 819, 16, 200, 6.25, 256, None, f"{_CLOUD}/v5e; network assumed"),
    ("tpu-v5p", 459.0, 2765, 95, 600, 6.25, 8960, None, f"{_CLOUD}/v5p"),
    ("tpu-v6e", 918.0, 1638, 32, 400, 12.5, 256, None, f"{_CLOUD}/v6e; network assumed"),
)
