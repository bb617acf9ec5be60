"""How a library wants its arrays, and how it is called; the standard library only, torch is one of them."""

import dataclasses
from collections.abc import Callable
from typing import Any

Setting = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Method:
    """A way to compute attention.

    Attributes:
      layout: the order of batch (b), heads (h), length (t) and width (d); `bgrtd` has query heads in groups
        (r in each of g), keys and values with r = 1.
      attend: from a setting to a function of queries, keys and values in that layout.
    """

    layout: str
    attend: Callable[[Setting], Callable[..., Any]]

    def to(self, x: Any, groups: int) -> Any:
        """Arrays of order `bhtd` in this layout."""
        if self.layout == "bthd":
            return x.swapaxes(1, 2)
        return x.reshape(x.shape[0], groups, -1, *x.shape[2:]) if self.layout == "bgrtd" else x

    def back(self, x: Any) -> Any:
        """What the function returns, in the order `bhtd`."""
        if self.layout == "bthd":
            return x.swapaxes(1, 2)
        return x.reshape(x.shape[0], -1, *x.shape[3:]) if self.layout == "bgrtd" else x


def heads(setting: Setting) -> tuple[int, int]:
    """Heads of queries, and of keys and values: `8` or `8:2`."""
    queries, _, keys = str(setting["heads"]).partition(":")
    return int(queries), int(keys or queries)


def shapes(setting: Setting) -> list[tuple[int, int, int, int]]:
    """Of queries, keys and values, in the order `bhtd`."""
    queries, keys = heads(setting)
    b, t, d = setting["batch"], setting["length"], setting["width"]
    return [(b, h, t, d) for h in (queries, keys, keys)]
