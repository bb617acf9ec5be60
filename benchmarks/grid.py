"""The sizes of the benchmarks, once."""

LENGTHS = (64, 128, 256, 512, 1024)
HEAD_WIDTHS = (16, 64, 256)
NORM_WIDTHS = (64, 256, 1024, 4096)
DEPTHS = (1, 2, 4, 8)

HEAD = 64  # width of a head where the length varies
SHORT = 64  # length where the width varies
KEYS = 32  # keys in a block of a loop over them
BLOCK_LENGTH, BLOCK_WIDTH, BLOCK_HEADS = 16, 32, 4  # where the depth varies


def quick(sizes: tuple[int, ...]) -> tuple[int, ...]:
    """The first two sizes."""
    return sizes[:2]
