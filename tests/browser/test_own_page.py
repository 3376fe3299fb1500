"""A file of one's own: dropped on the page, asked about, seen on the maps, and again by the link."""

import base64
import re

import numpy as np
import pytest
import xarray as xr
from visiting import MAPS, comes_to

pytestmark = [pytest.mark.browser, pytest.mark.long]
LAT, LON = np.linspace(30, 42, 48), np.linspace(-10, 6, 64)
BAD = "<img src=x onerror=alert(1)>"
DROP = """([name, bytes]) => {
  const find = root => [...root.querySelectorAll('*')].reduce((found, el) =>
    found || (el.matches('input[type=file]') ? el.closest('label') : el.shadowRoot && find(el.shadowRoot)), null)
  const data = new DataTransfer()
  data.items.add(new File([Uint8Array.from(atob(bytes), c => c.charCodeAt(0))], name))
  find(document).dispatchEvent(new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true}))
}"""


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A file that says no unit and much that looks like HTML, and one that is none."""
    folder = tmp_path_factory.mktemp("own")
    values = np.sin(np.add.outer(LAT, LON) / 2) + np.arange(2.0)[:, None, None]
    coords = {
        "time": ("time", [0.0, 1.0], {"units": "days since 2010-02-27", "calendar": "360_day"}),
        "lat": ("lat", LAT, {"units": "degrees_north"}), "lon": ("lon", LON, {"units": "degrees_east"}),
    }  # fmt: skip
    attrs = {"title": BAD, "license": BAD}
    data = xr.Dataset({"a": (("time", "lat", "lon"), values, {"long_name": BAD})}, coords, attrs)
    data.to_netcdf(folder / "mine.nc")
    (folder / "harm.nc").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(range(256)) * 20)
    return folder


def answer(here, name: str, said: str) -> None:
    place = here.page.get_by_role("combobox", name=name, exact=True)
    place.fill(said)
    place.press("Enter")


def test_a_dropped_file_is_asked_about_shown_and_linked_to(files, home, visit):
    first = home.signature()
    home.press("Next frame")
    before, query = home.changed(first), home.query()
    values = home.cells()
    home.press("Open your own file")
    home.page.get_by_text("Drop a file here").wait_for()
    home.page.evaluate(DROP, ["harm.nc", base64.b64encode((files / "harm.nc").read_bytes()).decode()])
    told = home.until(home.message, "a sentence")
    assert told == "The file 'harm.nc' cannot be read: it is damaged, or stored in a way that is not known here."
    home.page.evaluate(DROP, ["mine.nc", base64.b64encode((files / "mine.nc").read_bytes()).decode()])
    home.page.get_by_text("2, 2010-02-27 to 2010-02-28").wait_for()
    button = home.page.get_by_role("button", name="Open", exact=True)
    assert button.is_disabled()
    unit = home.page.get_by_role("combobox", name="unit", exact=True)
    unit.fill("kg m-3")
    unit.press("Enter")
    home.until(button.is_enabled, "a way to open it")
    button.click()
    home.changed(before)
    assert BAD in home.headline(), "shown as text"
    assert "UNKNOWN" in home.headline()
    file, opened = home.settle(), home.query()
    home.page.go_back()
    home.until(lambda: home.query() == query, "the address from before the file")
    home.until(lambda: home.cells() == values, "the pictures from before the file")
    home.page.go_forward()
    home.until(lambda: home.query() == opened, "the file's address")
    home.until(lambda: home.signature() == file, "the file's pictures")
    home.press("Next frame")
    home.until(lambda: "time=2010-02-28" in home.query(), "the other date")
    left, top, right, bottom = home.frame("truth")
    home.page.mouse.move((left + right) / 2, (top + bottom) / 2)
    told = home.page.get_by_text(re.compile(r"^-?[0-9.]+ kg m⁻³$"))  # what hovers over the map
    home.until(lambda: told.count() == 4, "input, prediction, truth and error")
    home.page.mouse.move(5, 5)
    home.settle()
    other = visit().open(home.page.url)
    comes_to(other, home, *MAPS)
    cells, query = home.cells(), home.query()
    assert other.cells() == cells
    assert other.query() == query
    assert not harmed(home.page)
    assert not harmed(other.page)
    other.follow("source=own:../../etc/passwd")
    told = other.until(other.message, "a sentence")
    assert told == "There is no file '../../etc/passwd' in the folders that may be read here."
    assert other.cells() == cells, "the picture stays"


def harmed(page) -> bool:
    """Whether something of the file became an element of the page."""
    return page.evaluate("""() => {
      const walk = root => [...root.querySelectorAll('*')].some(el =>
        el.hasAttribute('onerror') || (el.shadowRoot && walk(el.shadowRoot)))
      return walk(document)
    }""")
