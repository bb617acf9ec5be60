"""The runs of Hoffmann et al. 2022, as Besiroglu et al. 2024, arXiv:2404.10102, read them off figure 4."""

import csv
import importlib.resources

import numpy as np


def runs(dropped: int = 5) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Parameters, tokens and losses of 245 runs, less those of the highest losses."""
    table = importlib.resources.files(__package__) / "_figure_4.csv"
    with table.open(encoding="utf-8") as lines:
        rows = np.array([[float(cell) for cell in row] for row in list(csv.reader(lines))[1:]])
    n, flops, loss = rows.T
    # As the source does it: what is as high as the fifth highest goes, too.
    kept = loss < np.sort(loss)[-dropped] if dropped else np.ones(len(loss), bool)
    return n[kept], (flops / (6 * n))[kept], loss[kept]
