"""What is true of energy and emissions."""

from jaxtyping import Array, Float

from jaxmath.definitions import energy
from jaxmath.verify.claim import accounting, identity

TOUVRON = "Touvron et al. 2023, Llama 2, arXiv:2307.09288, table 2"
PATTERSON = "Patterson et al. 2021, arXiv:2104.10350, section 2"
# Hours of all devices and rated power of one, for 7, 13, 34 and 70 billion parameters.
LLAMA_2 = ((184_320, 400), (368_640, 400), (1_038_336, 350), (1_720_320, 400))
PRINTED = (31.22, 62.44, 153.90, 291.42)
Scalar = Float[Array, ""]


@accounting(source=TOUVRON)
def one_intensity_explains_the_emissions_of_llama_2():
    r"""At 0.42348 kg/kWh the first three are as printed; the last, 291.42, is 0.01 more than that."""
    tonnes = [energy.emissions(energy.energy(h, w), 0.42348) for h, w in LLAMA_2]
    implied = [
        t / energy.emissions(energy.energy(h, w), 1.0) for t, (h, w) in zip(PRINTED, LLAMA_2, strict=True)
    ]
    return [*tonnes[:3], tonnes[3] + 0.01, *implied], ["31.22", "62.44", "153.90", "291.42", *["0.423"] * 4]


@one_intensity_explains_the_emissions_of_llama_2.mutant
def one_power_explains_the_emissions_of_llama_2():
    """The model of 34 billion parameters was trained at 350 W."""
    return [energy.emissions(energy.energy(h, 400), 0.42348) for h, _ in LLAMA_2[:3]], [
        "31.22",
        "62.44",
        "153.90",
    ]


@identity(source=PATTERSON)
def emissions_are_a_product(hours: Scalar, watts: Scalar, overhead: Scalar, intensity: Scalar):
    r"""Hours times watts times overhead times intensity is in grams, a millionth of a tonne."""
    tonnes = energy.emissions(energy.energy(hours, watts, overhead), intensity)
    return 1e6 * tonnes, hours * watts * overhead * intensity


@emissions_are_a_product.mutant
def emissions_leave_out_the_building(hours, watts, overhead, intensity):
    tonnes = energy.emissions(energy.energy(hours, watts), intensity)
    return 1e6 * tonnes, hours * watts * overhead * intensity


@identity(source="one kilowatt hour is 3.6 million joules")
def operations_cost_what_their_time_at_full_power_does(
    rate: Scalar, watts: Scalar, hours: Scalar, share: Scalar
):
    r"""A device of $R$ operations a second at $P$ watts does $R u t$ of them in a time $t$ at a share $u$."""
    operations = rate * share * hours * 3600
    return energy.energy_of_operations(operations, rate / watts, share), energy.energy(hours, watts)


@operations_cost_what_their_time_at_full_power_does.mutant
def operations_cost_what_their_least_time_does(rate, watts, hours, share):
    operations = rate * share * hours * 3600
    return energy.energy_of_operations(operations, rate / watts, 1.0), energy.energy(hours, watts)
