r"""Energy and emissions of a computation, in kilowatt hours and tonnes.

Source: Patterson et al., *Carbon emissions and large neural network training* (2021), arXiv:2104.10350,
section 2; Touvron et al., *Llama 2* (2023), arXiv:2307.09288, table 2.
Claims: `jaxmath.claims.energy`.
"""

from jaxmath.definitions._scalar import Scalar


def energy(hours: Scalar, watts: Scalar, overhead: Scalar = 1.0) -> Scalar:
    r"""Kilowatt hours: device hours times the power of a device times the overhead of the building.

    Args:
      hours: of all devices together.
      watts: power of a device, an upper limit where it is the rated one.
      overhead: power usage effectiveness, at least 1.

    >>> print(energy(1000.0, 400.0, 1.125))
    450.0
    """
    return hours * watts * overhead / 1000


def emissions(kilowatt_hours: Scalar, intensity: Scalar) -> Scalar:
    r"""Tonnes of CO2 equivalent.

    Args:
      kilowatt_hours: energy.
      intensity: kilograms of CO2 equivalent for a kilowatt hour.

    >>> print(emissions(450.0, 0.5))
    0.225
    """
    return kilowatt_hours * intensity / 1000


def energy_of_operations(operations: Scalar, operations_per_joule: Scalar, utilization: Scalar) -> Scalar:
    r"""Kilowatt hours of operations at a share of the peak efficiency of the device.

    >>> print(energy_of_operations(3.6e18, 1e12, 0.5))
    2.0
    """
    return operations / (operations_per_joule * utilization) / 3.6e6
