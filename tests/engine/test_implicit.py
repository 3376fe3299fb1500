"""Implicit decoders: cell by cell, query by query and as the formula stands, one function. Spectral layers."""

import literal
import pytest
import torch

from engine.nets.implicit import Liif
from engine.nets.joint import Jiif
from engine.nets.spectral import AxisSpectralConv, Fno, SpectralConv, positions
from engine.nets.spectral_liif import SpectralLiif, spline

SHAPES = [((4, 4), (37, 37)), ((5, 3), (15, 21)), ((6, 5), (160, 41)), ((7, 9), (10, 10))]
CORNERS = (("lower", "lower"), ("lower", "upper"), ("upper", "lower"), ("upper", "upper"))


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(4)
    return Liif(features=16, blocks=2, width=32).eval().requires_grad_(False)


@pytest.fixture(params=SHAPES, ids=str)
def case(request, net):
    """Features, a grid of targets as queries, its shape, and the target's cell."""
    low, fine = request.param
    hidden = net.encode(torch.randn(1, 1, *low, generator=torch.Generator().manual_seed(1)))
    return hidden, literal.queries(low, fine), fine, torch.tensor([n / m for n, m in zip(low, fine, strict=True)])


def test_a_grid_is_decoded_as_its_queries_are(net, case):
    hidden, where, shape, cell = case
    values, answers, _ = net.decode(hidden, where, cell)
    torch.testing.assert_close(net.decode_grid(hidden, shape).flatten(), values[0], atol=1e-6, rtol=0)
    for answer, sides in zip(answers, CORNERS, strict=True):
        torch.testing.assert_close(net.decode_grid(hidden, shape, sides).flatten(), answer[0], atol=1e-6, rtol=0)


@pytest.mark.parametrize("sized", [True, False])
def test_without_the_ensemble_the_cell_itself_answers(net, case, sized):
    hidden, where, shape, cell = case
    values, *_ = net.decode(hidden, where, cell, ensemble=False, sized=sized)
    made = net.decode_grid(hidden, shape, ("own", "own"), sized)
    torch.testing.assert_close(made.flatten(), values[0], atol=1e-6, rtol=0)


def test_weights_are_areas_that_add_up_to_one(net, case):
    hidden, where, _, cell = case
    weights = net.decode(hidden, where, cell)[2]
    torch.testing.assert_close(weights.sum(0), torch.ones_like(weights[0]))
    assert weights.min() >= 0


@pytest.mark.parametrize("unfold", [True, False])
def test_the_fast_way_is_the_formula_taken_literally(net, unfold):
    low, shape = torch.randn(1, 1, 6, 5, generator=torch.Generator().manual_seed(2)), (80, 61)
    fast = net.decode_grid(net.encode(low, unfold), shape)
    torch.testing.assert_close(fast, literal.decode(net, low, shape, unfold), atol=1e-5, rtol=0)


GRIDS = [((4, 4), (36, 36)), ((5, 3), (35, 21)), ((8, 6), (25, 17))]


def bicubic(field: torch.Tensor, shape: tuple[int, int]) -> torch.Tensor:
    return torch.nn.functional.interpolate(field, size=shape, mode="bicubic", align_corners=False)


def jiif() -> Jiif:
    """With a last layer that is not silent any more."""
    torch.manual_seed(3)
    net = Jiif(features=8, blocks=1, guide=4, guide_blocks=1, widths=(16, 8)).eval().requires_grad_(False)
    torch.nn.init.normal_(net.mlp[-1].weight)
    return net


def ours() -> SpectralLiif:
    """The same."""
    torch.manual_seed(3)
    net = SpectralLiif(widths=(8, 12), blocks=(1, 2), modes=4, functions=8).eval().requires_grad_(False)
    torch.nn.init.normal_(net.tail.weight)
    return net


@pytest.mark.parametrize(("low", "fine"), GRIDS)
def test_jiif_decodes_a_grid_as_it_decodes_its_cells(low, fine):
    net, field, guide = jiif(), torch.randn(1, 1, *low), torch.randn(1, 1, *fine)
    values, *_ = net(field, guide, torch.arange(fine[0] * fine[1])[None])
    made = net.decode_grid(field, guide)
    assert (made - bicubic(field, fine)[0, 0]).std() > 1e-4  # it does something
    torch.testing.assert_close(made.flatten(), values[0], atol=2e-6, rtol=1e-5)


@pytest.mark.parametrize(("low", "fine"), GRIDS)
def test_ours_decodes_a_grid_as_it_decodes_its_positions(low, fine):
    """Whatever the grid, also one that is no multiple of the folded cells."""
    net, field, guide = ours(), torch.randn(1, 1, *low), torch.randn(1, 1, *fine)
    up = bicubic(field, fine)
    cells = net.encode(field, guide, up)
    rows, columns = (torch.arange(n) for n in fine)
    where = (torch.stack(torch.meshgrid(rows, columns, indexing="ij"), dim=-1).reshape(1, -1, 2) + 0.5) / net.fold
    values = up.flatten() + net.amplitude(field, guide) * net.decode(cells, where)[0]
    made = net(field, guide)
    assert made.shape == up.shape
    assert (made - up).std() > 1e-2
    torch.testing.assert_close(made.flatten(), values, atol=2e-5, rtol=1e-5)


def test_ours_is_smooth_where_one_cell_hands_over_to_the_next():
    """Value and slope: at cell edges, where the three nearest cells become others."""
    net = ours().double()
    cells = torch.randn(1, 8, 6, 6).double()
    edges = torch.stack(torch.meshgrid(torch.arange(1, 6).double(), torch.arange(12.0).double() / 2, indexing="ij"), -1)
    edges = edges.reshape(1, -1, 2)
    step = torch.tensor([1e-5, 0.0], dtype=torch.float64)
    values = [net.decode(cells, edges + n * step) for n in (-2, -1, 1, 2)]
    slopes = [(values[n + 1] - values[n]) / 1e-5 for n in (0, 2)]
    assert (values[1] - values[2]).abs().max() < 1e-3 * values[1].std()
    assert (slopes[0] - slopes[1]).abs().max() < 1e-2 * slopes[0].std()


def test_the_weights_of_ours_add_up_to_one():
    away = torch.linspace(0, 1, 11)[:, None] - torch.tensor([-0.5, 0.5, 1.5])
    torch.testing.assert_close(spline(away).sum(-1), torch.ones(11))


def test_the_softmax_weights_of_jiif_add_up_to_one():
    _, answers, weights = jiif()(torch.randn(2, 1, 4, 4), torch.randn(2, 1, 12, 12), torch.randint(144, (2, 50)))
    assert answers.shape == weights.shape == (4, 2, 50)
    torch.testing.assert_close(weights.sum(0), torch.ones(2, 50))


def test_ours_starts_from_bicubic_interpolation():
    net, field = SpectralLiif(widths=(8, 12), blocks=(1, 1), modes=4, functions=8), torch.randn(1, 1, 4, 4)
    torch.testing.assert_close(net(field, torch.randn(1, 1, 32, 32)), bicubic(field, (32, 32)))


@pytest.mark.parametrize("layer", [SpectralConv(2, 3, 5), AxisSpectralConv(2, 5)])
def test_a_spectral_layer_does_the_same_at_every_resolution(layer):
    """A field of few waves, sampled at two resolutions: the outputs agree where the grids share points."""

    def waves(n: int) -> torch.Tensor:
        s = 2 * torch.pi * torch.arange(n) / n
        first = torch.cos(2 * s)[:, None] * torch.sin(3 * s)
        return torch.stack([first, torch.sin(s)[:, None] + torch.cos(4 * s)])[None]

    fine, coarse = layer(waves(48)), layer(waves(16))
    torch.testing.assert_close(fine[..., ::3, ::3], coarse, atol=1e-5, rtol=1e-5)
    assert fine.std() > 1e-4


def test_the_operator_does_nearly_the_same_at_every_resolution():
    torch.manual_seed(0)
    net = Fno().eval().requires_grad_(False)

    def field(n: int) -> torch.Tensor:
        y, x = positions((n, n), torch.ones(1))
        return torch.stack([torch.sin(6 * y) * torch.cos(5 * x), y, x])[None]

    fine, coarse = net(field(144)), net(field(48))
    difference = fine[..., 1::3, 1::3] - coarse
    assert difference.abs().max() < 0.1 * fine.std()
