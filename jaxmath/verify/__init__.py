"""The engine: proofs about JAX functions in exact arithmetic over prime fields. It knows JAX and no component."""

from jaxmath.verify import rules as rules
from jaxmath.verify.prove import prove_identity as prove_identity
from jaxmath.verify.prove import prove_independence as prove_independence
from jaxmath.verify.prove import prove_jvp as prove_jvp
from jaxmath.verify.prove import prove_sides as prove_sides
from jaxmath.verify.prove import prove_vjp as prove_vjp
from jaxmath.verify.verdict import Certificate as Certificate
