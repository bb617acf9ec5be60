"""Falcon: attention and network side by side, few heads of keys, rotary positions or ALiBi.

Source: Almazrouei et al., *The Falcon series of open language models* (2023), arXiv:2311.16867.
"""

from typing import Any

from jaxmath.models._config import Config
from jaxmath.models._keys import Fused, Keys
from jaxmath.models._read import Read
from jaxmath.models.families import _parts, bloom
from jaxmath.modules import BlockConfig, MlpConfig


def config(read: Read) -> Config:
    """The map of options."""
    new, count = bool(read("new_decoder_architecture", default=False)), read("num_attention_heads", "n_head")
    parallel, few = bool(read("parallel_attn", default=True)), bool(read("multi_query", default=True))
    shared, bias = read("num_kv_heads", "n_head_kv", default=count), bool(read("bias", default=False))
    d = _parts.width(read)
    alibi, groups = bool(read("alibi", default=False)), shared if new else 1 if few else count
    width = d // count
    where: dict[str, Any] = {} if alibi else {"rotary": read.rotary(width)}
    if alibi:
        read("rope_theta", "rope_scaling", "rope_parameters", default=None)
        where = {"slopes": tuple(x / width**0.5 for x in bloom.slopes(count))}
    heads = _parts.heads(read, groups=groups, bias=bias, out_bias=bias, **where)
    norm = _parts.layer_norm(read)
    mlp = MlpConfig(read("ffn_hidden_size", default=4 * d), read("activation", default="gelu"), bias=bias)
    norms = read("num_ln_in_parallel_attn", default=2 if new else 1)
    kind = _parts.beside(parallel or new, two=new and norms == 2)
    blocks = [BlockConfig(heads, mlp, norm, parallel=kind)] * _parts.count(read)
    return _parts.decoder(read, blocks, norm, tied=True)


def keys(of: Config) -> Keys:
    """The map of names."""
    two = {"before.attention": "ln_attn", "before.mlp": "ln_mlp"}
    parts = bloom.PARTS | (two if of.stack.blocks[0].parallel == "two" else {})
    names = _parts.names(parts, "transformer.word_embeddings", "transformer.h", "transformer.ln_f")
    groups = of.stack.blocks[0].attention.groups  # type: ignore[union-attr]
    fused = {"transformer.h.*.self_attention.query_key_value": Fused(bloom.QKV, groups)}
    return Keys(names, fused, inner="transformer", ignored=(r".*rotary_emb\.inv_freq",))
