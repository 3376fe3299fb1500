"""Semi-Lagrangian advection: a translated Gaussian, an exact adjoint, borders."""

import pytest
import torch

from engine.physics.advection import FEW, advected, departure


def gaussian(shape=(40, 50), centre=(20.0, 22.0), width=4.0) -> torch.Tensor:
    y, x = torch.meshgrid(*(torch.arange(n, dtype=torch.float64) for n in shape), indexing="ij")
    return torch.exp(-((y - centre[0]) ** 2 + (x - centre[1]) ** 2) / (2 * width**2))[None]


def even(dy: float, dx: float, shape=(40, 50)) -> torch.Tensor:
    return torch.tensor([dy, dx], dtype=torch.float64)[:, None, None].expand(2, *shape).contiguous()


@pytest.mark.parametrize("step", [(1.0, 2.0), (-3.0, 0.0), (0.0, -2.0), (5.0, -7.0)])
def test_whole_cells_translate_exactly(step):
    moved = advected(gaussian(), even(*step))
    expected = gaussian(centre=(20 + step[0], 22 + step[1]))
    torch.testing.assert_close(moved[:, 10:-10, 10:-10], expected[:, 10:-10, 10:-10], atol=1e-12, rtol=0)


def test_parts_of_cells_translate_and_blur_as_linear_interpolation_does():
    moved = advected(gaussian(), even(0.5, 0.0))
    expected = (gaussian() + gaussian(centre=(21.0, 22.0))) / 2
    torch.testing.assert_close(moved[:, 1:], expected[:, 1:], atol=1e-12, rtol=0)


@pytest.mark.parametrize("border", ["zero", "copy"])
@pytest.mark.parametrize("largest", [0.8, 2.7, 6.5])
def test_the_adjoint_is_exact(border, largest):
    """<A f, g> = <f, A* g> for the fields, finite differences for the displacement."""
    draw = torch.Generator().manual_seed(0)
    fields, other = (torch.randn(3, 17, 21, generator=draw, dtype=torch.float64) for _ in range(2))
    displacement = largest * (2 * torch.rand(2, 17, 21, generator=draw, dtype=torch.float64) - 1)
    fields.requires_grad_()
    displacement.requires_grad_()
    value = (advected(fields, displacement, border) * other).sum()
    of_fields, of_displacement = torch.autograd.grad(value, (fields, displacement))
    assert float((of_fields * fields.detach()).sum()) == pytest.approx(float(value.detach()), rel=1e-10)
    direction = torch.randn(2, 17, 21, generator=draw, dtype=torch.float64)
    step = 1e-7
    ahead, behind = (
        (advected(fields, displacement + sign * step * direction, border) * other).sum() for sign in (1, -1)
    )
    found = float(((ahead - behind) / (2 * step)).detach())
    assert found == pytest.approx(float((of_displacement * direction).sum()), rel=1e-5)


@pytest.mark.parametrize("border", ["zero", "copy"])
def test_both_ways_of_interpolating_agree(border, monkeypatch):
    draw = torch.Generator().manual_seed(1)
    fields = torch.randn(2, 19, 15, generator=draw, dtype=torch.float64)
    displacement = FEW * (2 * torch.rand(2, 19, 15, generator=draw, dtype=torch.float64) - 1)
    shifted = advected(fields, displacement, border)
    monkeypatch.setattr("engine.physics.advection.FEW", 0)
    torch.testing.assert_close(advected(fields, displacement, border), shifted, atol=1e-12, rtol=0)


def test_what_enters_is_nothing_or_the_edge():
    ones = torch.ones(1, 10, 12, dtype=torch.float64)
    step = even(0.0, 1.0, (10, 12))
    torch.testing.assert_close(advected(ones, step), ones)
    entered = advected(ones, step, "zero")
    assert float(entered[0, :, 0].abs().max()) == 0
    torch.testing.assert_close(entered[..., 1:], ones[..., 1:])


def test_a_field_at_rest_can_start_to_move():
    """The derivative at no displacement is one-sided, not the mean of both sides."""
    displacement = torch.zeros(2, 40, 50, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(advected(gaussian(), displacement).sum(), displacement)
    assert float(slope.abs().max()) > 0


def test_an_iterated_departure_follows_a_turning_flow():
    """Solid rotation by a quarter radian: the point of departure lies on the circle, not on its tangent."""
    y, x = torch.meshgrid(*(torch.arange(n, dtype=torch.float64) - 20 for n in (41, 41)), indexing="ij")
    angle = 0.25
    velocity = angle * torch.stack([x, -y])  # (dy, dx)
    for iterations, largest in ((0, 0.3), (5, 0.02)):
        found = departure(velocity, iterations)
        from_y, from_x = y - found[0], x - found[1]
        ring = (torch.hypot(y, x) > 5) & (torch.hypot(y, x) < 10)
        radius = torch.hypot(from_y, from_x)[ring] / torch.hypot(y, x)[ring]
        assert float((radius - 1).abs().max()) < largest * angle
