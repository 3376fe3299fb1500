"""Where tensors are computed, on machines that have other accelerators than this one."""

import numpy as np
import pytest
import torch
from toy import field, power_law, scene

from engine import device, methods, weights
from engine.errors import InputError
from engine.evaluate import Evaluation
from engine.methods.base import Method, input_values
from engine.nets.table import Table
from engine.resample import upsample
from engine.scene import Step
from engine.simulate.ocean import Ocean, OceanParameters
from engine.training import loop

TWIN = torch.device("cpu", 0)  # computes as the CPU does, and is another device


@pytest.fixture
def problem():
    return scene(field(power_law((32, 32), -3))).problem


# ---- which one -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["cuda", "mps", "xpu"])
def test_the_first_accelerator_of_any_kind_is_the_usual_device(kind, accelerated):
    accelerated(kind, 2)
    assert device.find() == device.chosen() == torch.device(kind, 0)
    assert [str(one) for one in device.available()] == ["cpu", f"{kind}:0", f"{kind}:1"]


def test_without_an_accelerator_it_is_the_cpu(accelerated):
    for count in (0, 1):
        accelerated("cuda", count)
        assert device.find().type == ("cuda" if count else "cpu")


def test_finescale_device_forces_one_and_a_name_goes_before_it(accelerated, monkeypatch):
    accelerated("cuda", 2)
    for name, expected in (("cuda", "cuda:0"), ("cuda:1", "cuda:1"), ("CPU", "cpu"), ("", "cuda:0")):
        monkeypatch.setenv("FINESCALE_DEVICE", name)
        assert str(device.find()) == expected
        assert str(device.find("cuda:1")) == "cuda:1"


@pytest.mark.parametrize("name", ["abacus", "meta", "mps", "cuda:2"])
def test_a_device_that_is_not_here_is_one_sentence(name, accelerated, monkeypatch):
    accelerated("cuda", 2)
    with pytest.raises(InputError, match=f"^There is no device '{name}' here; take cpu or cuda:0 or cuda:1.$"):
        device.find(name)
    monkeypatch.setenv("FINESCALE_DEVICE", name)
    with pytest.raises(InputError, match=f"^FINESCALE_DEVICE names '{name}', which is no device here; take cpu or"):
        device.find()


def test_what_has_no_float64_leaves_it_to_the_cpu(accelerated):
    for kind, home in (("mps", "cpu"), ("cuda", "cuda:0")):
        accelerated(kind)
        assert device.find().type == kind
        assert str(device.find(dtype=torch.float64)) == home
    accelerated("mps")
    assert Ocean(OceanParameters(size=16), dtype=torch.float64).jet.device == device.CPU


def test_training_goes_where_finescale_device_says_unless_lightning_is_told(accelerated, monkeypatch):
    accelerated("cuda", 2)
    assert loop._hardware({}) == {}  # Lightning looks for itself, and takes several
    for name, expected in (
        ("cuda:1", {"accelerator": "cuda", "devices": [1]}),
        ("cpu", {"accelerator": "cpu", "devices": 1}),
    ):
        monkeypatch.setenv("FINESCALE_DEVICE", name)
        assert loop._hardware({}) == expected
        assert loop._hardware({"accelerator": "cpu"}) == {}


# ---- for whom ------------------------------------------------------------------------------------------------------


def test_works_that_take_turns_keep_their_devices(accelerated):
    accelerated("cuda", 2)

    def work():
        for _ in range(3):
            yield str(device.chosen())

    both = [device.working(device.find(name), work) for name in ("cpu", "cuda:1")]
    assert list(zip(*both, strict=True)) == [("cpu", "cuda:1")] * 3
    assert str(device.chosen()) == "cuda:0"


def test_weights_of_two_devices_are_not_mixed_up(tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "assets", lambda: tmp_path)
    weights.save("toy", Table(("a",), 2), {"arguments": {"columns": ["a"], "rows": 2}})
    with device.using(TWIN):
        other = weights.load("toy", Table)
    here = weights.load("toy", Table)
    assert here is not other
    assert here is weights.load("toy", Table)
    with device.using(TWIN):
        assert weights.load("toy", Table) is other


# ---- short of memory -----------------------------------------------------------------------------------------------


class Hungry(Method):
    """Three steps, the second of which fits into the CPU's memory alone."""

    key, title, fits = "hungry", "Hungry", ("cpu",)
    error: Exception = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 TiB.")

    def steps(self, problem, *, seed=0):
        smooth = upsample(input_values(problem), problem.mask.shape, "bicubic").numpy()
        for index in (1, 2, 3):
            if index == 2 and str(device.chosen()) not in self.fits:
                raise self.error
            yield Step(index, 3, problem.estimate(index * smooth + seed), {"network_calls": float(index)})


@pytest.mark.parametrize(
    "error",
    [
        Hungry.error,
        RuntimeError("MPS backend out of memory (MPS allocated: 17.9 GB, max allowed: 18.1 GB)."),
        RuntimeError("Native API failed: UR_RESULT_ERROR_OUT_OF_DEVICE_MEMORY"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    ],
)
def test_what_does_not_fit_is_done_again_on_the_cpu_and_says_so(error, problem, accelerated, monkeypatch, caplog):
    expected = Hungry(device="cpu").predict(problem, seed=3)["ssh"]
    monkeypatch.setattr(Hungry, "error", error)
    accelerated("cuda")
    steps = list(Hungry().run(problem, seed=3))
    assert [step.index for step in steps] == [1, 1, 2, 3]
    assert ["repeated" in step.trace for step in steps] == [False, True, True, True]
    assert "The memory of Toy GPU did not suffice for hungry: the CPU does it." in caplog.text
    np.testing.assert_array_equal(steps[-1].estimate["ssh"], expected)
    np.testing.assert_array_equal(Hungry().predict(problem, seed=3)["ssh"], expected)
    assert device.chosen().type == "cuda"  # for whoever comes next


def test_what_fails_for_another_reason_or_on_the_cpu_is_not_repeated(problem, accelerated, monkeypatch):
    accelerated("cuda")
    monkeypatch.setattr(Hungry, "error", RuntimeError("shapes do not fit"))
    with pytest.raises(RuntimeError, match="shapes"):
        Hungry().predict(problem)
    monkeypatch.setattr(Hungry, "error", torch.OutOfMemoryError("out of memory"))
    monkeypatch.setattr(Hungry, "fits", ())
    with pytest.raises(torch.OutOfMemoryError):
        Hungry(device="cpu").predict(problem)


def test_a_copy_computes_where_the_method_does(problem, accelerated):
    accelerated("cuda", 2)
    assert methods.copy(Hungry(device="cuda:1")).device == "cuda:1"
    assert "device" not in methods.settings(Hungry)
    with pytest.raises(InputError, match="no device 'abacus'"):
        Hungry(device="abacus").predict(problem)


def test_where_it_runs_is_no_setting_of_a_score():
    """Else a link could keep a refusal, or another device's row, under the method's own name."""
    with pytest.raises(InputError, match="bicubic has no parameter device; it has "):
        Evaluation("altimetry_med", [("bicubic", {"device": "cpu"})])
    with pytest.raises(InputError, match="bicubic has no parameter device; it has "):
        methods.create("bicubic", device="cpu")
