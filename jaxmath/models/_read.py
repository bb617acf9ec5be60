"""Reading `config.json`: every option is understood, or named in an error."""

import re
from typing import Any

from jaxmath.modules import RotaryConfig
from jaxmath.modules.rotary import SCALINGS

_REQUIRED = object()

# What does not change the function that is computed: names, training, and what generation starts from.
_HARMLESS = re.compile(
    r"^_.*|architectures|attn_implementation|auto_map|.*dropout.*|.*pdrop.*|.*layerdrop.*|.*drop_prob"
    r"|.*_token_ids?|.*token_type_ids_default|init(ializer)?_.*|.*_init.*|use_cache|torch_dtype|dtype|.*_version"
    r"|model_type|output_.*|return_dict.*|id2label|label2id|num_labels|problem_type|task_specific_params"
    r"|chunk_size_feed_forward|is_encoder_decoder|pretraining_tp|tp_plan|summary_.*|.*aux_loss.*"
    r"|gradient_checkpointing|bos_token|eos_token|language|torchscript|finetuning_task|tokenizer_class"
    r"|prefix|pruned_heads|tf_legacy_loss|use_bfloat16|(min|max)_length|do_sample|early_stopping|num_beams"
    r"|num_beam_groups|diversity_penalty|temperature|top_[kp]|typical_p|repetition_penalty|length_penalty"
    r"|no_repeat_ngram_size|encoder_no_repeat_ngram_size|bad_words_ids|num_return_sequences|normalize_before"
    r"|exponential_decay_length_penalty|suppress_tokens|begin_suppress_tokens|remove_invalid_values|position_ids"
    r"|classifier_.*|.*jitter.*|seq_length|n_ctx|transformers\.js_config|max_sequence_length|cache_implementation"
    r"|gradient_checkpointing_func|fused_.*|extra_pos_embeddings|add_final_layer_norm_legacy|ep_size|is_decoder"
)


class ConfigError(ValueError):
    """A `config.json` that asks for what is not there."""


class Read:
    """Options of a `config.json`, ticked off as they are read.

    Attributes:
      raw: all of them.
    """

    def __init__(self, raw: dict[str, Any]):
        self.raw = raw
        self._seen: set[str] = set()

    def __call__(self, *names: str, default: Any = _REQUIRED) -> Any:
        """The first option of these names that is there and is not null.

        Raises:
          ConfigError: if there is none, and no default.
        """
        self._seen.update(names)
        for name in names:
            if self.raw.get(name) is not None:
                return self.raw[name]
        if default is _REQUIRED:
            raise ConfigError(
                f"models: config.json of a {self.raw.get('model_type')!r} model must give {names[0]!r}, but "
                "does not; compare it with one of the same family."
            )
        return default

    def only(self, name: str, *allowed: Any) -> None:
        """An option that changes the function, of which some values are known.

        Raises:
          ConfigError: if it has another one.
        """
        self._seen.add(name)
        value = self.raw.get(name)
        if value is not None and value not in allowed:
            raise ConfigError(
                f"models: option {name!r} of config.json is {value!r}, which changes what is computed; known "
                f"are {', '.join(map(repr, allowed))} only."
            )

    def finish(self) -> None:
        """Everything must have been read, or be known not to matter.

        Raises:
          ConfigError: naming the options that are left.
        """
        left = [x for x in self.raw if x not in self._seen and not _HARMLESS.fullmatch(x)]
        left = [x for x in left if self.raw[x] is not None]
        if left:
            shown = ", ".join(f"{x}={self.raw[x]!r}" for x in sorted(left))
            raise ConfigError(
                f"models: unknown options in config.json of a {self.raw.get('model_type')!r} model: {shown}. "
                "They may change what is computed; take them out if they do not."
            )

    def rotary(
        self,
        d: int,
        layout: Any = "half-split",
        base: float = 10000.0,
        share: float = 1.0,
        kind: str | None = None,
    ) -> RotaryConfig:
        """Rotary positions, in the old words (`rope_theta`, `rope_scaling`) or the new (`rope_parameters`).

        Args:
          d: width of a head.
          layout: which entries form a pair.
          base: unless said otherwise.
          share: of a head that turns, unless said otherwise.
          kind: of layers, where each has parameters of its own.
        """
        given = {
            **(self("rope_scaling", default=None) or {}),
            **(self("rope_parameters", default=None) or {}),
        }
        if kind is not None and isinstance(given.get(kind), dict):
            given = given[kind]
        given = {x: y for x, y in given.items() if y is not None}
        theta = given.pop("rope_theta", None)
        theta = self("rope_theta", "rotary_emb_base", default=base) if theta is None else theta
        part = given.pop("partial_rotary_factor", None)
        part = self("partial_rotary_factor", "rotary_pct", default=share) if part is None else part
        given["rope_type"] = str(given.pop("type", given.get("rope_type", "default")))
        if given["rope_type"] not in SCALINGS:
            raise ConfigError(
                f"models: rope_type {given['rope_type']!r} is not known; known are {', '.join(SCALINGS)}."
            )
        positions = self("max_position_embeddings", "n_positions", default=0)
        original = self("original_max_position_embeddings", default=None)
        if original is not None:
            given.setdefault("original_max_position_embeddings", original)
        return RotaryConfig(int(d * part), float(theta), layout, _frozen(given), positions)


def _frozen(given: dict[str, Any]) -> tuple[Any, ...]:
    if given["rope_type"] == "default":
        return ()
    pairs = ((x, tuple(y) if isinstance(y, list) else y) for x, y in sorted(given.items()))
    return tuple(pairs)
