"""The operator tests of ONNX for `Attention`, by name.

Each case is a node with inputs and the outputs that the standard expects. A cache is concatenated, a mask
padded and a head split off before the kernel is called, as the standard says; the scores and weights that
`qk_matmul_output` asks for are those of the textbook.
"""

import jax
import jax.numpy as jnp
import numpy as np
import onnx
import pytest

# Importing a module of cases adds them to the list of its package.
from onnx.backend.test.case import node as cases_of_nodes
from onnx.backend.test.case.node import attention as cases_of_attention  # noqa: F401

import jaxmath
from jaxmath.definitions import attention_scores, attention_weights

OFFERED = """
3d 3d_attn_mask 3d_causal 3d_causal_bf16 3d_diff_heads_sizes 3d_diff_heads_sizes_attn_mask
3d_diff_heads_sizes_causal 3d_diff_heads_sizes_scaled 3d_diff_heads_sizes_softcap
3d_diff_heads_with_past_and_present 3d_gqa 3d_gqa_attn_mask 3d_gqa_causal 3d_gqa_scaled 3d_gqa_softcap
3d_gqa_with_past_and_present 3d_local_window 3d_scaled 3d_softcap 3d_transpose_verification
3d_with_past_and_present 3d_with_past_and_present_qk_matmul 3d_with_past_and_present_qk_matmul_bias
3d_with_past_and_present_qk_matmul_softcap 3d_with_past_and_present_qk_matmul_softmax
4d 4d_attn_mask 4d_attn_mask_3d 4d_attn_mask_3d_causal 4d_attn_mask_4d 4d_attn_mask_4d_causal
4d_attn_mask_bool 4d_attn_mask_bool_4d 4d_attn_mask_causal_bf16 4d_causal 4d_causal_bf16 4d_causal_fp16
4d_causal_nonpad_attn_mask_composition 4d_causal_nonpad_batch_prefill
4d_causal_nonpad_continued_prefill 4d_causal_nonpad_negative_offset_structural_empty
4d_causal_padded_kv_bf16 4d_causal_with_past_and_present 4d_diff_heads_mask4d_padded_kv
4d_diff_heads_sizes 4d_diff_heads_sizes_attn_mask 4d_diff_heads_sizes_causal 4d_diff_heads_sizes_scaled
4d_diff_heads_sizes_softcap 4d_diff_heads_with_past_and_present
4d_diff_heads_with_past_and_present_mask3d 4d_diff_heads_with_past_and_present_mask4d 4d_fp16 4d_gqa
4d_gqa_attn_mask 4d_gqa_causal 4d_gqa_causal_nonpad_decode 4d_gqa_causal_nonpad_decode_fp16
4d_gqa_scaled 4d_gqa_softcap 4d_gqa_with_past_and_present 4d_gqa_with_past_and_present_fp16
4d_padded_kv_bf16 4d_scaled 4d_softcap 4d_softcap_neginf_mask 4d_softcap_neginf_mask_poison
4d_with_past_and_present 4d_with_past_and_present_qk_matmul 4d_with_past_and_present_qk_matmul_bias
4d_with_past_and_present_qk_matmul_bias_3d_mask 4d_with_past_and_present_qk_matmul_bias_3d_mask_causal
4d_with_past_and_present_qk_matmul_bias_4d_mask 4d_with_past_and_present_qk_matmul_bias_4d_mask_causal
4d_with_qk_matmul 4d_with_qk_matmul_bias 4d_with_qk_matmul_softcap 4d_with_qk_matmul_softmax
23_boolmask_fullymasked_row_nan_robustness 23_fullymasked_qk_matmul_output_mode3_zero
24_fullymasked_qk_matmul_output_mode3_zero 24_qk_matmul_output_mode3_softmax_precision
bidirectional_window causal_boolmask_nan_robustness local_window local_window_default
local_window_ext_cache_float16_mask local_window_ext_cache_rank2_mask
local_window_ext_cache_rank3_head_mask local_window_ext_cache_rank4_batch_mask
local_window_gqa_rank4_mask local_window_rank1_boolean_mask local_window_with_past
""".split()

# name: why it is left out
NOT_OFFERED: dict[str, str] = {}

CASES = {
    case.name.removeprefix("test_attention_"): case
    for case in cases_of_nodes._NodeTestCases
    if case.name.startswith("test_attention_")
}


def test_no_case_is_left_out_silently():
    """Besides its node every case comes as a graph of smaller nodes, with the same inputs and outputs."""
    names = {name for name, case in CASES.items() if case.model.graph.node[0].op_type == "Attention"}
    assert names == {*OFFERED, *NOT_OFFERED}
    assert not {*OFFERED} & {*NOT_OFFERED} and all(NOT_OFFERED.values())
    for name in CASES.keys() - names:
        twin = CASES[name.partition("_expanded")[0]]
        assert all(
            np.array_equal(np.asarray(a, float), np.asarray(b, float), equal_nan=True)
            for mine, its in zip(CASES[name].data_sets[0], twin.data_sets[0], strict=True)
            for a, b in zip(mine, its, strict=True)
        )


@pytest.fixture(scope="module")
def outputs():
    """The outputs of all cases by their slots, from one compilation."""
    calls = {name: operator(*slots_of(name), **attributes_of(name)) for name in OFFERED}
    arrays = {name: call[0] for name, call in calls.items()}
    slots = {name: asked_of(name) for name in calls}

    @jax.jit
    def run(arrays):
        return {name: {slot: calls[name][1][slot](**arrays[name]) for slot in slots[name]} for name in calls}

    return run(arrays)


@pytest.mark.parametrize("name", OFFERED)
def test_attention_is_the_operator_of_onnx(name, outputs):
    case = CASES[name]
    for slot, theirs in zip(asked_of(name), case.data_sets[0][1], strict=True):
        close(outputs[name][slot], theirs, case)


def close(ours, theirs, case):
    """As near as the standard's own runner demands; sixteen bits cannot be nearer than two units."""
    assert ours.shape == theirs.shape and ours.dtype == theirs.dtype
    rtol = max(case.rtol, 2 * float(jnp.finfo(ours.dtype).eps))
    ours, theirs = np.asarray(ours, np.float32), np.asarray(theirs, np.float32)
    np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=case.atol)


def slots_of(name):
    """The inputs of a case, in the order of the operator's, `None` for those that are left out."""
    (node,), (given, _) = CASES[name].model.graph.node, CASES[name].data_sets[0]
    slots = [None] * 7
    for slot, value in zip((slot for slot, x in enumerate(node.input) if x), given, strict=True):
        slots[slot] = value.astype(np.int32) if value.dtype == np.int64 else value
    return slots


def asked_of(name):
    """The outputs that a case asks for, by number."""
    (node,) = CASES[name].model.graph.node
    return [slot for slot, x in enumerate(node.output) if x]


def attributes_of(name):
    (node,) = CASES[name].model.graph.node
    return {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}


def operator(
    q, k, v, attn_mask, past_key, past_value, nonpad_kv_seqlen, *, is_causal=0, q_num_heads=0, kv_num_heads=0,
    scale=None, softcap=0.0, softmax_precision=None, qk_matmul_output_mode=0, left_window_size=-1,
    right_window_size=-1,
):  # fmt: skip
    """The operator in terms of the kernel: arrays, and four functions of them for its outputs.

    Softmax is taken in float32, whatever `softmax_precision` asks for.
    """
    if flat := q.ndim == 3:
        q, k, v = _split(q, q_num_heads), _split(k, kv_num_heads), _split(v, kv_num_heads)
    start = np.zeros(1, np.int32)
    if past_key is not None:
        start += past_key.shape[2]
        k, v = np.concatenate([past_key, k], 2), np.concatenate([past_value, v], 2)
    elif nonpad_kv_seqlen is not None:
        start = nonpad_kv_seqlen - q.shape[2]
    shape = q.shape[:3]
    window = tuple(None if side < 0 else side for side in (left_window_size, right_window_size))
    # Batch, groups, heads of a group, positions, width.
    arrays = dict(q=q.reshape(len(q), k.shape[1], -1, *q.shape[2:]), k=k[:, :, None], v=v[:, :, None])
    arrays |= _mask_or_bias(attn_mask, k) | dict(offset=start.reshape(-1, 1, 1))
    arrays |= {} if nonpad_kv_seqlen is None else dict(key_lengths=nonpad_kv_seqlen.reshape(-1, 1, 1))
    scored, masked = dict(scale=scale, soft_cap=softcap or None), dict(causal=bool(is_causal), window=window)

    def answers(**arrays):
        y = jaxmath.attention(**arrays, **masked, **scored).reshape(*shape, -1)
        return jnp.moveaxis(y, 1, 2).reshape(len(y), y.shape[2], -1) if flat else y

    def asked(**arrays):
        return _asked(qk_matmul_output_mode, **arrays, **masked, **scored).reshape(*shape, -1)

    return arrays, (answers, lambda **_: k, lambda **_: v, asked)


def _split(x, h):
    return np.moveaxis(x.reshape(*x.shape[:2], h, -1), 2, 1)


def _mask_or_bias(attn_mask, k):
    """With one axis for groups and one for the heads of a group; shorter than the keys, it hides the rest."""
    if attn_mask is None:
        return {}
    hidden = False if attn_mask.dtype == bool else -np.inf
    x = attn_mask.reshape(*[1] * (4 - attn_mask.ndim), *attn_mask.shape)
    x = np.pad(x, [(0, 0)] * 3 + [(0, k.shape[2] - x.shape[3])], constant_values=hidden)
    x = x[:, :, None] if x.shape[1] == 1 else x.reshape(len(x), k.shape[1], -1, *x.shape[2:])
    return {"mask" if x.dtype == bool else "bias": x}


def _asked(mode, q, k, *, bias=None, scale, soft_cap, v, **masked):
    """What `qk_matmul_output` holds: scores (0), capped (1), shifted and masked (2), or weights (3)."""
    shape = (*q.shape[:-1], k.shape[-2])
    arrays = dict(q=q, k=jnp.broadcast_to(k, (*q.shape[:-2], *k.shape[-2:])))
    arrays |= dict(mask=jnp.broadcast_to(_pairs(*shape[-2:], **masked), shape)) if mode >= 2 else {}
    arrays |= dict(bias=jnp.broadcast_to(bias, shape)) if mode >= 2 and bias is not None else {}
    rule = attention_weights if mode == 3 else _masked_scores
    how = dict(scale=scale, soft_cap=soft_cap if mode else None)
    return jax.vmap(jax.vmap(jax.vmap(lambda arrays: rule(**arrays, **how))))(arrays)


def _masked_scores(q, k, mask=None, **how):
    x = attention_scores(q, k, **how)
    return x if mask is None else jnp.where(mask, x, -jnp.inf)


def _pairs(n, m, *, offset, causal, window, mask=True, key_lengths=None):
    """Which query may see which key: the rule of the standard, written out."""
    key = np.arange(m).reshape(1, 1, 1, 1, -1)
    after = key - (offset[..., None, None] + np.arange(n).reshape(1, 1, 1, -1, 1))
    left, right = window
    pairs = (after <= 0) & mask if causal else (after == after) & mask
    pairs = pairs if left is None else pairs & (after >= -left)
    pairs = pairs if right is None else pairs & (after <= right)
    return pairs if key_lengths is None else pairs & (key < key_lengths[..., None, None])
