"""Claims as objects: arguments, kinds, mutants, and what is said of a claim that cannot be asked."""

import functools
import types
from fractions import Fraction
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array
from jaxtyping import BFloat16, Bool, Float, Float64, Int, Num

from jaxmath.verify import claim as claims
from jaxmath.verify import judges
from jaxmath.verify.claim import (
    ClaimError,
    accounting,
    bound,
    derivative,
    distribution,
    enclosure,
    identity,
    independence,
    trap,
)
from jaxmath.verify.exact import compare_laws
from jaxmath.verify.verdict import Certificate

Vector = Float[Array, " n"]


class Pair(NamedTuple):
    first: Vector
    second: Float[Array, "n d"] | None = None


def make(function, at=None, given=None, **options):
    return identity(source="a test", at=at or dict(n=3), given=given, **options)(function)


def reason(claim):
    found = claim.check()
    assert found.verdict == "unknown"
    return found.reason


# Arguments.


def test_annotations_become_types():
    def f(
        x: Float[Array, "n 2*d"],
        y: Float64[Array, ""],
        z: BFloat16[Array, "4 d**2 n+d-1 k=7"],
        t: tuple[Vector, Float[Array, "d//2"]],
        pair: Pair,
        block=2,
    ):
        return x, y, z, t, pair, block

    found = make(f, at=dict(n=3, d=2)).arguments()
    kind = jax.ShapeDtypeStruct
    assert found["x"] == kind((3, 4), jnp.float32)
    assert found["y"] == kind((), np.float64)
    assert found["z"] == kind((4, 4, 4, 7), jnp.bfloat16)
    assert found["t"] == (kind((3,), jnp.float32), kind((1,), jnp.float32))
    assert found["pair"] == Pair(kind((3,), jnp.float32), kind((3, 2), jnp.float32))
    assert found["block"] == 2


def test_given_values_are_kept():
    def f(ids: Int[Array, " n"], mask: Bool[Array, "n n"], tree: dict, block: int):
        return ids, mask, tree, block

    tree = {"w": jax.ShapeDtypeStruct((2,), jnp.float32)}
    given = dict(ids=np.arange(3), mask=np.eye(3, dtype=bool), tree=tree, block=5)
    found = make(f, given=given).arguments()
    assert isinstance(found["ids"], jax.Array) and found["ids"].tolist() == [0, 1, 2]
    assert found["tree"] == tree and found["block"] == 5


@pytest.mark.parametrize(
    "annotation, given, message",
    [
        (Float[Array, "n d"], {}, r'`x` has an axis of unknown size.\n.*"n d".*d is not in at=dict\(n=3\)'),
        (Float[Array, "*batch n"], {}, r"no size: `\*batch`"),
        (Float[Array, "..."], {}, r"no size: `\.\.\.`"),
        (Float[Array, "n-5"], {}, r"no size: `n-5`"),
        (Float[Array, "n//0"], {}, r"no size"),
        (Int[Array, " n"], {}, r"only floating arguments are quantified over"),
        (Bool[Array, " n"], {}, r"Pass integers and booleans in `given`"),
        (Num[Array, " n"], {}, r"only floating arguments"),
        (int, {}, r"It is int, which does not say its shape"),
        (Vector | int, {}, r"does not say its shape"),
        (tuple[Vector, ...], {}, r"does not say its shape"),
        (Pair, {}, r"`x`.second has an axis of unknown size"),
        (Int[Array, " n"], dict(x=np.zeros(4, int)), r"another shape.*\n.*\(3,\)\n.*\(4,\)"),
        (Int[Array, " n"], dict(xs=np.zeros(3, int)), r"names `xs`.*\n.*Was `x` meant\?"),
        (dict, dict(x={"a": jax.ShapeDtypeStruct((), "f"), "b": np.zeros(2)}), r"mixes floating values with"),
    ],
)
def test_an_argument_without_type_or_value_is_named(annotation, given, message):
    def f(x):
        return x, x

    f.__annotations__["x"] = annotation
    claim = make(f, given=given)
    with pytest.raises(ClaimError, match=message):
        claim.arguments()
    assert reason(claim).startswith("f: ")


def test_an_argument_without_annotation_is_named():
    assert "`x` has no value.\n  It has no annotation" in reason(make(lambda x: (x, x), name="f"))


# The object.


def test_a_claim_knows_its_name_statement_and_origin():
    def sums_agree(x: Vector):
        r"""One sentence
        on two lines.

        More.
        """
        return x, x

    claim = make(sums_agree)
    assert (claim.name, claim.statement) == ("sums_agree", "One sentence on two lines.")
    assert claim.docstring.endswith("More.")
    assert claim.module == __name__ and claim.component == "test_claim"
    assert (claim.kind, claim.source, claim.at) == ("identity", "a test", {"n": 3})
    assert repr(claim) == "<identity sums_agree>"
    assert claim(1) == (1, 1)


def test_mutants_belong_to_their_claim_and_share_its_arguments():
    claim = make(lambda x: (x, x), name="same")

    @claim.mutant
    def doubled(x):
        return x, 2 * x

    assert claim.mutants == [doubled] and doubled.of is claim and doubled.name == "doubled"
    assert claims.claims_of(types.SimpleNamespace) == []
    assert claims.claims_of([claim, doubled, claim]) == [claim]


def test_claims_are_found_in_modules_classes_and_containers():
    one, two, three = (make(lambda x: (x, x), name=name) for name in ("one", "two", "three"))
    module = types.ModuleType("some")
    module.first, module.rest, module.other = one, {"a": [two], "b": (three,)}, 5
    assert claims.claims_of(module) == [one, two, three]
    assert claims.claims_of(type("Holder", (), {"two": two})) == [two]
    assert claims.claims_of(5) == claims.claims_of("text") == []


def test_a_factory_makes_claims_about_any_function():
    def about(function):
        def body(x: Vector, scale):
            """Odd."""
            return function(scale * x), scale * function(x)

        given = functools.partial(body, scale=-1.0)
        return identity(source="a test", at=dict(n=3), name=f"{function.__name__}_is_odd")(given)

    odd, even = about(jnp.sin), about(jnp.cos)
    assert (odd.name, odd.statement) == ("sin_is_odd", "Odd.")
    assert odd.check().verdict == "proved"
    assert even.check().verdict == "refuted"


@pytest.mark.parametrize(
    "make_it, message",
    [
        (lambda: identity(source=" "), "identity: the source is empty"),
        (lambda: enclosure(source="x"), "no limit is given.*\n  Give `ulps` or `at_most`"),
        (lambda: enclosure(source="x", at_most=1.0, box=dict(x=(0, 1))), "Give `ulps`\\."),
        (lambda: derivative(source="x", mode="grad"), 'mode is \'grad\'.*\n.*"vjp" or "jvp"'),
    ],
)
def test_a_decorator_refuses_what_it_cannot_use(make_it, message):
    with pytest.raises(ValueError, match=message):
        make_it()


# Kinds.


def test_identity_is_proved_and_its_mutant_refuted():
    @identity(source="a test", at=dict(n=3), given=dict(ids=np.array([2, 0, 1])))
    def gather_commutes(x: Vector, ids: Int[Array, " n"]):
        return (x + x)[ids], x[ids] + x[ids]

    @gather_commutes.mutant
    def gather_is_nothing(x, ids):
        return x[ids], x

    assert gather_commutes.check(seed=3, failure=2.0**-50).verdict == "proved"
    assert gather_is_nothing.check().verdict == "refuted"


@pytest.mark.parametrize("mode", ["vjp", "jvp"])
def test_derivative_passes_the_rule_all_arguments(mode):
    def body(x: Vector, ids: Int[Array, " n"], power: int):
        def function(x, ids, power):
            return x[ids] ** power

        def vjp(x, ids, power, cotangent):
            return jnp.zeros(3).at[ids].add(power * x[ids] * cotangent)

        def jvp(args, tangents):
            x, ids, power = args
            assert tangents[2] is None
            return power * x[ids] * tangents[0][ids]

        return function, vjp if mode == "vjp" else jvp

    given = dict(ids=np.array([0, 0, 2]), power=2)
    claim = derivative(source="a test", at=dict(n=3), given=given, mode=mode)(body)
    assert claim.check().verdict == "proved"


def test_independence_asks_for_every_pair_and_adds_up_the_failures(monkeypatch):
    asked = []

    def answer(function, *args, outputs, inputs, seed, failure):
        asked.append((outputs, inputs))
        told = dict(error_bound=0.25, theorem="T", points=len(asked))
        return Certificate(kind="independence", verdict="proved", **told)

    monkeypatch.setattr(judges.prove, "prove_independence", answer, raising=False)

    @independence(source="a test", at=dict(n=3))
    def running_sums_are_causal(x: Vector, c: Float[Array, ""]):
        places = np.arange(3)
        return c + jnp.cumsum(x), [(places == i, {"x": places > i}) for i in range(2)]

    found = running_sums_are_causal.check()
    assert (found.verdict, found.error_bound, found.points) == ("proved", 0.5, 1)
    assert [inputs[0].tolist() for _, inputs in asked] == [[False, True, True], [False, False, True]]
    assert all(inputs[1] is None for _, inputs in asked)


def test_independence_reports_the_pair_that_fails(monkeypatch):
    verdicts = iter(["proved", "refuted"])
    answer = lambda *args, **kwargs: Certificate(kind="independence", verdict=next(verdicts))  # noqa: E731
    monkeypatch.setattr(judges.prove, "prove_independence", answer, raising=False)
    some = np.array([True, False, False])
    claim = independence(source="a test", at=dict(n=3))(pairs_of([(some, {"x": some}), (some, {"x": some})]))
    assert claim.check().verdict == "refuted"


def pairs_of(pairs):
    def body(x: Vector):
        return x, pairs

    return body


@pytest.mark.parametrize(
    "pairs, message",
    [
        ([], "no pair is given"),
        ([(np.ones(2, bool), {"x": np.ones(3, bool)})], r"fit the output.\n.*bool\[3\].*\n.*bool\[2\]"),
        ([(np.ones(3), {"x": np.ones(3, bool)})], "does not fit the output"),
        ([(np.ones(3, bool), {"x": np.ones(3, int)})], r"does not fit argument `x`"),
        ([(np.ones(3, bool), {"y": np.ones(3, bool)})], r"marks `y`, which is no floating argument"),
        ([(np.zeros(3, bool), {"x": np.ones(3, bool)})], "marks nothing of the output"),
        ([(np.ones(3, bool), {"x": np.zeros(3, bool)})], "marks nothing of argument `x`"),
    ],
)
def test_independence_refuses_masks_that_say_nothing(pairs, message):
    claim = independence(source="a test", at=dict(n=3))(pairs_of(pairs))
    with pytest.raises(ClaimError, match=message):
        claim.judge(claim, seed=0, failure=0.5)


@pytest.mark.filterwarnings("ignore")
def test_bounds_are_certified_on_a_box():
    @bound(source="a test", at=dict(n=2), given=dict(c=2.0), box=dict(x=(0.5, [2, 3])), sharp=None)
    def tanh_is_below_the_diagonal(x: Vector, c: float):
        return jnp.tanh(x), c * x / 2

    @tanh_is_below_the_diagonal.mutant
    def above(x, c):
        return x, jnp.tanh(x)

    found = tanh_is_below_the_diagonal.check(seed=4, failure=0.25)
    assert (found.verdict, found.seed, found.failure) == ("certified", 4, 0.25), found
    assert above.check().verdict == "refuted"


@pytest.mark.parametrize(
    "box, message",
    [
        ({}, r"does not fit the arguments.\n  demanded  x\n  came      no interval"),
        (dict(x=(0, 1), y=(0, 1)), r"came      x, y"),
        (dict(x=(0, [1, 2])), r"box of `x` does not fit its shape.\n  demanded  \[3\]\n  came      \[2\]"),
    ],
)
def test_a_box_fits_the_arguments(box, message):
    claim = bound(source="a test", at=dict(n=3), box=box, sharp=None)(lambda_of_vector)
    with pytest.raises(ClaimError, match=message):
        claim.judge(claim, seed=0, failure=0.5)


def test_errors_are_enclosed_at_inputs_drawn_or_given():
    def body(x: Vector, y: Vector, power: int):
        return jnp.exp(x) + y**power, jnp.exp(x) + y**power

    given = dict(y=np.array([0.0, 1.0, 2.0]), power=2)
    claim = enclosure(source="a test", at=dict(n=3), given=given, ulps=4)(body)
    found = claim.check(seed=1)
    assert found.verdict == "certified" and found.seed == 1 and "float32" in found.detail, found
    wrong = claim.mutant(lambda x, y, power: (jnp.exp(x), jnp.exp(x) + 1e-3))
    assert wrong.check().verdict == "refuted"


def test_errors_are_enclosed_at_every_number_of_a_short_type():
    def doubling(x: BFloat16[Array, ""]):
        return x + x, 2 * x

    claim = enclosure(source="a test", box=dict(x=(1, 2)), ulps=0.5)(doubling)
    assert claim.check().verdict == "certified"
    assert claim.mutant(lambda x: (x, 2 * x)).check().verdict == "refuted"
    longer = enclosure(source="a test", at=dict(n=3), box=dict(x=(1, 2)), ulps=0.5)(lambda_of_vector)
    assert "an enclosure over a box is about one number" in reason(longer)


def test_laws_in_fractions_are_proved():
    @distribution(source="a test", given=dict(p=Fraction(1, 3)))
    def two_tosses(p):
        law = {(i, j): p ** (i + j) * (1 - p) ** (2 - i - j) for i in range(2) for j in range(2)}
        return law, {(i, j): (p if i else 1 - p) * (p if j else 1 - p) for i in range(2) for j in range(2)}

    @two_tosses.mutant
    def a_hair_off(p):
        law, other = two_tosses(p)
        return law, other | {(0, 0): other[0, 0] + Fraction(1, 10**30)}

    found = two_tosses.check(seed=5)
    assert (found.verdict, found.detail, found.seed) == ("proved", "by enumeration over 4 outcomes", 5)
    refuted = a_hair_off.check()
    assert refuted.verdict == "refuted" and "1 of 4 entries differ" in refuted.reason
    assert refuted.witness.output == "[(0, 0)]"


def test_laws_in_float64_are_measured_within_their_rounding():
    def claim(error):
        def body(p: Vector):
            assert p.dtype == jnp.float64
            return p / p.sum() + error, np.asarray(p) / np.sum(np.asarray(p))

        return distribution(source="a test", at=dict(n=3), given=dict(p=np.array([0.1, 0.2, 0.4])))(body)

    found = claim(0.0).check()
    assert found.verdict == "measured"
    assert found.detail.startswith("by enumeration over 3 outcomes, float64 within")
    assert claim(1e-13).check().verdict == "refuted"
    assert claim(np.nan).check().verdict == "refuted"


@pytest.mark.parametrize(
    "sides, message",
    [
        (([], []), "nothing to compare"),
        (([1], [1, 2]), "do not have the same entries"),
        ((np.ones(2), np.ones(3)), "do not have the same entries"),
        ((np.ones(2, np.float32), np.ones(2)), "a side holds float32"),
        (([1], [1], [1]), r"returns two laws.\n  it returned a tuple of 3"),
        (5, "it returned a int"),
    ],
)
def test_laws_that_cannot_be_compared_are_unknown(sides, message):
    claim = distribution(source="a test")(lambda: sides)
    with pytest.raises(ClaimError, match=message):
        claim.judge(claim, seed=0, failure=0.5)


def test_enumeration_needs_values():
    for kind in (distribution, accounting):
        claim = kind(source="a test", at=dict(n=2))(lambda_of_vector)
        with pytest.raises(ClaimError, match="argument `x` has no value"):
            claim.judge(claim, seed=0, failure=0.5)


def lambda_of_vector(x: Vector):
    return x, x


@pytest.mark.parametrize(
    "figure, published, verdict",
    [
        (124_439_808, 124_439_808, "proved"),
        (124_439_808, "124,439,808", "proved"),
        (124_439_807, "124,439,808", "refuted"),
        (0.12693673750664, "0.1269", "measured"),
        (0.12699, "0.1269", "refuted"),
        (Fraction(2, 3), "0.667", "proved"),
        (6.98771e-4, "6.988e-4", "measured"),
        (37_912_000_000_000_000_000_000_000, "3.8e25", "proved"),
        (float("nan"), "3.8e25", "refuted"),
        ([1, 2, 3, 4], [1, "2", 3, 4], "proved"),
    ],
)
def test_figures_are_compared_to_the_digits_of_the_source(figure, published, verdict):
    assert accounting(source="a test")(lambda: (figure, published)).check().verdict == verdict


def test_the_published_figure_is_shown():
    assert accounting(source="x")(lambda: (1000, 1000)).check().detail == "equal to the source: 1,000"
    four = accounting(source="x")(lambda: ([1, 2, 3, 4], [1, 2, 3, 4]))
    assert four.check().detail == "equal to the source: 4 figures"


@pytest.mark.parametrize("published", [0.1269, "about 3", "nan", None.__class__])
def test_a_published_figure_has_printed_digits(published):
    claim = accounting(source="a test")(lambda: (1, published))
    with pytest.raises(ClaimError, match="is no printed number"):
        claim.judge(claim, seed=0, failure=0.5)


# Trouble inside a claim is a verdict.


def fails(x: Vector):
    raise TypeError("first\nsecond")


@pytest.mark.parametrize(
    "body, message",
    [
        (lambda x: x, r"returns two sides, \(left, right\).\n  it returned a "),
        (lambda x: (x, (x, x)), r"same shape.\n  left   \*\n  right  \(\*, \*\)"),
        (lambda x: (x, x[:2]), r"left   \[\(3,\)\]\n  right  \[\(2,\)\]"),
        (lambda x: ("a", "a"), "a side holds what is no array.\n  at the top: str"),
        (lambda x: ({"k": jnp.sum}, {"k": jnp.sum}), r"at \['k'\]"),
        (lambda x: (x[:0], x[:0]), "nothing to compare"),
        (lambda x: ((), ()), "nothing to compare"),
    ],
)
def test_sides_that_cannot_be_compared_are_unknown(body, message):
    def claimed(x: Vector):
        return body(x)

    claim = make(claimed)
    with pytest.raises(ClaimError, match=message):
        claim.judge(claim, seed=0, failure=0.5)
    assert claim.check().verdict == "unknown"


def test_an_error_in_a_claim_is_told_with_its_place():
    told = reason(make(fails))
    assert told.startswith("fails: TypeError while the claim was evaluated at verify/test_claim.py:")
    assert "  first\n  second\n" in told and told.endswith("that it calls.")


def test_a_long_error_is_shortened():
    def fails_at_length(x: Vector):
        raise ValueError("\n".join(map(str, range(40))))

    assert "... (28 more lines)" in reason(make(fails_at_length))


def test_an_error_without_message_is_told():
    def fails_silently(x: Vector):
        raise KeyError

    assert "(no message)" in reason(make(fails_silently))


def test_a_derivative_claim_returns_functions():
    claim = derivative(source="a test", at=dict(n=3))(lambda_of_vector)
    with pytest.raises(ClaimError, match=r"it returned \(.*Tracer, .*Tracer\)"):
        claim.judge(claim, seed=0, failure=0.5)


def test_an_interrupt_is_not_a_verdict():
    def interrupted(x: Vector):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(interrupted).check()


def test_a_trap_is_to_be_refuted_and_its_truth_to_hold():
    @trap(instead="another")
    @identity(source="hearsay", at=dict(n=2))
    def doubling_changes_nothing(x: Float[Array, " n"]):
        """Twice a number is the number."""
        return 2 * x, x

    @doubling_changes_nothing.truth
    @bound(source="Euclid", box=dict(y=(0, 1)), slack=0.1, sharp=dict(y=1.0))
    def a_square_is_less(y: Float[Array, ""]):
        return y**2, y

    assert doubling_changes_nothing.trap and doubling_changes_nothing.instead == "another"
    assert doubling_changes_nothing.is_false and not a_square_is_less.is_false
    assert doubling_changes_nothing.mutants == [a_square_is_less]
    assert claims.claims_of([doubling_changes_nothing, a_square_is_less]) == [doubling_changes_nothing]
    for each, verdict in ((doubling_changes_nothing, "refuted"), (a_square_is_less, "certified")):
        found = each.check()
        assert found.verdict == verdict and each.stands(found)
    assert not doubling_changes_nothing.stands(a_square_is_less.check())


def test_a_claim_takes_the_place_of_a_trap():
    claim = identity(source="x", at=dict(n=2), name="same")(lambda x: (x, x))
    told = "same: a claim takes the place of a trap, but this is "
    with pytest.raises(TypeError, match=rf"{told}no trap.\n  Decorate what is popular and false"):
        claim.truth(claim)
    with pytest.raises(TypeError, match=f"{told}given a function"):
        trap()(claim).truth(lambda x: (x, x))


def test_a_mutant_with_other_arguments_is_unknown():
    claim = make(lambda_of_vector)
    assert "TypeError" in reason(claim.mutant(lambda: (1, 2)))


def test_an_infinite_entry_does_not_widen_the_tolerance_of_laws():
    # An infinity equals itself only, and the finite entries beside it are held to their own size.
    from_left = [np.inf, 0.5], [np.inf, 0.5]
    assert compare_laws("laws", *from_left).verdict == "measured"
    for wrong in ([7.0, 0.5], [-np.inf, 0.5], [np.inf, 0.6], [np.nan, 0.5]):
        assert compare_laws("laws", [np.inf, 0.5], wrong).verdict == "refuted"
