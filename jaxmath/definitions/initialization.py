r"""How large random weights begin, so that signals keep their size through the layers.

Source: Glorot & Bengio, *Understanding the difficulty of training deep feedforward neural networks*
(2010), eq. (12);
He et al., *Delving deep into rectifiers* (2015), arXiv:1502.01852, section 2.2.
Claims: `jaxmath.claims.initialization`.
"""


def he_std(fan_in: int) -> float:
    r"""$\sqrt{2 / n}$ for $n$ inputs: what keeps the second moment before a ReLU.

    >>> he_std(8)
    0.5
    """
    return (2 / fan_in) ** 0.5


def lecun_std(fan_in: int) -> float:
    r"""$\sqrt{1 / n}$: what keeps the second moment of a linear layer.

    >>> lecun_std(4)
    0.5
    """
    return fan_in**-0.5


def glorot_std(fan_in: int, fan_out: int) -> float:
    r"""$\sqrt{2 / (n + m)}$: between what keeps the signal forward and what keeps gradients backward.

    >>> glorot_std(3, 5)
    0.5
    """
    return (2 / (fan_in + fan_out)) ** 0.5
