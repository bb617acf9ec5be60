"""What is installed, by name and version."""

import importlib.metadata
import platform
import sys

import jax

PACKAGES = ("jaxmath", "jax", "jaxlib", "flax", "optax", "numpy")


def versions() -> dict[str, str]:
    """Versions of this library, of those it speaks about, and of Python."""
    return {name: _version(name) for name in PACKAGES} | {"python": platform.python_version()}


def device_lines() -> list[str]:
    """The devices and the default floating type, in words."""
    devices = ", ".join(f"{d.platform}:{d.id} ({d.device_kind})" for d in jax.devices())
    wide = jax.config.read("jax_enable_x64")
    return [
        f"devices  {devices}",
        f"floats   {'float64' if wide else 'float32'} by default (jax_enable_x64={wide})",
    ]


def version_text() -> str:
    """Everything that `jaxmath --version` says."""
    return "\n".join([f"{name:<8} {version}" for name, version in versions().items()] + device_lines())


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return str(getattr(sys.modules.get(name), "__version__", "not installed"))
