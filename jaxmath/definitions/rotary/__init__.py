r"""Rotary positions: queries and keys are turned by angles in proportion to their place.

`turn` holds the rotation, the other files the speeds of its clocks: what longer texts, and positions
along several axes, make of them. Claims: `jaxmath.claims.rotary`.
"""

from jaxmath.definitions.rotary.axes import axial_angles as axial_angles
from jaxmath.definitions.rotary.axes import axis_angles as axis_angles
from jaxmath.definitions.rotary.axes import rotary_interleaved_sections as rotary_interleaved_sections
from jaxmath.definitions.rotary.axes import rotary_sections as rotary_sections
from jaxmath.definitions.rotary.by_parts import llama3_frequencies as llama3_frequencies
from jaxmath.definitions.rotary.by_parts import rotations as rotations
from jaxmath.definitions.rotary.frequencies import clock_angles as clock_angles
from jaxmath.definitions.rotary.frequencies import dynamic_ntk_base as dynamic_ntk_base
from jaxmath.definitions.rotary.frequencies import interpolated_frequencies as interpolated_frequencies
from jaxmath.definitions.rotary.frequencies import ntk_base as ntk_base
from jaxmath.definitions.rotary.frequencies import proportional_frequencies as proportional_frequencies
from jaxmath.definitions.rotary.frequencies import rotary_frequencies as rotary_frequencies
from jaxmath.definitions.rotary.longrope import longrope_attention_factor as longrope_attention_factor
from jaxmath.definitions.rotary.longrope import longrope_frequencies as longrope_frequencies
from jaxmath.definitions.rotary.partial import partial_rotary as partial_rotary
from jaxmath.definitions.rotary.turn import Layout as Layout
from jaxmath.definitions.rotary.turn import rotary as rotary
from jaxmath.definitions.rotary.turn import rotary_angles as rotary_angles
from jaxmath.definitions.rotary.yarn import yarn_attention_factor as yarn_attention_factor
from jaxmath.definitions.rotary.yarn import yarn_frequencies as yarn_frequencies
