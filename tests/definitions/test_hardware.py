"""Machines and volumes that no claim speaks of, and messages."""

import dataclasses

import pytest

from jaxmath import definitions as d

H100 = d.ACCELERATORS["h100"]


@pytest.mark.parametrize("name", d.ACCELERATORS)
def test_every_machine_has_a_source_and_a_ridge(name):
    machine = d.ACCELERATORS[name]
    assert machine.source and 50 < machine.ridge < 1000


def test_the_roofline_bends_at_the_ridge():
    assert d.roofline_flops(H100, H100.ridge) == pytest.approx(H100.flops, rel=1e-15)
    assert d.roofline_flops(H100, H100.ridge / 2) == pytest.approx(H100.flops / 2, rel=1e-15)
    assert d.roofline_seconds(H100, H100.flops, 0.0) == d.roofline_seconds(H100, 0.0, H100.bandwidth) == 1.0


@pytest.mark.parametrize(
    "field, value", [("flops", 0.0), ("memory", -1.0), ("link", float("inf")), ("watts", 0.0)]
)
def test_figures_of_machines_are_above_zero(field, value):
    message = rf"Accelerator: {field} is {value}\.\n  It has to be above zero and finite"
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(H100, **{field: value})


def test_one_device_sends_nothing():
    a = d.published_shape("gpt2").attention
    volumes = [d.data_parallel_volume(8, 1, stage=3), d.tensor_parallel_volume(8, 4, 2, 1)]
    volumes += [d.pipeline_volume(8, 4, 1), d.pipeline_bubble(1, 4), d.ring_attention_volume(8, a, 1)]
    assert volumes + [d.ulysses_volume(8, a, 1), d.expert_parallel_volume(8, 4, 2, 1)] == [0] * 7


def test_volumes_of_pipelines_and_experts():
    assert d.pipeline_volume(8, 4, 3) == 2 * 8 * 4
    assert d.expert_parallel_volume(8, 4, 2, 4) == 4 * 3 / 4 * 2 * 8 * 4
