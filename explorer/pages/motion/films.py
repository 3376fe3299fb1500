"""Films of motion: through the images and the forecasts, or through the iterates of a descent."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from explorer.figures.film import Film, Frame, MapCell
from explorer.pages.motion.fields import Shown, ahead, colours_of, moments
from explorer.pages.motion.figure import MotionScreen, draw_arrows, draw_colours, draw_cost
from explorer.pages.motion.run import Motion


def films(screen: MotionScreen, dates: Sequence[str] = ()) -> dict[str, Film]:
    """What can be filmed of a screen, by name."""
    found = screen.moving.found
    if found is None:
        return {}
    leads = len(ahead(screen.scene)) if "forecast" in found.estimate else 0
    out = {"times": Film("Images, then forecasts", len(moments(screen.scene)) + leads, lambda: _times(screen, leads))}
    if found.iterates:
        out["iterates"] = Film("Iterates", len(found.iterates) + 1, lambda: _iterates(screen, found))
    return out


def _times(screen: MotionScreen, leads: int) -> Iterator[Frame]:
    """The images with the flow; then the forecasts, beside what happened."""
    count = len(moments(screen.scene))
    for number in range(1, count + leads + 1):
        moving = replace(screen.moving, image=min(number, count), lead=max(number - count, 1), iterate=None)
        given, came = moving.given(), moving.given()
        if number > count:
            given, came = moving.forecast(), moving.happened()
        now = replace(screen, moving=moving)
        yield Frame(now, (ArrowCell(given, now), _cell(came, now), FlowCell(now)))


def _iterates(screen: MotionScreen, found: Motion) -> Iterator[Frame]:
    """The flow of every iterate that was kept and of the end, its error, and the cost so far."""
    for iterate in (*found.iterates, None):
        now = replace(screen, moving=replace(screen.moving, iterate=iterate, of_truth=False))
        given, wrong = now.moving.given(), now.moving.error()
        yield Frame(now, (ArrowCell(given, now), FlowCell(now), _cell(wrong, now), CostCell(now)))


def _cell(shown: Shown, screen: MotionScreen) -> MapCell:
    assert shown.picture is not None
    assert shown.limits is not None
    return MapCell(shown.picture, shown.limits, screen)


@dataclass(frozen=True)
class ArrowCell:
    """A map with the flow on it."""

    shown: Shown
    screen: MotionScreen

    def draw(self, fig: Figure, ax: Axes) -> Callable[["ArrowCell"], None]:
        update = _cell(self.shown, self.screen).draw(fig, ax)
        drawn = draw_arrows(ax, self.screen.moving)

        def show(cell: "ArrowCell") -> None:
            update(_cell(cell.shown, cell.screen))
            while drawn:
                drawn.pop().remove()
            drawn.extend(draw_arrows(ax, cell.screen.moving))

        return show


@dataclass(frozen=True)
class FlowCell:
    """The flow by colour."""

    screen: MotionScreen

    def draw(self, fig: Figure, ax: Axes) -> Callable[["FlowCell"], None]:
        drawn = draw_colours(ax, self.screen.moving, self.screen.view)

        def show(cell: "FlowCell") -> None:
            flow = cell.screen.moving.flow
            assert flow is not None
            drawn.show(colours_of(flow["u"].values, flow["v"].values, cell.screen.moving.scale))

        return show


@dataclass(frozen=True)
class CostCell:
    """The cost, and where on it the iterate is."""

    screen: MotionScreen

    def draw(self, fig: Figure, ax: Axes) -> Callable[["CostCell"], None]:
        found = self.screen.moving.found
        draw_cost(ax, found)
        mark = ax.axvline(self._place, color="#d55e00", linewidth=1)

        def show(cell: "CostCell") -> None:
            mark.set_xdata([cell._place] * 2)
            ax.title.set_text(cell._words)

        ax.title.set_text(self._words)
        return show

    @property
    def _place(self) -> int:
        moving = self.screen.moving
        assert moving.found is not None
        return moving.iterate or moving.found.total

    @property
    def _words(self) -> str:
        moving = self.screen.moving
        assert moving.found is not None
        cost = moving.found.costs["cost"][self._place - 1]
        return f"Cost {cost:.5g}, iterate {self._place}"
