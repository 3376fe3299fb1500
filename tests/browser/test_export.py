"""What leaves the page is whole: the picture, the numbers, and the lines of Python that make them."""

import subprocess
import sys

import numpy as np
import pytest
import xarray as xr

pytestmark = [pytest.mark.browser, pytest.mark.long]


def download(here, label: str, folder):
    with here.page.expect_download() as waiting:
        here.page.get_by_role("button", name=label, exact=True).click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def test_the_png_is_a_picture(home, tmp_path):
    import matplotlib.image

    path = download(home, "PNG", tmp_path)
    assert path.suffix == ".png"
    assert path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert path.stat().st_size > 50_000
    pixels = matplotlib.image.imread(path)
    assert pixels.shape[0] > 1000
    assert pixels.shape[1] > 1500
    assert pixels[..., :3].std() > 0.1


def test_the_netcdf_holds_what_is_seen(home, tmp_path):
    home.choose("Method", "Nearest")
    home.settle()
    path = download(home, "NetCDF", tmp_path)
    assert path.name == "finescale-ocean-run-ssh-whole-domain-2005-01-01-nearest.nc"
    with xr.open_dataset(path, engine="netcdf4") as data:
        for name in ("input", "prediction", "truth", "error"):
            assert data[name].attrs["units"] == "m", name
            assert np.isfinite(data[name]).all(), name
        assert data["input"].shape == (16, 16)
        assert data["truth"].shape == (432, 432)
        np.testing.assert_allclose(data["error"], data["prediction"] - data["truth"], atol=1e-6)
        np.testing.assert_allclose(data["prediction"][::27, ::27], data["input"].values, atol=1e-6)
        assert "SIMULATED" in data.attrs["history"]
        assert "Nearest" in data.attrs["history"]


def test_the_code_makes_the_same_numbers(home, tmp_path):
    home.go(method="bilinear", factor="9", region="jet")
    cells = home.page.get_by_role("row", name="root mean square error").first.get_by_role("cell")
    shown = home.text(cells.nth(1)).strip()
    home.tab("Code")
    written = home.page.locator("pre")
    home.until(lambda: "scenes.open('ocean_run'" in written.inner_text(), "the code")
    code = written.inner_text()
    home.tab("Scores")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, timeout=120)
    assert done.returncode == 0, done.stderr
    row = next(line for line in done.stdout.splitlines() if line.startswith("rmse "))
    assert f"{float(row.split()[1]):.4g}" == shown
