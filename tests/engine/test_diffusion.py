"""Generation: schedules and samplers against the one case that is known exactly, Gaussian fields; the U-Net."""

import math
from collections import deque
from itertools import pairwise

import pytest
import torch

from engine.nets.diffusion import AngleNet, Preconditioned, angle_times, descend, multistep, noise_levels, rates
from engine.nets.unet import Unet, embedded

SPREAD = 0.8  # standard deviation of the Gaussian fields


def noise(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(5), dtype=torch.float64)


def last(steps):
    return deque(steps, maxlen=1).pop()[0]


def test_rates_are_a_rotation_from_a_little_noise_to_nearly_all():
    signal, grain = rates(torch.linspace(0, 1, 11, dtype=torch.float64))
    torch.testing.assert_close(signal**2 + grain**2, torch.ones_like(signal))
    assert float(signal[0]) == pytest.approx(0.95)
    assert float(signal[-1]) == pytest.approx(0.02)
    assert (signal.diff() < 0).all()


def test_descending_with_the_true_noise_finds_the_field_from_any_start():
    field = noise(3, 1, 8, 8)

    def true_noise(z, grain):
        return (z - math.sqrt(1 - grain**2) * field) / grain

    for clean, _ in descend(true_noise, noise(3, 1, 8, 8).roll(1, 0), angle_times(4)):
        torch.testing.assert_close(clean, field)


def best_noise(z, grain):
    """What the best network says of fields that are Gaussian with the standard deviation SPREAD."""
    return grain * z / ((1 - grain**2) * SPREAD**2 + grain**2)


def test_many_steps_of_descent_give_the_right_spread_and_few_too_little():
    spread = {
        steps: float(last(descend(best_noise, noise(1, 1, 64, 64), angle_times(steps))).std())
        for steps in (10, 20, 400)
    }
    held = 0.95 * SPREAD**2 / math.sqrt(0.95**2 * SPREAD**2 + 1 - 0.95**2)  # the last angle still holds some noise
    assert spread[400] == pytest.approx(held, rel=0.02)
    assert spread[10] < spread[20] < spread[400]


def test_fresh_noise_keeps_the_right_spread():
    """With many steps; and it is another field than without."""
    start, times = noise(1, 1, 64, 64), angle_times(400)
    draw = torch.Generator().manual_seed(8)

    def fresh(step):
        return torch.randn(1, 1, 64, 64, generator=draw, dtype=torch.float64)

    calm, churned = (last(descend(best_noise, start, times, churn, fresh)) for churn in (0.0, 1.0))
    assert float(churned.std()) == pytest.approx(float(calm.std()), rel=0.03)
    assert float((churned * calm).mean() / calm.var()) < 0.5  # the start is forgotten
    levels = noise_levels(100, 0.02, 40.0)
    calm, churned = (last(multistep(best_field, start, levels, churn, fresh)) for churn in (0.0, 1.0))
    assert float(churned.std()) == pytest.approx(SPREAD, rel=0.03)
    assert float((churned * calm).mean() / calm.var()) < 0.5


def test_a_bent_schedule_has_the_same_ends_and_smaller_last_steps():
    even, bent = angle_times(8), angle_times(8, 2.0)
    assert (even[0], even[-1]) == (bent[0], bent[-1]) == (1, 0)
    assert float(bent[-2]) < float(even[-2])


def best_field(x, sigma):
    return x * SPREAD**2 / (SPREAD**2 + sigma**2)


@pytest.mark.parametrize(("steps", "off"), [(8, 0.11), (12, 0.07), (24, 0.03)])
def test_few_steps_of_second_order_are_enough(steps, off):
    made = last(multistep(best_field, noise(1, 1, 64, 64), noise_levels(steps, 0.02, 40.0)))
    assert float(made.std()) == pytest.approx(SPREAD, rel=off)


def test_the_second_order_is_one():
    """Halving the steps of the same descent quarters the error."""

    def error(steps):
        levels = torch.logspace(math.log10(20), math.log10(0.05), steps + 1, dtype=torch.float64).tolist()
        *_, (_, x) = multistep(best_field, noise(1, 1, 16, 16), levels)
        exact = noise(1, 1, 16, 16) * 20 * math.sqrt((0.05**2 + SPREAD**2) / (20**2 + SPREAD**2))
        return float((x - exact).abs().max())

    assert 3 < error(40) / error(80) < 6


def test_noise_levels_fall_to_nothing():
    levels = noise_levels(12, 0.02, 40.0)
    assert len(levels) == 13
    assert levels[0] == pytest.approx(40)
    assert levels[-2:] == [pytest.approx(0.02), 0.0]
    assert all(a > b for a, b in pairwise(levels))
    assert noise_levels(1, 0.02, 40.0) == [40.0, 0.0]


@pytest.mark.parametrize("fold", [1, 2, 4])
def test_the_network_keeps_sizes_and_starts_silent(fold):
    net = Unet(5, widths=(8, 16), blocks=1, fold=fold)
    x = torch.randn(2, 5, 32, 48)
    assert net.multiple == 2 * fold
    assert net(x, torch.tensor([0.1, 0.9])).shape == (2, 1, 32, 48)
    assert net(x, torch.tensor([0.1, 0.9])).abs().max() == 0


def trained(kind, **options):
    """A network whose silent layers speak."""
    torch.manual_seed(1)
    net = kind(inputs=3, widths=(8, 16), blocks=1, fold=2, **options).eval().requires_grad_(False)
    for parameter in net.parameters():
        if parameter.abs().max() == 0:
            torch.nn.init.normal_(parameter, std=0.1)
    return net


@pytest.mark.parametrize("kind", [AngleNet, Preconditioned])
def test_the_answer_depends_on_noisy_field_context_and_level_but_not_on_the_rest_of_the_batch(kind):
    net = trained(kind)
    noisy, context, level = torch.randn(2, 1, 16, 16), torch.randn(2, 2, 16, 16), torch.tensor([0.3, 0.7])
    made = net(noisy, context, level)
    for changed in ((noisy + 1, context, level), (noisy, context + 1, level), (noisy, context, level + 0.2)):
        assert (net(*changed) - made).abs().max() > 1e-3
    torch.testing.assert_close(net(noisy[1:], context[1:], level[1:]), made[1:], atol=1e-5, rtol=1e-5)


def test_an_untrained_generator_is_the_best_linear_guess_for_unit_variance():
    net, x = Preconditioned(inputs=2, widths=(8,), blocks=1, fold=2), torch.randn(1, 1, 8, 8)
    torch.testing.assert_close(net(x, torch.zeros(1, 1, 8, 8), torch.tensor([2.0])), x / 5)


def test_levels_are_told_apart():
    told = embedded(torch.tensor([0.0, 0.001, 0.5, 1.0]))
    assert told.shape == (4, 32)
    assert torch.pdist(told).min() > 0.1
