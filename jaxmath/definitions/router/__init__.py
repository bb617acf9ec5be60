r"""Routers of mixtures of experts, and what keeps their load even. Claims: `jaxmath.claims.router`."""

from jaxmath.definitions.router.load import balanced_bias as balanced_bias
from jaxmath.definitions.router.load import load_balance_loss as load_balance_loss
from jaxmath.definitions.router.load import router_z_loss as router_z_loss
from jaxmath.definitions.router.routes import Routes as Routes
from jaxmath.definitions.router.routes import sigmoid_router as sigmoid_router
from jaxmath.definitions.router.routes import softmax_router as softmax_router
