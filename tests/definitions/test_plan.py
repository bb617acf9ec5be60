"""Plans: what fits, what is fastest, and messages."""

import dataclasses

import pytest

import jaxmath
from jaxmath import definitions as d
from jaxmath.definitions.plan.layout import layouts, sequences_of

GPT2 = d.published_shape("gpt2")
H100 = d.ACCELERATORS["h100"]


def test_the_function_is_public():
    assert jaxmath.plan is d.plan


def test_layouts_use_all_devices_once():
    found = list(layouts(GPT2, H100, 8, 16))
    assert len(found) == len(set(found)) > 50
    assert all(how.devices == 8 and 16 % (how.data * how.microbatch) == 0 for how in found)
    assert all(12 % how.pipeline == 0 and 12 % how.tensor == 0 for how in found)


SHARED = [(4_000_000, 512, 1024), (2**19, 8, 128), (2**19, 96, 96), (16_000_000, 2**14, 4096), (1, 8, 1)]


@pytest.mark.parametrize("batch, devices, sequences", SHARED)
def test_devices_share_sequences_evenly(batch, devices, sequences):
    assert sequences_of(batch, 4096, devices) == sequences


def test_memory_of_one_device_is_sixteen_bytes_a_parameter():
    memory = d.device_memory(GPT2, d.Layout(), 1024)
    assert memory["weights"] + memory["gradients"] + memory["optimizer"] == 16 * d.parameters(GPT2)
    assert memory["logits"] == 4 * 1024 * 50257 and memory["gathered"] == 0


def test_sharding_divides_and_gathers():
    whole = d.device_memory(GPT2, d.Layout(data=8), 1024)
    shard = d.device_memory(GPT2, d.Layout(data=8, stage=3), 1024)
    assert shard["weights"] == -(-whole["weights"] // 8) and shard["optimizer"] == -(-whole["optimizer"] // 8)
    assert shard["gathered"] == 2 * 2 * d.parameters(GPT2) // 12


def test_time_is_that_of_the_roofline_on_one_device():
    seconds = d.step_seconds(GPT2, H100, d.Layout(recompute="none"), 64, 1024)
    assert seconds["arithmetic"] == 64 * d.training_flops(GPT2, 1024) / H100.flops
    assert seconds["total"] == max(seconds["arithmetic"], seconds["memory"])
    assert seconds["bubble"] == seconds["tensor"] == seconds["data"] == 0


def test_half_the_efficiency_takes_twice_the_time():
    full, half = (d.step_seconds(GPT2, H100, d.Layout(), 64, 1024, e)["arithmetic"] for e in (1.0, 0.5))
    assert half == pytest.approx(2 * full)


def test_a_plan_is_the_fastest_that_fits():
    plan = d.plan("llama-3-8b", "h100", devices=16, context=4096)
    assert plan.layout and sum(plan.memory.values()) <= 0.9 * H100.memory
    for how in layouts(plan.shape, H100, 16, 128):
        if sum(d.device_memory(plan.shape, how, 4096).values()) <= 0.9 * H100.memory:
            assert plan.seconds["total"] <= d.step_seconds(plan.shape, H100, how, 128, 4096, 0.5)["total"]


def test_what_does_not_fit_says_how_many_it_takes():
    plan = d.plan("llama-2-70b", devices=8)
    assert plan.layout is None and plan.days is None and plan.memory == {}
    assert plan.needed and plan.needed > 8 and d.plan("llama-2-70b", devices=plan.needed).layout


def test_days_and_energy_follow_from_the_step():
    plan = d.plan("gpt2", "a100", devices=1, tokens=1e9)
    assert plan.days * 86400 == pytest.approx(1e9 / plan.batch * plan.seconds["total"])
    assert plan.kilowatt_hours == pytest.approx(plan.days * 24 * 0.4)
    assert plan.utilization == pytest.approx(0.5)
    assert d.plan("gpt2", "tpu-v5e", devices=1).kilowatt_hours is None


def test_the_optimum_is_about_the_best():
    plan = d.plan("gpt2", devices=1)
    assert plan.tokens == plan.optimum.tokens_for_size
    assert plan.optimum.best_loss <= plan.optimum.loss


def test_serving():
    serving = d.serving(d.published_shape("llama-3-8b"), H100, 8192)
    assert serving.cache == 8192 * 131072 and serving.weights == 2 * 8030261248
    assert serving.sequences == (80 * 10**9 - serving.weights) // serving.cache
    # One token reads all weights and the cache: memory is the limit.
    assert serving.token_seconds == pytest.approx((serving.weights + serving.cache) / H100.bandwidth)
    assert d.serving(d.published_shape("llama-2-70b"), H100, 4096).sequences == 0


def test_a_model_may_be_a_configuration_and_a_machine_its_figures():
    config = d.PUBLISHED["gpt2"]
    figures = {k: v for k, v in dataclasses.asdict(H100).items() if k not in ("watts", "source")}
    plan = d.plan(config, figures, devices=1)
    assert plan.shape == GPT2 and plan.context == 1024 and plan.kilowatt_hours is None


@pytest.mark.parametrize(
    "changes, message",
    [
        (dict(devices=0), r"plan: devices is 0\.\n  It has to be above zero"),
        (dict(tokens=-1.0), r"plan: tokens is -1\.0\.\n"),
        (dict(efficiency=0.0), r"plan: efficiency is 0\.0\.\n"),
        (dict(machine="h1000"), r"plan: no accelerator is called 'h1000'\.\n  Known are v100, "),
        (
            dict(machine={"flops": 1.0, "speed": 2.0}),
            r"speed is unknown or missing\.\n  Give ",
        ),
        (
            dict(machine={"flops": 1.0}),
            r"bandwidth, link, memory, network, node is unknown or",
        ),
    ],
)
def test_unusable_arguments(changes, message):
    with pytest.raises(ValueError, match=message):
        d.plan("gpt2", **changes)
