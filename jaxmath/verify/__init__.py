"""The engine: proofs about JAX functions in exact arithmetic over prime fields. It knows only JAX."""

from jaxmath.verify import rules as rules
from jaxmath.verify.asserts import assert_identity as assert_identity
from jaxmath.verify.asserts import assert_independence as assert_independence
from jaxmath.verify.asserts import assert_jvp as assert_jvp
from jaxmath.verify.asserts import assert_vjp as assert_vjp
from jaxmath.verify.custom import prove_rules as prove_rules
from jaxmath.verify.errors import QuestionError as QuestionError
from jaxmath.verify.errors import VerificationError as VerificationError
from jaxmath.verify.prove import prove_identity as prove_identity
from jaxmath.verify.prove import prove_independence as prove_independence
from jaxmath.verify.prove import prove_jvp as prove_jvp
from jaxmath.verify.prove import prove_sides as prove_sides
from jaxmath.verify.prove import prove_vjp as prove_vjp
from jaxmath.verify.verdict import Certificate as Certificate
