"""Films: as many frames as there is to see, the same limits in all, date and provenance in each; files that play."""

import io
from dataclasses import replace

import cv2
import numpy as np
import pytest
from motions import moved
from PIL import Image

from engine.errors import InputError
from explorer.figures import film
from explorer.pages.motion.figure import MotionScreen
from explorer.pages.motion.films import films as motion_films
from explorer.pages.resolution.figure import ResolutionScreen
from explorer.pages.resolution.films import films


def pictures(of: film.Film) -> list:
    return [frame for frame in of.frames() if frame is not None]


def shown(frame) -> dict[str, np.ndarray]:
    return {cell.picture.title: cell.picture.field.values for cell in frame.cells if hasattr(cell, "picture")}


def finished(of: film.Film, kind: str, pace: int = 5) -> tuple[list[float], bytes]:
    """The shares it said to have done, and the file."""
    *shares, content = [item for item in film.made(of, kind, pace) if item is not None]
    return shares, content


def test_dates_run_the_method_on_each_with_the_limits_of_the_first(page):
    session = page.session
    limits = {key: session.display.limits_of(session.display.picture(key)) for key in ("truth", "error")}
    dates = session.selection.param.time.objects[:3]
    frames = pictures(films(ResolutionScreen.of(session), dates)["dates"])
    assert [frame.screen.heading.split(" · ")[2] for frame in frames] == dates
    for date, frame in zip(dates, frames, strict=True):
        session.selection.time = date
        page.settle()
        drawn = shown(frame)
        for key in ("input", "estimate", "truth", "error"):
            np.testing.assert_array_equal(drawn[session.display.picture(key).title], session.display.picture(key).field)
        assert date in frame.screen.provenance
        assert [cell.limits for cell in frame.cells] == [limits["truth"]] * 3 + [limits["error"]]


def test_members_and_calls_run_through_what_was_made(open_page):
    page = open_page(method="toy_members", **{"m.members": "4"}).settle()
    assert set(films(ResolutionScreen.of(page.session), ["2010-01-01"])) == {"dates"}
    page.session.start()
    page.settle()
    result, offered = page.session.outcome.result, films(ResolutionScreen.of(page.session), ["2010-01-01"])
    frames = pictures(offered["members"])
    assert len(frames) == offered["members"].count == 4
    for number, frame in enumerate(frames):
        drawn = next(field for title, field in shown(frame).items() if title.endswith(f"member {number + 1}"))
        np.testing.assert_array_equal(drawn, result.members[number])
    calls = pictures(offered["calls"])
    assert len(calls) == offered["calls"].count == result.film.sizes["call"]
    np.testing.assert_array_equal(shown(calls[2])["Call 3: seen"], result.film["noisy"][2])
    np.testing.assert_array_equal(shown(calls[2])["Taken for"], result.film["clean"][2])


def test_motion_runs_through_images_and_forecasts_and_through_iterates():
    session = moved(**{"m.iterations": "3"})
    offered = motion_films(MotionScreen.of(session))
    times = pictures(offered["times"])
    assert len(times) == offered["times"].count == 7
    titles = [frame.cells[1].picture.title for frame in times]
    assert titles[:4] == [f"Image 2021-06-01 00:{minute:02d}" for minute in (0, 5, 10, 15)]
    assert titles[4:] == [f"What happened after {minutes} min" for minutes in (5, 10, 15)]
    assert len({frame.cells[1].limits for frame in times}) == 1
    iterates = pictures(offered["iterates"])
    assert len(iterates) == offered["iterates"].count == len(session.outcome.result.iterates) + 1
    np.testing.assert_array_equal(
        iterates[0].screen.moving.flow["u"], session.outcome.result.iterates[1]["u"].isel(time=0)
    )
    assert iterates[0].screen.provenance.endswith("iterate 1")
    assert {frame.screen.moving.scale for frame in iterates} == {session.moving.scale}
    session.flow_of = "true"
    of_truth = pictures(motion_films(MotionScreen.of(session))["iterates"])
    np.testing.assert_array_equal(of_truth[0].screen.moving.flow["u"], iterates[0].screen.moving.flow["u"])
    shares, content = finished(offered["iterates"], "gif")
    assert shares[-1] == 1
    assert Image.open(io.BytesIO(content)).n_frames >= len(iterates) - 1  # two that are alike are shown as one


def test_a_gif_plays_every_frame_at_its_pace(page):
    dates = page.session.selection.param.time.objects[:3]
    shares, content = finished(films(ResolutionScreen.of(page.session), dates)["dates"], "gif")
    assert shares == pytest.approx([1 / 3, 2 / 3, 1])
    with Image.open(io.BytesIO(content)) as gif:
        assert (gif.n_frames, gif.info["duration"], gif.info["loop"], gif.width) == (3, 200, 0, 960)
        frames = []
        for number in range(3):
            gif.seek(number)
            frames.append(np.asarray(gif.convert("RGB")).astype(int))
    ends = [frame[:, -28:] for frame in frames]  # the ticks of the last colour bar
    assert ends[0].min() < 100
    assert all(np.abs(end - ends[0]).mean() < 1 for end in ends)
    assert np.abs(frames[0] - frames[1]).mean() > 1
    assert np.mean(frames[0].min(axis=2) > 250) > 0.3  # a light ground


def test_an_mp4_plays_every_frame_at_its_pace(page, tmp_path):
    assert film.kinds() == ("mp4", "gif")  # OpenCV as pip installs it brings the encoder
    dates = page.session.selection.param.time.objects[:4]
    path = tmp_path / "film.mp4"
    path.write_bytes(finished(films(ResolutionScreen.of(page.session), dates)["dates"], "mp4", pace=8)[1])
    video = cv2.VideoCapture(str(path))
    read = [video.read() for _ in range(5)]
    assert [good for good, _ in read] == [True] * 4 + [False]
    assert video.get(cv2.CAP_PROP_FPS) == 8
    assert read[0][1].shape[1] == 1344
    first, second = (frame.astype(int) for _, frame in read[:2])
    assert np.abs(first - second).mean() > 1
    assert np.median(first) > 240
    video.release()


def test_without_an_encoder_there_is_the_gif(monkeypatch):
    monkeypatch.setattr(film, "CODEC", cv2.VideoWriter.fourcc(*"none"))
    film.kinds.cache_clear()
    try:
        assert film.kinds() == ("gif",)
    finally:
        film.kinds.cache_clear()


def test_a_film_has_its_bounds(page):
    of = films(ResolutionScreen.of(page.session), ["2010-01-01"])["dates"]
    with pytest.raises(InputError, match="at most 120 frames, not 121"):
        next(film.made(replace(of, count=121), "gif", 4))


def test_what_is_stopped_leaves_nothing_behind(page, tmp_path, monkeypatch):
    monkeypatch.setattr(film.tempfile, "tempdir", str(tmp_path))
    making = film.made(
        films(ResolutionScreen.of(page.session), page.session.selection.param.time.objects[:3])["dates"], "mp4", 4
    )
    while next(making) is None:
        pass
    assert list(tmp_path.iterdir())
    making.close()
    assert not list(tmp_path.iterdir())
