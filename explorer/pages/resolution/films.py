"""Films of the explorer: through dates, members, or the calls that made a field out of noise."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace

from explorer.drawing.pictures import Picture
from explorer.figures.film import Film, Frame, Frames, MapCell
from explorer.jobs.resolution_run import Result, run
from explorer.pages.resolution.figure import ResolutionScreen

NOISE = (-3.0, 3.0)  # colour limits of a field of unit variance


def films(screen: ResolutionScreen, dates: Sequence[str]) -> dict[str, Film]:
    """What can be filmed of a screen, by name; dates: those that a film through dates would show."""
    out = {"dates": Film("Dates", len(dates), lambda: _dates(_fixed(screen), dates))}
    result = screen.result
    count = 0 if result is None or result.members is None else result.members.sizes["member"]
    if count > 1:
        out["members"] = Film("Members", count, lambda: _members(_fixed(screen), count))
    if result is not None and result.film is not None:
        calls = result.film.sizes["call"]
        out["calls"] = Film("Network calls, from noise", calls, lambda: _calls(_fixed(screen), result))
    return out


def _fixed(screen: ResolutionScreen) -> ResolutionScreen:
    """The same with the colour limits that it has now, whatever comes."""
    return replace(screen, limits={shown.limits_key: screen.kept_limits(shown) for shown in screen.shown.values()})


def _dates(screen: ResolutionScreen, dates: Sequence[str]) -> Frames:
    """The method run on every date, with the same settings and seed."""
    for date in dates:
        found: Result | None = None
        for item in run(replace(screen.request, time=date), screen.method, screen.seed):
            found = item if isinstance(item, Result) else found
            yield item if isinstance(item, Future) else None
        assert found is not None
        yield _frame(replace(screen, scene=found.scene, result=found, stale=False))


def _members(screen: ResolutionScreen, count: int) -> Iterator[Frame]:
    for member in range(1, count + 1):
        yield _frame(replace(screen, member=member))


def _calls(screen: ResolutionScreen, result: Result) -> Iterator[Frame]:
    """What the network saw of the first member, and what it took it for; beside the truth, where there is one."""
    assert result.film is not None
    field, variable = result.values, result.scene.variable
    for number in range(result.film.sizes["call"]):
        noisy, clean = (
            field.copy(data=result.film[name].values[number]).assign_attrs(units=units)
            for name, units in (("noisy", "1"), ("clean", field.attrs["units"]))
        )
        seen = Picture(noisy, f"Call {number + 1}: seen", "error", "noise")
        taken = screen.dressed(Picture(clean, "Taken for", variable, "field"))
        cells = [MapCell(seen, NOISE, screen), MapCell(taken, screen.limits_of(taken), screen)]
        truth = screen.picture("truth")
        if truth is not None:
            truth = screen.dressed(truth)
            cells.append(MapCell(truth, screen.limits_of(truth), screen))
        yield Frame(screen, tuple(cells))


def _frame(screen: ResolutionScreen) -> Frame:
    """The four maps that every scene has."""
    shown = [screen.shown[key] for key in screen.keys[:4] if key in screen.shown]
    return Frame(screen, tuple(MapCell(picture, screen.limits_of(picture), screen) for picture in shown))
