"""A map of detail on 432 x 432 cells, one thread, within a tenth of a second:
`pytest tests/benchmarks/test_detail.py --benchmark-enable --benchmark-only`."""

import pytest

from engine import methods, scenes
from explorer.drawing.pictures import picture
from explorer.jobs.resolution_run import Result

MOST = 0.1  # s


@pytest.mark.benchmark(group="maps of detail")
@pytest.mark.parametrize("key", ["detail", "detail:medium", "detail:fine", "detail:finest"])
def test_a_map_of_detail(benchmark, key):
    scene = scenes.open("ocean_run", time="2005-01-21", factor=27)
    estimate = methods.create("resac_sst").predict(scene.problem)
    result = Result((), scene, "resac_sst", "", estimate, 1, 1)
    shown = benchmark(picture, key, scene, result)
    assert shown.field.shape == (432, 432)
    assert benchmark.stats["median"] < MOST
