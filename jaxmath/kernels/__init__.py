"""The fast floor: the functions of `jaxmath.definitions`, made for machines."""
