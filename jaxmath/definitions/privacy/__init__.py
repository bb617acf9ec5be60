r"""Differential privacy: clipping, the Gaussian mechanism, Rényi accounting, and what an attack can know.

Claims: `jaxmath.claims.privacy`.
"""

from jaxmath.definitions.privacy.attacks import advantage_bound as advantage_bound
from jaxmath.definitions.privacy.attacks import exposure as exposure
from jaxmath.definitions.privacy.attacks import power_bound as power_bound
from jaxmath.definitions.privacy.clipping import clip_each as clip_each
from jaxmath.definitions.privacy.clipping import ghost_norm as ghost_norm
from jaxmath.definitions.privacy.clipping import private_mean as private_mean
from jaxmath.definitions.privacy.gaussian import classical_sigma as classical_sigma
from jaxmath.definitions.privacy.gaussian import clt_mu as clt_mu
from jaxmath.definitions.privacy.gaussian import gaussian_delta as gaussian_delta
from jaxmath.definitions.privacy.gaussian import zcdp_epsilon as zcdp_epsilon
from jaxmath.definitions.privacy.renyi import epsilon_of as epsilon_of
from jaxmath.definitions.privacy.renyi import epsilon_of_first as epsilon_of_first
from jaxmath.definitions.privacy.renyi import gaussian_rdp as gaussian_rdp
from jaxmath.definitions.privacy.renyi import subsampled_gaussian_rdp as subsampled_gaussian_rdp
