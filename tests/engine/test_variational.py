"""The cost of a motion and its descent: gradients by finite differences, control variables, a known shift."""

import numpy as np
import pytest
import torch

from engine.physics.variational import (
    Descent,
    Diagonal,
    Model,
    Weights,
    Window,
    cost,
    differences,
    forecast,
    smoothness,
    spreading,
    trajectory,
)  # fmt: skip
from engine.physics.wavelengths import Spectral, blurred, mismatch

SPACING = (1000.0, 1000.0)


def blobs(shift: tuple[float, float] = (0.0, 0.0), shape=(40, 44)) -> torch.Tensor:
    y, x = torch.meshgrid(*(torch.arange(n, dtype=torch.float64) for n in shape), indexing="ij")
    centres = ((12, 14), (26, 30), (14, 33), (29, 11))
    return sum(
        torch.exp(-((y - cy - shift[0]) ** 2 + (x - cx - shift[1]) ** 2) / 30) * (1 + n)
        for n, (cy, cx) in enumerate(centres)
    )


def window() -> Window:
    """Three images that move by 1 cell down and 2 along in 300 s, and again: u = 20/3, v = 10/3 m/s."""
    images = torch.stack([blobs((n, 2.0 * n)) for n in range(3)])
    return Window.of(images, torch.full_like(images, 25.0), (300.0, 300.0), 60.0, SPACING)


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("carries", [False, True])
def test_the_gradient_is_that_of_the_cost(carries, overwrite):
    seen, weights = window(), Weights(0.01, 1e6, 1e5, 1e6)
    draw = torch.Generator().manual_seed(0)
    controls = [2 + torch.randn(2, 40, 44, generator=draw, dtype=torch.float64) / 7, seen.images[0].clone(),
                torch.randn(2, 2, 40, 44, generator=draw, dtype=torch.float64) / 9]  # fmt: skip
    model = Model(carries, overwrite)

    def total(flow, tracer, jumps) -> torch.Tensor:
        path = list(trajectory(flow, tracer, seen, model, jumps))
        return torch.stack(list(cost(path, seen, weights, jumps).values())).sum()

    for part in controls:
        part.requires_grad_()
    slopes = torch.autograd.grad(total(*controls), controls)
    for number, step in enumerate((1e-6, 1e-5, 1e-6)):
        direction = torch.randn(controls[number].shape, generator=draw, dtype=torch.float64)
        ends = []
        for sign in (1, -1):
            moved = [part.detach().clone() for part in controls]
            moved[number] += sign * step * direction
            ends.append(float(total(*moved)))
        assert (ends[0] - ends[1]) / (2 * step) == pytest.approx(float((slopes[number] * direction).sum()), rel=2e-4)


def test_forward_differences_see_nothing_beyond_the_last_cells():
    field = torch.arange(6.0).reshape(2, 3)
    down, along = differences(field, (1.0, 2.0))
    np.testing.assert_allclose(down, [[3, 3, 3], [-3, -4, -5]])
    np.testing.assert_allclose(along, [[0.5, 0.5, -1], [0.5, 0.5, -2.5]])


def test_a_turning_flow_does_not_spread():
    y, x = torch.meshgrid(torch.arange(9.0) - 4, torch.arange(9.0) - 4, indexing="ij")
    assert float(spreading(torch.stack([-y, x])[:, :-1, :-1] * 0, SPACING)) == 0
    inner = differences(torch.stack([-y, x])[0], SPACING)[1] + differences(torch.stack([-y, x])[1], SPACING)[0]
    assert float(inner[:-1, :-1].abs().max()) == 0
    assert float(smoothness(torch.ones(2, 5, 5), (1.0, 1.0))) == 20  # what is left at the two open edges


def test_the_control_variable_makes_the_penalty_diagonal():
    weight, floor = 5e9, 3.0
    control = Diagonal.of((12, 15), (1200.0, 900.0), weight, floor, torch.zeros((), dtype=torch.float64))
    z = torch.randn(2, 12, 15, dtype=torch.float64)
    flow = control(z)
    penalty = weight * smoothness(flow, (1200.0, 900.0)) + floor * flow.square().sum()
    assert float(penalty) == pytest.approx(float(z.square().sum()), rel=1e-9)
    torch.testing.assert_close(control.inverse(flow), z)


@pytest.mark.parametrize("turning", [False, True])
def test_a_spectral_flow_has_its_strength_and_does_not_spread_if_it_turns(turning):
    prior = Spectral.of((64, 72), SPACING, 8000.0, 3.0, 5.0, turning, torch.zeros((), dtype=torch.float64))
    draw = torch.Generator().manual_seed(1)
    drawn = torch.stack([
        prior(torch.randn(1 if turning else 2, 64, 72, generator=draw, dtype=torch.float64)) for _ in range(40)
    ])  # fmt: skip
    assert float(drawn.std()) == pytest.approx(5, rel=0.15)
    u_x = torch.gradient(drawn[:, 0], dim=-1)[0]
    v_y = torch.gradient(drawn[:, 1], dim=-2)[0]
    divergence = float((u_x + v_y)[:, 2:-2, 2:-2].std() / u_x.std())
    assert divergence < 1e-9 if turning else divergence > 0.5


def test_a_blur_keeps_a_constant_and_widens_a_point():
    assert float((blurred(torch.ones(2, 30, 20), 2.0) - 1).abs().max()) < 1e-6
    point = torch.zeros(1, 41, 41)
    point[0, 20, 20] = 1
    wide = blurred(point, 3.0)[0]
    y = torch.arange(41.0) - 20
    assert float((wide.sum(1) * y.square()).sum()) == pytest.approx(9, rel=0.05)


def test_the_true_flow_leaves_nothing():
    seen = window()
    true = torch.tensor([20 / 3, 10 / 3], dtype=torch.float64)[:, None, None].expand(2, 40, 44).contiguous()
    still = torch.zeros_like(true)
    everywhere = torch.ones_like(seen.images, dtype=torch.bool)
    left = [float(mismatch([w] * 3, seen.images, everywhere, (300.0, 300.0), SPACING, 1)) for w in (true, still)]
    assert left[0] < 0.01 * left[1]
    hidden = everywhere.clone()
    hidden[:, 10:20] = False
    broken = seen.images.clone()
    broken[:, 10:20] = 100.0
    assert float(mismatch([true] * 3, broken, hidden, (300.0, 300.0), SPACING, 1)) < 0.01 * left[1]
    (ahead,) = forecast(true, seen.images[2], [600.0], 300.0, SPACING)
    np.testing.assert_allclose(ahead[6:, 8:], blobs((4.0, 8.0))[6:, 8:], atol=1e-9)


def test_descent_finds_the_least_and_computes_nothing_twice():
    target, asked = torch.randn(30, dtype=torch.float64), []
    scale = torch.logspace(0, 2, 30, dtype=torch.float64)

    def evaluate(x: torch.Tensor) -> dict[str, torch.Tensor]:
        asked.append(x.detach().clone())
        kept[:] = [(x + 0,)]
        return {"a": (scale * (x - target).square()).sum(), "b": torch.zeros(())}

    kept: list = []
    descent = Descent([torch.zeros(30, dtype=torch.float64)], evaluate, history=30, keep=kept)
    costs = [descent.cost for _ in descent.iterates(200, 1e-12)]
    assert costs == sorted(costs, reverse=True)
    torch.testing.assert_close(descent.best[0], target, atol=1e-4, rtol=0)
    torch.testing.assert_close(descent.kept[0][0], descent.best[0])
    assert len(asked) == descent.evaluations
    assert len({tuple(x.tolist()) for x in asked}) == len(asked)


def test_where_nothing_pulls_the_descent_ends():
    descent = Descent([torch.zeros(3)], lambda x: {"a": (0 * x).sum()})
    assert list(descent.iterates(10)) == [1]
