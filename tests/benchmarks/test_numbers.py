"""The engine on 432 x 432 cells, one thread: `pytest tests/benchmarks --benchmark-enable --benchmark-only`."""

import literal
import pytest
import torch

from engine import methods, observation, scenes, scores
from engine.nets.implicit import Liif
from engine.simulate.ocean import Ocean, OceanParameters

QUICK = sorted(key for key, kind in methods.METHODS.items() if kind.cheap and not key.startswith("ice_"))
ICE = sorted(key for key in methods.METHODS if key.startswith("ice_"))


@pytest.fixture(scope="module")
def scene():
    return scenes.open("ocean_run", time="2005-01-11", factor=27)


@pytest.fixture(scope="module")
def estimate(scene):
    return methods.create("bicubic").predict(scene.problem)


@pytest.mark.benchmark(group="methods, two threads")
@pytest.mark.parametrize("key", QUICK)
def test_prediction(benchmark, scene, key):
    torch.set_num_threads(2)
    method = methods.create(key)
    method.predict(scene.problem)
    try:
        benchmark.pedantic(method.predict, (scene.problem,), rounds=5)
    finally:
        torch.set_num_threads(1)


@pytest.mark.benchmark(group="eight members of 256 x 256, two threads")
@pytest.mark.parametrize("key", ICE)
def test_eight_members(benchmark, key):
    torch.set_num_threads(2)
    problem = scenes.open("ice_run").problem
    method = methods.create(key, members=8)
    method.predict(problem)
    try:
        benchmark.pedantic(method.predict, (problem,), rounds=3)
    finally:
        torch.set_num_threads(1)


@pytest.mark.benchmark(group="numbers")
def test_opening_a_scene(benchmark):
    benchmark(scenes.open, "ocean_run", time="2005-01-11", factor=27)


@pytest.mark.benchmark(group="numbers")
def test_one_spectrum(benchmark, scene):
    benchmark(scores.power_spectrum, scene.truth["ssh"])


@pytest.mark.benchmark(group="numbers")
def test_all_curves(benchmark, scene, estimate):
    benchmark(scores.spectra, estimate, scene)


@pytest.mark.benchmark(group="numbers")
def test_score_table(benchmark, scene, estimate):
    curves = scores.spectra(estimate, scene)
    benchmark(scores.table, estimate, scene, estimate, curves)


@pytest.mark.benchmark(group="numbers")
def test_projection(benchmark, scene, estimate):
    problem = scene.problem
    values = torch.as_tensor(estimate["ssh"].values)
    low, mask = torch.as_tensor(problem.low["ssh"].values), torch.as_tensor(problem.mask.values)
    benchmark(observation.project, values, low, problem.observation, mask)


@pytest.mark.benchmark(group="numbers")
def test_one_step_of_the_ocean(benchmark):
    ocean = Ocean(OceanParameters(size=432))
    benchmark(ocean.step, ocean.initial_state())


@pytest.mark.benchmark(group="LIIF, 16 x 16 to 432 x 432, two threads")
@pytest.mark.parametrize("how", ["cell by cell", "literal"])
def test_decoding(benchmark, how):
    """The same values in both ways; the ratio of the two is what is claimed."""
    torch.set_num_threads(2)
    net = Liif(width=128).eval().requires_grad_(False)
    low = torch.randn(1, 1, 16, 16, generator=torch.Generator().manual_seed(0))
    ways = {
        "cell by cell": lambda: net.decode_grid(net.encode(low), (432, 432)),
        "literal": lambda: literal.decode(net, low, (432, 432)),
    }
    try:
        values = benchmark.pedantic(ways[how], rounds=3, warmup_rounds=1)
    finally:
        torch.set_num_threads(1)
    torch.testing.assert_close(values[:-30, :-30], ways["cell by cell"]()[:-30, :-30], atol=1e-5, rtol=0)
