"""Why a method cannot work is known before it runs, for other inputs than a data set's own too."""

import pytest

from engine import contract, methods, scenes
from engine.errors import InputError
from engine.methods.base import FAMILIES
from engine.scene import Outline

SEA = Outline("resolution", "ssh", ("sst",), 9)
LAND = Outline("resolution", "lst", ("ndvi",), 4)


def test_an_obstacle_is_one_sentence_that_says_what_is_lacking():
    assert methods.obstacle("bicubic", SEA) == ""
    assert methods.obstacle("resac", LAND) == "RESAC is trained for sea surface height."
    assert methods.obstacle("resac_sst", Outline("resolution", "ssh", (), 9)) == (
        "RESAC with SST needs the sea surface temperature as a guide."
    )
    assert methods.obstacle("fourdvar", SEA) == "4D-Var with a spectral prior finds motion in images."
    assert methods.obstacle("bicubic", Outline("motion", "rain")) == "Bicubic refines a single field."


@pytest.mark.parametrize(("factor", "works"), [(3, True), (9, True), (27, True), (1, False), (6, False), (81, False)])
def test_a_cascade_of_threes_takes_powers_of_three(factor, works):
    assert (methods.obstacle("resac", Outline("resolution", "ssh", (), factor)) == "") is works


@pytest.mark.parametrize("method", ["tsharp", "distrad", "atprk", "detail_regression", "mrunet", "disr"])
@pytest.mark.parametrize("degradation", ["radiance_mean", "box"])
def test_what_is_said_of_a_kernel_is_what_happens(method, degradation):
    """A low-pass leaves no coarse cells: kriging and details need them, a line over vegetation does not."""
    data, box = scenes.get("lst_run"), "0,4.8,0,4.8"
    scene = data.open(region=box, degradation=degradation)
    told = methods.obstacle(method, data.outline(region=box, degradation=degradation))
    if told:
        with pytest.raises(InputError):
            methods.create(method).predict(scene.problem)
    else:
        assert methods.create(method).predict(scene.problem)[scene.variable].notnull().any()
    assert bool(told) is (degradation == "box" and method in ("atprk", "detail_regression"))


def test_the_waves_of_the_whole_domain_need_all_of_it():
    data = scenes.get("ocean_run")
    assert methods.obstacle("fno", data.outline()) == ""
    assert methods.obstacle("fno", data.outline(factor=16)) == ""  # 432 = 27 x 16
    assert "whole domain" in methods.obstacle("fno", data.outline(region="jet"))
    assert "whole domain" in methods.obstacle("fno", data.outline(factor=25))


def test_a_field_is_no_guide_of_itself_and_a_coarse_set_has_none():
    assert scenes.get("ocean_run").outline(field="sst").guides == ()
    assert scenes.get("ocean_run").outline().guides == ("sst",)
    assert scenes.get("ice_obs").outline().guides == ()


def test_the_reference_is_the_best_that_works(monkeypatch):
    assert methods.reference(SEA) == methods.reference(LAND) == "bicubic"
    assert methods.reference(Outline("motion", "rain")) == "persistence"
    monkeypatch.setattr(methods.METHODS["bicubic"], "takes", ("sst",))
    assert methods.obstacle(methods.reference(SEA), SEA) == ""


def test_every_method_of_ours_says_its_kind():
    assert {kind.family for kind in methods.METHODS.values()} == set(FAMILIES) - {""}
    for kind in methods.METHODS.values():
        assert not kind.weights or kind.takes or kind.task == "motion", f"{kind.key} is trained for something"


def test_a_method_of_somebody_else_works_until_it_says_otherwise():
    class Mine(methods.Method):
        title = "Mine"

    class Odd(Mine):
        family = "odd ones"

    assert "is of no family that there is" in " ".join(contract.description_faults(Odd))
    assert "family" not in " ".join(contract.description_faults(Mine))
    assert Mine.unfit(SEA) == Mine.unfit(LAND) == Mine.requirements() == ""
    assert methods.METHODS["resac_sst"].requirements() == (
        "sea surface height, the sea surface temperature as a guide, an input of coarse cells"
    )
