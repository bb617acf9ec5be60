r"""What a training run or a server needs: memory, time, energy, and a layout that has them."""

from jaxmath.definitions.plan.layout import Layout as Layout
from jaxmath.definitions.plan.memory import device_memory as device_memory
from jaxmath.definitions.plan.plan import Plan as Plan
from jaxmath.definitions.plan.plan import plan as plan
from jaxmath.definitions.plan.seconds import step_seconds as step_seconds
from jaxmath.definitions.plan.serving import Serving as Serving
from jaxmath.definitions.plan.serving import serving as serving
