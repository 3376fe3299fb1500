"""Maps of detail made in the worker, bars of it by band, and the sentence; without a server."""

import re
import threading
from dataclasses import replace

import numpy as np
import pytest

from engine import scores
from explorer.drawing import pictures, threefold
from explorer.pages.resolution.balance import RESOLVED, balances, said
from explorer.pages.resolution.views.detail import DetailBars, drawn
from explorer.pages.resolution.views.maps import Maps
from explorer.pages.resolution.views.probe import Probe


@pytest.fixture
def run(open_page):
    """Opens a page, runs its methods, waits until all is judged and drawn."""

    def start(**chosen):
        page = open_page(**chosen).settle()
        page.session.start()
        return page.settle()

    return start


def developed(page, key: str):
    """The picture, once it is there."""
    page.until(lambda: page.session.display.ready(key))
    return page.session.display.picture(key)


# ---- maps ------------------------------------------------------------------------------------------------------------


def test_the_page_never_makes_it_itself(run, monkeypatch):
    threads, make = [], pictures.picture

    def noted(key, *args):
        threads.extend([threading.current_thread()] if pictures.slow(key) else [])
        return make(key, *args)

    monkeypatch.setattr(pictures, "picture", noted)
    page = run(method="nearest", lower_a="detail:fine")
    maps = Maps(page.session)
    assert not maps.panes["lower_a"].image.visible
    shown = developed(page, "detail:fine")
    np.testing.assert_array_equal(
        shown.field, make("detail:fine", page.session.outcome.scene, page.session.outcome.result).field
    )
    assert maps.panes["lower_a"].image.visible
    page.session.display.param.trigger("lower_a")
    assert len(threads) == 1
    assert threads[0] is not threading.current_thread()


def test_a_map_of_detail_has_its_own_colours_a_legend_and_words_and_leaves_none_behind(run):
    page = run(method="nearest", lower_a="detail")
    maps, probe = Maps(page.session), Probe(page.session)
    shown, pane = developed(page, "detail"), maps.panes["lower_a"]
    np.testing.assert_array_equal(np.asarray(pane.image.data_source.data["image"][0]), shown.field)
    assert pane.mapper.palette == threefold.colours()
    assert (pane.mapper.low, pane.mapper.high) == threefold.LIMITS
    assert "linear-gradient" not in pane.title.object  # its colours are no scale
    assert pane.title.object.count("■") == 3
    assert dict(pane.hover.tooltips)["detail"].strip() == "@image{custom}"
    page.session.display.point(41.0, 33.0)
    assert threefold.told(float(shown.field.sel(x=41, y=33))) in probe.view.object
    assert "detail" not in page.session.query().get("limits", "")
    page.session.display.lower_a = "truth:speed"
    assert "linear-gradient" in pane.title.object
    assert "■" not in pane.title.object
    assert pane.hover.formatters["@image"] == "printf"
    assert len(pane.mapper.palette) == 256


def test_a_member_and_method_b_have_maps_of_their_own(run):
    page = run(method="toy_members", method_b="nearest", lower_a="detail", lower_b="b:detail")
    scene, first, second = page.session.outcome.scene, page.session.outcome.result, page.session.comparison.current
    mean = developed(page, "detail").field
    page.session.display.member = 2
    alone, other = developed(page, "detail").field, developed(page, "b:detail").field
    assert not np.array_equal(alone, mean)
    np.testing.assert_array_equal(alone, pictures.picture("detail", scene, first, member=2).field)
    np.testing.assert_array_equal(other, pictures.picture("detail", scene, second).field)
    assert page.session.query()["lower_b"] == "b:detail"


def test_where_nobody_knows_the_truth_no_map_of_detail_is_offered(open_page):
    page = open_page(source="toy_unseen").settle()
    assert not any(map(pictures.slow, page.session.display.lower_choices.values()))
    assert developed(page, "detail") is None


def test_what_goes_wrong_in_the_worker_is_told_and_the_page_goes_on(run, monkeypatch):
    page = run(method="nearest")
    told = []
    monkeypatch.setattr(page.session.display._darkroom, "_fail", told.append)
    monkeypatch.setattr(threefold, "coded", lambda energies: 1 / 0)
    assert not page.session.display.ready("detail")
    page.until(lambda: told)
    assert isinstance(told[0], ZeroDivisionError)
    monkeypatch.undo()
    assert developed(page, "detail") is not None


# ---- bars and the sentence -------------------------------------------------------------------------------------------


def test_bars_and_numbers_are_those_of_the_scores(run):
    page = run(source="ocean_run", time="2005-01-21", method="resac_sst", method_b="bicubic")
    view, table = DetailBars(page.session), page.session.outcome.result.table
    rows = re.findall(r"<tr><td>(.*?)</td><td class='bars'>(.*?)</td>(.*?)</tr>", view.view.object)
    assert [re.sub("<.*?>", "", row[0]) for row in rows] == [
        "medium of 59–216 km",
        "fine of 16–59 km",
        "finest of 8–16 km",
    ]
    for (name, bars, cells), band in zip(rows, ("medium", "fine", "finest"), strict=True):
        real, found = (float(table[f"{kind}_{band}"]) for kind in ("precision", "recall"))
        assert 0 < found < real < 1
        assert cells == f"<td>{real:.0%}<br>–</td><td>{found:.0%}<br>0%</td>", name
        labels = re.findall(r"role='img' aria-label='(.*?)'", bars)
        maps = scores.detail(page.session.outcome.result.estimate, page.session.outcome.scene).sel(band=band).sum()
        beside = float(maps["invented"] / (maps["recovered"] + maps["missed"]))
        assert labels[0] == (
            f"{band}: recovered {found:.0%} of what was there, missed {1 - found:.0%}, {beside:.0%} beside it invented"
        )
        assert labels[1].startswith(f"method B, {band}: recovered 0% of what was there, missed 100%")


def test_the_bars_widths_are_to_scale(run):
    result = run(method="nearest").session.outcome.result
    widths = re.findall(r"left:([\d.]+)%;width:([\d.]+)%", drawn([result]))
    for at, row in enumerate(balances(result)):
        (_, invented), (zero, found), (_, missed) = (map(float, pair) for pair in widths[3 * at : 3 * at + 3])
        unit = 100 - zero
        assert (found + missed) / unit == pytest.approx(1, abs=0.01)
        assert found / unit == pytest.approx(row.found, abs=0.01)
        assert invented / unit == pytest.approx(min(row.invented, 1), abs=0.01)


def test_what_members_agree_on_is_shown_beside(run):
    page = run(method="toy_members")
    result = page.session.outcome.result
    agreement = scores.agreement(result.estimate, result.scene)
    for band in ("medium", "fine", "finest"):
        share = float(agreement.sel(band=band))
        assert float(result.agreement.sel(band=band)) == pytest.approx(share)
        assert f"members agree on {max(share, 0):.0%}" in drawn([result])
    assert "Agreed" in drawn([result])
    assert "Agreed" not in drawn([run(method="nearest").session.outcome.result])


def test_where_nobody_knows_the_truth_a_sentence_says_so(run):
    alone = DetailBars(run(source="toy_unseen").session).view.object
    assert re.sub("<.*?>", "", alone) == "Nobody knows the truth here: what of the detail is real cannot be told."
    members = DetailBars(run(source="toy_unseen", method="toy_members").session).view.object
    assert re.search(r"told\. Of the detail of \S+ km that the method adds, its members agree on \d+%\.", members)


def test_the_sentence_says_what_is_real_and_what_is_found(run):
    result = run(method="nearest").session.outcome.result
    real, found = (float(result.table[f"{kind}_fine"]) for kind in ("precision", "recall"))
    words = said(result)
    assert re.fullmatch(
        rf"Of the detail of [\d.]+–[\d.]+ km that the method adds, {real:.0%} is real; "
        rf"it finds {found:.0%} of what was there\.", words,
    )  # fmt: skip
    assert said(result, result) == words.replace("the method", "A") + f" B: {real:.0%} real, {found:.0%} found."
    smooth = run(method="bicubic").session.outcome.result
    assert "adds nothing: all that was there is missed" in said(smooth)
    bare = result.table.drop_vars([name for name in result.table if name.startswith(("precision", "recall"))])
    assert said(replace(result, table=bare)) == RESOLVED
    assert said(None) == said(replace(result, table=None)) == ""
