"""Semi-Lagrangian advection: a translated Gaussian, an exact adjoint, borders."""

import numpy as np
import pytest
import torch

from engine.physics.advection import carried, cells, departed, upstream

SHAPE, SPACING = (40, 50), (2000.0, 1000.0)


def gaussian(centre=(20.0, 22.0), width=4.0) -> torch.Tensor:
    y, x = torch.meshgrid(*(torch.arange(n, dtype=torch.float64) for n in SHAPE), indexing="ij")
    return torch.exp(-((y - centre[0]) ** 2 + (x - centre[1]) ** 2) / (2 * width**2))[None]


def even(dy: float, dx: float) -> torch.Tensor:
    """A flow of so many cells in 100 s."""
    flow = torch.tensor([dx * SPACING[1], dy * SPACING[0]], dtype=torch.float64) / 100
    return flow[:, None, None].expand(2, *SHAPE).contiguous()


def moved(fields: torch.Tensor, flow: torch.Tensor, border="copy") -> torch.Tensor:
    return carried(fields, upstream(cells(fields.shape[1:], flow), flow, 100.0, SPACING), border)


@pytest.mark.parametrize("step", [(1.0, 2.0), (-3.0, 0.0), (0.0, -2.0), (5.0, -7.0)])
def test_whole_cells_translate_exactly(step):
    expected = gaussian(centre=(20 + step[0], 22 + step[1]))
    found = moved(gaussian(), even(*step))
    torch.testing.assert_close(found[:, 10:-10, 10:-10], expected[:, 10:-10, 10:-10], atol=1e-12, rtol=0)


def test_parts_of_cells_translate_and_blur_as_linear_interpolation_does():
    expected = (gaussian() + gaussian(centre=(21.0, 22.0))) / 2
    torch.testing.assert_close(moved(gaussian(), even(0.5, 0.0))[:, 1:], expected[:, 1:], atol=1e-12, rtol=0)


def test_bicubic_keeps_a_narrow_pattern_sharper():
    where = upstream(cells(SHAPE, gaussian()), even(0.5, 0.5), 100.0, SPACING)
    sharp = gaussian(width=2.0)
    left = {
        way: float((carried(sharp, where, interpolation=way) - gaussian((20.5, 22.5), 2.0)).abs().max())
        for way in ("bilinear", "bicubic")
    }
    assert left["bicubic"] < 0.5 * left["bilinear"]


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
@pytest.mark.parametrize("iterations", [0, 2])
@pytest.mark.parametrize("border", ["zero", "copy"])
@pytest.mark.parametrize("largest", [0.8, 2.7, 6.5])
def test_the_adjoint_is_exact(border, largest, iterations, interpolation):
    """<A f, g> = <f, A* g> for the fields to round-off, finite differences for the flow."""
    draw = torch.Generator().manual_seed(0)
    fields, other = (torch.randn(3, 17, 21, generator=draw, dtype=torch.float64) for _ in range(2))
    flow = largest * 20 * (torch.rand(2, 17, 21, generator=draw, dtype=torch.float64) - 0.5)
    fields.requires_grad_()
    flow.requires_grad_()

    def product(flow: torch.Tensor) -> torch.Tensor:
        where = departed(cells((17, 21), flow), flow, 100.0, SPACING, iterations)
        return (carried(fields, where, border, interpolation) * other).sum()

    value = product(flow)
    of_fields, of_flow = torch.autograd.grad(value, (fields, flow))
    assert float((of_fields * fields.detach()).sum()) == pytest.approx(float(value.detach()), rel=1e-10)
    direction = torch.randn(2, 17, 21, generator=draw, dtype=torch.float64)
    ahead, behind = (product(flow + sign * 1e-6 * direction) for sign in (1, -1))
    found = float(((ahead - behind) / 2e-6).detach())
    assert found == pytest.approx(float((of_flow * direction).sum()), rel=1e-5)


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -float("inf")])
def test_a_flow_that_is_not_finite_is_refused(wrong):
    """Torch's kernel ends the process over it, on the way back."""
    flow = even(1.0, 1.0)
    flow[0, 3, 4] = wrong
    with pytest.raises(FloatingPointError):
        moved(gaussian(), flow)


def test_what_enters_is_nothing_or_the_edge():
    ones = torch.ones(1, *SHAPE, dtype=torch.float64)
    flow = even(2.0, 0.0)
    assert float(moved(ones, flow, "copy").min()) == 1
    entered = moved(ones, flow, "zero")
    assert float(entered[:, :1].abs().max()) < 1e-12
    assert float(entered[:, 2:].min()) == pytest.approx(1)


def test_an_iterated_departure_follows_a_turning_flow():
    """Solid rotation: the trajectory bends, and one straight step along the velocity of arrival leaves the circle."""
    size, angle = 41, 0.5
    y, x = torch.meshgrid(*(torch.arange(size, dtype=torch.float64) - size // 2,) * 2, indexing="ij")
    flow, here = torch.stack([-y, x]) * angle, cells((size, size), y)
    inside = (y.square() + x.square()).sqrt() < 12
    radius = (y.square() + x.square()).sqrt()[inside]
    errors = []
    for iterations in (0, 5):
        where = (departed(here, flow, 1.0, (1.0, 1.0), iterations) * (size // 2))[inside]
        errors.append(float((where.norm(dim=-1) - radius).abs().max()))
    assert errors[0] > 1
    assert errors[1] < 0.02 * errors[0]
    turned = torch.atan2(where[:, 1], where[:, 0]) - torch.atan2(y[inside], x[inside])
    far = radius > 2
    wrapped = np.angle(np.exp(1j * turned[far].numpy()))
    np.testing.assert_allclose(wrapped, -2 * np.arctan(angle / 2), atol=2e-3)
