r"""Loss as a function of parameters, data and compute, and what follows for how to spend compute.

Claims: `jaxmath.claims.scaling_laws`.
"""

from jaxmath.definitions.scaling_laws.bootstrap import bootstrap_law as bootstrap_law
from jaxmath.definitions.scaling_laws.chinchilla import BESIROGLU as BESIROGLU
from jaxmath.definitions.scaling_laws.chinchilla import HOFFMANN as HOFFMANN
from jaxmath.definitions.scaling_laws.chinchilla import ChinchillaLaw as ChinchillaLaw
from jaxmath.definitions.scaling_laws.chinchilla import chinchilla_exponent as chinchilla_exponent
from jaxmath.definitions.scaling_laws.chinchilla import chinchilla_loss as chinchilla_loss
from jaxmath.definitions.scaling_laws.chinchilla import chinchilla_optimum as chinchilla_optimum
from jaxmath.definitions.scaling_laws.chinchilla import chinchilla_tokens as chinchilla_tokens
from jaxmath.definitions.scaling_laws.data_constrained import MUENNIGHOFF as MUENNIGHOFF
from jaxmath.definitions.scaling_laws.data_constrained import data_constrained_loss as data_constrained_loss
from jaxmath.definitions.scaling_laws.data_constrained import effective_amount as effective_amount
from jaxmath.definitions.scaling_laws.fit import STARTS as STARTS
from jaxmath.definitions.scaling_laws.fit import fit_law as fit_law
from jaxmath.definitions.scaling_laws.fit import fit_objective as fit_objective
from jaxmath.definitions.scaling_laws.kaplan import KAPLAN as KAPLAN
from jaxmath.definitions.scaling_laws.kaplan import KaplanLaw as KaplanLaw
from jaxmath.definitions.scaling_laws.kaplan import kaplan_compute_exponents as kaplan_compute_exponents
from jaxmath.definitions.scaling_laws.kaplan import kaplan_loss as kaplan_loss
