r"""Quantisers: numbers written in few bits, for one block of entries that share a scale.

Claims: `jaxmath.claims.quantizers`.
"""

from jaxmath.definitions.quantizers.integers import absmax_scale as absmax_scale
from jaxmath.definitions.quantizers.integers import dequantize as dequantize
from jaxmath.definitions.quantizers.integers import quantize as quantize
from jaxmath.definitions.quantizers.integers import quantize_absmax as quantize_absmax
from jaxmath.definitions.quantizers.integers import quantize_zero_point as quantize_zero_point
from jaxmath.definitions.quantizers.minifloats import E2M1 as E2M1
from jaxmath.definitions.quantizers.minifloats import E2M3 as E2M3
from jaxmath.definitions.quantizers.minifloats import E3M2 as E3M2
from jaxmath.definitions.quantizers.minifloats import E4M3 as E4M3
from jaxmath.definitions.quantizers.minifloats import E5M2 as E5M2
from jaxmath.definitions.quantizers.minifloats import MiniFloat as MiniFloat
from jaxmath.definitions.quantizers.minifloats import minifloat_values as minifloat_values
from jaxmath.definitions.quantizers.minifloats import round_to_minifloat as round_to_minifloat
from jaxmath.definitions.quantizers.mx import mx_quantize as mx_quantize
from jaxmath.definitions.quantizers.mx import mx_scale as mx_scale
from jaxmath.definitions.quantizers.nf4 import nearest_level as nearest_level
from jaxmath.definitions.quantizers.nf4 import nf4_levels as nf4_levels
from jaxmath.definitions.quantizers.nf4 import quantize_nf4 as quantize_nf4
