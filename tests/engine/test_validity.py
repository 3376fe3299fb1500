"""A method says for which observations it is valid, as its card does, and how a problem differs."""

import numpy as np
import pytest

from engine import methods, scenes, weights
from engine.evaluate import evaluate
from engine.observation.kernels import KERNELS
from engine.validity import Validity

DATE = "2005-01-21"
TRAINED = {key: kind for key, kind in methods.METHODS.items() if any("valid" in weights.card(w) for w in kind.weights)}


def told(method, **options):
    return methods.METHODS[method].outside(scenes.open("ocean_run", time=DATE, **options).problem)


@pytest.mark.parametrize(
    ("method", "options", "words"),
    [
        ("liif", {"factor": 27}, []),
        ("liif", {"factor": 3}, ["×3"]),
        ("liif", {"factor": 2}, ["×2"]),
        ("jiif", {"factor": 9}, []),
        ("jiif", {"factor": 27}, ["×27"]),
        ("resac", {"factor": 9, "noise": 0.02}, ["noise 0.02 m"]),
        ("spectral_liif", {"factor": 27, "degradation": "bicubic_resize"}, ["bicubic resize (aliases)"]),
        ("spectral_liif", {"factor": 27, "degradation": "gaussian", "noise": 0.01},
         ["Gaussian low-pass", "noise 0.01 m"]),
        ("spectral_liif", {"factor": 9, "noise": 0.02, "sampling": "clouds:0.5"}, ["noise 0.02 m", "gaps"]),
        ("optimal_interpolation", {"factor": 5, "noise": 0.02, "sampling": "nadir:200"}, []),
        ("bicubic", {"factor": 5, "noise": 0.02}, []),
    ],
)  # fmt: skip
def test_a_method_says_what_it_was_not_trained_for(method, options, words):
    assert told(method, **options) == words


def test_the_width_of_a_low_pass_and_the_cells_count_too():
    told = methods.METHODS["ice_generator"].outside
    assert told(scenes.open("ice_run").problem) == []
    assert told(scenes.open("ice_run", width_km=60.0).problem) == ["60 km wide"]
    assert told(scenes.open("ice_run", degradation="gaussian").problem) == ["Gaussian low-pass"]
    valid = Validity(spacing_km=(4.0, 4.0))
    assert list(valid.outside(scenes.open("ocean_run", factor=9).problem)) == []
    assert list(Validity(spacing_km=(12.0, 40.0)).outside(scenes.open("ocean_run", factor=9).problem)) == [
        "cells of 4 km"
    ]


@pytest.mark.parametrize("key", TRAINED)
def test_what_a_card_says_can_be_read(key):
    for name in methods.METHODS[key].weights:
        valid = Validity.of(weights.card(name))
        assert set(valid.kernels) <= set(KERNELS)
        assert all(isinstance(factor, int) for factor in valid.factors)


def test_every_network_but_one_of_temperature_alone_says_its_validity():
    assert {key for key, kind in methods.METHODS.items() if kind.network and kind.task == "resolution"} - {
        "fno"
    } <= set(TRAINED)


def test_the_table_of_an_evaluation_has_it_as_a_column():
    frame = evaluate(
        "ocean_run",
        ["bicubic", ("resac", {"through": "never"})],
        times=[DATE],
        factor=9,
        noise=0.02,
        scheduler="synchronous",
    )
    assert dict(zip(frame["method"], frame["outside"], strict=True)) == {
        "bicubic": "",
        "resac(through=never)": "noise 0.02 m",
    }
    assert bool(np.isfinite(frame["rmse"]).all())
