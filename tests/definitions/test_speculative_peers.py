"""Speculative sampling as transformers has it, held against the law of the large model by enumeration."""

import collections

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the optional comparison with transformers")
generation = pytest.importorskip("transformers.generation.utils", reason="the same")

P = np.array([[4, 2, 6], [3, 8, 1], [1, 5, 6]]) / 12  # the large model, at two proposals and one after
Q = np.array([[6, 2, 4], [3, 3, 6]]) / 12
GRID = (np.arange(144) + 0.5) / 144  # ratios of P and Q are multiples of a twelfth or above one


def law(monkeypatch, *more):
    """The joint law of the first two tokens, over proposals, acceptances, and what is drawn after them.

    A proposal is as probable as `Q` says; the uniform numbers stand in a grid, which is fine enough for every
    ratio here; what is drawn after a rejection is read from the probabilities that are handed to torch.
    """
    found, told = collections.Counter(), {}

    def drawn(p, num_samples):
        told["after"] = p[0].numpy()
        return torch.zeros(1, num_samples, dtype=int)

    monkeypatch.setattr(torch, "rand_like", lambda r: torch.tensor(told["uniform"], dtype=r.dtype))
    monkeypatch.setattr(torch, "multinomial", drawn)
    scores = torch.tensor(Q).log()[None], torch.tensor(P).log()[None]
    for tokens in np.ndindex(3, 3):
        for accepted in np.ndindex(2, 2):
            chances, told["uniform"] = acceptances(tokens, accepted)
            answer = generation._speculative_sampling(torch.tensor([tokens]), scores[0], 2, scores[1], *more)
            start = tokens[: int(answer[1])]
            follow(found, start, told["after"], Q[0, tokens[0]] * Q[1, tokens[1]] * chances)
    return np.array([[found[x, y] for y in range(3)] for x in range(3)])


def acceptances(tokens, low):
    """A cell of uniform numbers, below or above what accepts each proposal, and how large it is."""
    ratios = [min(1.0, P[i, t] / Q[i, t]) for i, t in enumerate(tokens)]
    share = [(GRID <= r).mean() for r in ratios]
    chance = np.prod([s if a else 1 - s for s, a in zip(share, low, strict=True)])
    uniform = [r / 2 if a else min(r + 1e-3, 1.0) for r, a in zip(ratios, low, strict=True)]
    return chance, [uniform]


def follow(found, start, after, weight):
    """Tokens that were accepted, one of the law that was handed over, and the large model's from there."""
    for token, chance in enumerate(after):
        tokens = (*start, token)
        if len(tokens) > 1:
            found[tokens[:2]] += weight * chance
        else:
            for last in range(3):
                found[token, last] += weight * chance * P[1, last]


def test_the_law_is_that_of_the_large_model(monkeypatch):
    np.testing.assert_allclose(law(monkeypatch), np.outer(P[0], P[1]), rtol=0, atol=1e-12)


def test_a_flag_where_a_weight_is_expected_accepts_everything(monkeypatch):
    """The fifth argument was `is_done`; its False is now a weight of zero, and the law that of the draft."""
    found = law(monkeypatch, False)
    np.testing.assert_allclose(found.sum(1), Q[0], rtol=0, atol=1e-12)
    assert abs(found - np.outer(P[0], P[1])).max() > 0.05
