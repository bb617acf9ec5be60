"""The two families of derivatives as primitives of JAX, with their rules; see `_differentiable`."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax.extend import core
from jax.interpreters import ad, batching, mlir

from jaxmath.kernels._forms import Form
from jaxmath.kernels._kernel import Kernel, Present

value_p = core.Primitive("kernel")
derivative_p = core.Primitive("kernel_derivative")

# Stands for an entry that is not there; only that it is a zero is ever asked.
_ZERO: Any = ad.Zero(jax.core.ShapedArray((), jnp.float32))


def bind_value(kernel: Kernel, args: Sequence[Any]) -> list[Any]:
    return value_p.bind(*args, kernel=kernel, jaxpr=_trace(kernel.forward, args))


def _bind_derivative(kernel: Kernel, form: Form, operands: Sequence[Any]) -> list[Any]:
    evaluate = lambda *x: form.evaluate(kernel, *x)  # noqa: E731
    return derivative_p.bind(*operands, kernel=kernel, form=form, jaxpr=_trace(evaluate, operands))


def _trace(function: Callable[..., Any], args: Sequence[Any]) -> core.ClosedJaxpr:
    return jax.make_jaxpr(function)(*args)


def _run(*operands: jax.Array, jaxpr: core.ClosedJaxpr, **_: Any) -> list[jax.Array]:
    return core.jaxpr_as_fun(jaxpr)(*operands)


def _types(*_: Any, jaxpr: core.ClosedJaxpr, **__: Any) -> list[Any]:
    return jaxpr.out_avals


def _is_there(x: Any) -> bool:
    return not isinstance(x, ad.Zero)


def _there(tangents: Sequence[Any]) -> tuple[Present, list[Any]]:
    present = tuple(map(_is_there, tangents))
    return present, [x for x in tangents if _is_there(x)]


def _sum(terms: list[list[Any]]) -> list[Any]:
    total, *others = terms
    for term in others:
        total = [ad.add_tangents(a, b) for a, b in zip(total, term, strict=True)]
    return total


def _value_jvp(args: Any, tangents: Any, *, kernel: Kernel, jaxpr: Any) -> tuple[list[Any], list[Any]]:
    run, count = kernel.prepared(), len(jaxpr.out_avals)
    outputs = value_p.bind(*args, kernel=kernel, jaxpr=jaxpr) if run == kernel else bind_value(run, args)
    present, moving = _there(tangents)
    form = Form(len(args), len(outputs), (present,))
    moved = _bind_derivative(run, form, [*args, *outputs, *moving])
    still = [ad.Zero(x.to_tangent_aval()) for x in jaxpr.out_avals[len(moved) :]]
    return outputs[:count], moved + still


def _derivative_jvp(
    operands: Any, tangents: Any, *, kernel: Kernel, form: Form, jaxpr: Any
) -> tuple[list[Any], list[Any]]:
    results = derivative_p.bind(*operands, kernel=kernel, form=form, jaxpr=jaxpr)
    terms = [_bind_derivative(kernel, new, values) for new, values in _product_rule(form, operands, tangents)]
    zeros = [ad.Zero(jax.typeof(x).to_tangent_aval()) for x in results]
    return results, _sum(terms) if terms else zeros


def _product_rule(form: Form, operands: Any, tangents: Any) -> list[tuple[Form, list[Any]]]:
    """One term for the arguments' tangents, one for every direction's and for the cotangents'."""
    args, outputs, directions, cotangents = form.split(operands)
    moved, _, turned, pulled = form.split(tangents)
    absent = lambda group: tuple(_ZERO if x is None else x for x in group)  # noqa: E731
    fixed = [*args, *outputs]
    flat = [[x for x in group if x is not None] for group in directions]
    weights = [] if cotangents is None else [x for x in cotangents if x is not None]
    terms = []
    present, moving = _there(moved)
    if any(present):
        new = dataclasses.replace(form, tangents=(*form.tangents, present))
        terms.append((new, [*fixed, *sum(flat, []), *moving, *weights]))
    for i, group in enumerate(turned):
        present, moving = _there(absent(group))
        if any(present):
            new = dataclasses.replace(form, tangents=_put(form.tangents, i, present))
            terms.append((new, [*fixed, *sum(_put(flat, i, moving), []), *weights]))
    present, moving = _there(absent(pulled or ()))
    if any(present):
        terms.append((dataclasses.replace(form, cotangents=present), [*fixed, *sum(flat, []), *moving]))
    return terms


def _put(items: Sequence[Any], i: int, *new: Any) -> Any:
    return type(items)((*items[:i], *new, *items[i + 1 :]))  # type: ignore[call-arg]


def _derivative_transpose(cts: Any, *operands: Any, kernel: Kernel, form: Form, jaxpr: Any) -> list[Any]:
    """The transpose in the one group of operands in which the call is linear."""
    args, outputs, directions, cotangents = form.split(operands)
    groups = [*directions, *([] if cotangents is None else [cotangents])]
    i = next(i for i, group in enumerate(groups) if any(map(ad.is_undefined_primal, group)))
    asked = tuple(map(ad.is_undefined_primal, groups[i]))
    if not any(map(_is_there, cts)):
        return [ad.Zero(x.aval) if ad.is_undefined_primal(x) else None for x in operands]
    fixed = [*args, *outputs]
    flat = [[x for x in group if x is not None] for group in groups]
    if cotangents is None:
        present, weights = _there([*cts, *[_ZERO] * kernel.hidden])
        new = dataclasses.replace(form, tangents=_put(form.tangents, i), cotangents=present, wanted=asked)
        results = _bind_derivative(kernel, new, [*fixed, *sum(_put(flat, i), []), *weights])
    else:
        given = iter(cts)
        moved = [next(given) if there else _ZERO for there in form.wanted]
        present, moving = _there(moved)
        if i < len(directions):
            new = dataclasses.replace(form, tangents=_put(form.tangents, i, present), wanted=asked)
            results = _bind_derivative(kernel, new, [*fixed, *sum(_put(flat, i, moving), [])])
        else:
            new = Form(form.args, form.outputs, (*form.tangents, present))
            pushed = _bind_derivative(kernel, new, [*fixed, *sum(flat[:-1], []), *moving])
            visible = asked[: len(pushed)]
            results = [x for x, there in zip(pushed, visible, strict=True) if there]
    answers = iter(results)
    return [next(answers) if ad.is_undefined_primal(x) else None for x in operands]


def _value_batch(args: Any, dims: Any, *, kernel: Kernel, jaxpr: Any) -> tuple[list[Any], list[int]]:
    size = _size(args, dims)
    full = not kernel.broadcasts
    outs = bind_value(kernel.batched(), [_lead(x, d, size, full) for x, d in zip(args, dims, strict=True)])
    return outs, [0] * len(outs)


def _derivative_batch(
    operands: Any, dims: Any, *, kernel: Kernel, form: Form, jaxpr: Any
) -> tuple[list[Any], list[int]]:
    size = _size(operands, dims)
    pairs = list(zip(operands, dims, strict=True))
    args, outputs, directions, cotangents = form.split(pairs)
    full = [
        not kernel.broadcasts
        or any(pair is not None and pair[1] is not None for pair in column)
        or (bool(form.wanted) and form.wanted[n])
        for n, column in enumerate(zip(args, *directions, strict=True))
    ]
    lead = lambda pair, whole: _lead(pair[0], pair[1], size, whole)  # noqa: E731
    rows = [lead(pair, whole) for pair, whole in zip(args, full, strict=True)]
    rows += [lead(pair, True) for pair in outputs]
    for group in directions:
        rows += [lead(pair, whole) for pair, whole in zip(group, full, strict=True) if pair is not None]
    rows += [lead(pair, True) for pair in cotangents or () if pair is not None]
    outs = _bind_derivative(kernel.batched(), form, rows)
    return outs, [0] * len(outs)


def _size(operands: Any, dims: Any) -> int:
    return next(x.shape[d] for x, d in zip(operands, dims, strict=True) if d is not None)


def _lead(x: Any, dim: int | None, size: int, full: bool) -> Any:
    """An operand with the new axis in front: mapped, repeated, or of size one."""
    if dim is not None:
        return jnp.moveaxis(x, dim, 0)
    return jnp.broadcast_to(x[None], (size, *x.shape)) if full else x[None]


for _primitive in (value_p, derivative_p):
    _primitive.multiple_results = True
    _primitive.def_impl(_run)
    _primitive.def_abstract_eval(_types)
    mlir.register_lowering(_primitive, mlir.lower_fun(_run, multiple_results=True))
ad.primitive_jvps[value_p] = _value_jvp
ad.primitive_jvps[derivative_p] = _derivative_jvp
ad.primitive_transposes[derivative_p] = _derivative_transpose
batching.primitive_batchers[value_p] = _value_batch
batching.primitive_batchers[derivative_p] = _derivative_batch
