"""`jaxmath bench`: what is measured is in the folder `benchmarks`, how it is measured is here."""
