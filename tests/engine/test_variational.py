"""The cost of a motion and its descent: gradients by finite differences, control variables, a known shift."""

import numpy as np
import pytest
import torch

from engine.errors import InputError
from engine.physics.newton import GaussNewton, conjugate_gradients
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
from engine.physics.wavelengths import Cost, Level, Spectral, blurred, filled_by_motion, leftovers

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


def even(u: float, v: float) -> torch.Tensor:
    return torch.tensor([u, v], dtype=torch.float64)[:, None, None].expand(2, 40, 44).contiguous()


def left(flows: list[torch.Tensor], images: torch.Tensor, usable: torch.Tensor) -> float:
    level = Level(0.0, images, usable, SPACING)
    return sum(float(values.square().sum()) for values, _ in leftovers(flows, level, (300.0, 300.0), 1))


def test_the_true_flow_leaves_nothing():
    seen = window()
    true, still = even(20 / 3, 10 / 3), even(0, 0)
    everywhere = torch.ones_like(seen.images, dtype=torch.bool)
    of_true, of_still = (left([w] * 3, seen.images, everywhere) for w in (true, still))
    assert of_true < 0.01 * of_still
    hidden = everywhere.clone()
    hidden[:, 10:20] = False
    broken = seen.images.clone()
    broken[:, 10:20] = 100.0
    assert left([true] * 3, broken, hidden) < 0.01 * of_still
    (ahead,) = forecast(true, seen.images[2], [600.0], 300.0, SPACING)
    np.testing.assert_allclose(ahead[6:, 8:], blobs((4.0, 8.0))[6:, 8:], atol=1e-9)


def spectral_cost(turning: bool, usable: torch.Tensor | None = None) -> tuple[Cost, list[torch.Tensor]]:
    """The cost of the window, and random controls of some metres a second."""
    images = window().images
    level = Level(0.0, images, torch.ones_like(images, dtype=torch.bool) if usable is None else usable, SPACING)
    prior = Spectral.of((40, 44), SPACING, 8000.0, 3.0, 3.0, turning, images)
    draw, parts = torch.Generator().manual_seed(2), (1 if turning else 2, 40, 44)
    controls = [torch.randn(part, generator=draw, dtype=torch.float64) for part in (parts, (2,), (2, *parts))]
    return Cost(level, prior, (300.0, 300.0), 2, 0.3, 0.6, 4.0), controls


@pytest.mark.parametrize("turning", [False, True])
def test_the_gradient_of_the_spectral_cost_is_exact(turning):
    """Finite differences, through the iterated departure, with cells that do not count."""
    usable = torch.ones(3, 40, 44, dtype=torch.bool)
    usable[1, 5:12, 8:20] = False
    cost_of, controls = spectral_cost(turning, usable)

    def total(*at: torch.Tensor) -> torch.Tensor:
        return torch.stack(list(cost_of(*at)[0].values())).sum()

    for part in controls:
        part.requires_grad_()
    slopes = torch.autograd.grad(total(*controls), controls)
    for number, slope in enumerate(slopes):
        ends = []
        for sign in (1, -1):
            moved = [part.detach().clone() for part in controls]
            moved[number] += sign * 1e-7 * slope / slope.norm()
            ends.append(float(total(*moved)))
        assert (ends[0] - ends[1]) / 2e-7 == pytest.approx(float(slope.norm()), rel=1e-3)


def test_what_is_left_of_a_ramp_grows_as_its_slope_says():
    """A ramp under an even flow: nothing but the first order is there."""
    ramp = torch.arange(44.0, dtype=torch.float64) / 10 + torch.arange(40.0, dtype=torch.float64)[:, None] / 7
    level = Level(0.0, ramp.expand(3, 40, 44), torch.ones(3, 40, 44, dtype=torch.bool), SPACING)
    added, inside = even(2.0, -1.5), (slice(8, -8), slice(8, -8))
    ends = (leftovers([flow] * 3, level, (300.0, 500.0), 2) for flow in (even(1, 1), even(1, 1) + added))
    for (before, slope), (after, _) in zip(*ends, strict=True):
        torch.testing.assert_close(before[inside] + (slope * added).sum(0)[inside], after[inside])


def test_a_coarse_level_covers_the_same_ground():
    images, usable = torch.rand(2, 48, 61), torch.ones(2, 48, 61, dtype=torch.bool)
    usable[0, :6] = False
    level = Level.of(images, usable, (1000.0, 500.0), 4.0)
    assert level.shape == (12, 15)
    assert level.spacing == pytest.approx((4000.0, 500 * 61 / 15))
    assert not level.usable[0, :2].any()
    assert level.usable[0, 2:].all()
    assert float(level.patterns.mean()) == pytest.approx(float(images.mean()), abs=0.02)
    assert Level.of(images, usable, (1000.0, 500.0), 1.0).shape == (48, 61)


def test_a_gap_is_filled_by_what_the_flow_carries_in():
    seen, images = torch.ones(3, 40, 44, dtype=torch.bool), window().images
    seen[1, 10:20, 8:30], seen[2, 20:26, 30:40], seen[0, 10:14, 12:20] = False, False, False
    gappy = torch.where(seen, images, 7.0)
    filled = filled_by_motion(gappy, seen, [even(20 / 3, 10 / 3)] * 3, (300.0, 300.0), SPACING, 1)
    torch.testing.assert_close(filled[seen], images[seen], atol=0, rtol=0)
    torch.testing.assert_close(filled[~seen], images[~seen], atol=1e-6, rtol=0)
    never = seen.clone()
    never[:] = False
    assert torch.equal(filled_by_motion(gappy, never, [even(1, 1)] * 3, (300.0, 300.0), SPACING, 1), gappy)


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


@pytest.mark.parametrize("minimiser", [Descent, GaussNewton])
def test_a_cost_that_is_not_finite_at_its_start_is_one_sentence(minimiser):
    def evaluate(x: torch.Tensor):
        terms = {"a": (x / 0).square().sum()}
        return terms if minimiser is Descent else (terms, lambda step: step.square().sum())

    with pytest.raises(InputError, match=r"^The descent leaves all numbers at its first step.*\.$"):
        list(minimiser([torch.ones(3)], evaluate).iterates(10))


@pytest.mark.parametrize("minimiser", [Descent, GaussNewton])
def test_a_step_out_of_all_numbers_keeps_the_best(minimiser):
    """-log(1 - x) + x ** 2 has its least at 0 and is nothing beyond 1."""

    def evaluate(x: torch.Tensor):
        terms = {"a": (x.square() - 0.5 * torch.log(1 - x) - 2 * x).sum()}
        return terms if minimiser is Descent else (terms, lambda step: 0.1 * step.square().sum())

    descent = minimiser([torch.full((3,), -4.0)], evaluate)
    costs = [descent.cost for _ in descent.iterates(50)]
    assert np.isfinite(costs).all()
    assert costs == sorted(costs, reverse=True)
    assert all(torch.isfinite(part).all() for part in descent.best)


def test_gauss_newton_solves_least_squares_at_once():
    """Residuals A x - b are linear: the first iterate is at the least, as the normal equations have it."""
    draw = torch.Generator().manual_seed(3)
    matrix, right = (torch.randn(n, generator=draw, dtype=torch.float64) for n in ((40, 12), (40,)))

    def evaluate(x: torch.Tensor):
        return {"a": 0.5 * (matrix @ x - right).square().sum()}, lambda step: 0.5 * (matrix @ step).square().sum()

    descent = GaussNewton([torch.zeros(12, dtype=torch.float64)], evaluate, inner=50, forcing=1e-12)
    next(descent.iterates(1))
    torch.testing.assert_close(descent.best[0], torch.linalg.lstsq(matrix, right).solution, atol=1e-8, rtol=0)
    (found,) = conjugate_gradients(lambda x: 0.5 * (matrix @ x).square().sum(), [right[:12]], 50, 1e-12)
    torch.testing.assert_close(matrix.T @ matrix @ found, right[:12], atol=1e-8, rtol=0)


def test_gauss_newton_learns_what_linearising_leaves_out():
    """The quadratic part bends alike in all directions, the cost a hundred times more in some: the steps tell."""
    target, scale = torch.linspace(-1, 1, 20, dtype=torch.float64), torch.logspace(0, 2, 20, dtype=torch.float64)

    def evaluate(x: torch.Tensor):
        return {"a": (scale * (x - target).square()).sum()}, lambda step: 50 * step.square().sum()

    costs = []
    for memory in (5, 0):
        descent = GaussNewton([torch.zeros(20, dtype=torch.float64)], evaluate, memory=memory, forcing=1e-6)
        list(descent.iterates(20, 0.0))
        costs.append(descent.cost)
    assert costs[0] < 1e-3 * costs[1]
