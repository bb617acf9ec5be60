r"""Merging: one set of weights from several that were fine-tuned apart, for one array.

Claims: `jaxmath.claims.merging`.
"""

from jaxmath.definitions.merging.averages import fisher_merge as fisher_merge
from jaxmath.definitions.merging.averages import soup as soup
from jaxmath.definitions.merging.averages import task_arithmetic as task_arithmetic
from jaxmath.definitions.merging.spherical import angle_between as angle_between
from jaxmath.definitions.merging.spherical import slerp as slerp
from jaxmath.definitions.merging.ties import ties_merge as ties_merge
