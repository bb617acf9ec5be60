"""`generate` of `transformers`, with its default cache and with the static one."""

import functools

import torch


def tokens(model, ids, steps, **how):
    mask = torch.ones_like(ids)
    return model.generate(
        ids, attention_mask=mask, max_new_tokens=steps, do_sample=False, pad_token_id=0, **how
    )


static = functools.partial(tokens, cache_implementation="static")
