"""What the maps show and in which colours, and where somebody points at. A part of the state."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import param
import xarray as xr

from engine import scores
from engine.errors import InputError
from engine.scene import Scene
from explorer.base import held, link
from explorer.base.given import given
from explorer.base.held import Turn
from explorer.base.outcome import Outcome
from explorer.base.part import Part
from explorer.drawing import palette, pictures
from explorer.drawing.pictures import Picture
from explorer.drawing.style import Style, as_shown
from explorer.pages.resolution.colouring import Colouring
from explorer.pages.resolution.comparison import Comparison
from explorer.pages.resolution.darkroom import Darkroom
from explorer.pages.resolution.stage import Stage

NEIGHBOURS = "neighbours"  # the statistic of scales that stands for itself in a link without any


class Display(Part):
    """Chosen maps, their colour limits, probe and transect, the member and the statistic that are shown."""

    lower_a = held.String(
        label="Lower middle map", turn=Turn.LOOK, doc="Field in the lower middle map, e.g. 'guide:sst'."
    )
    lower_b = held.String(
        label="Lower right map", turn=Turn.LOOK, doc="Field in the lower right map, e.g. 'estimate:vorticity'."
    )
    limits = held.Dict(
        default={}, turn=Turn.LOOK, optional=True,
        doc="Colour limits by role; a role without any is fitted when first drawn.",
    )  # fmt: skip
    lock = held.Boolean(
        default=False, label="Lock limits", turn=Turn.LOOK,
        doc="Keep the colour limits when source or region change.",
    )  # fmt: skip
    threshold = held.Number(
        default=None, allow_None=True, label="Threshold", turn=Turn.LOOK, optional=True,
        doc="Of the event whose probability is shown, in the field's unit; empty: 0.5 m for ice, else the upper tenth.",
    )  # fmt: skip
    probe = held.NumericTuple(
        default=None, length=2, allow_None=True, turn=Turn.LOOK, optional=True, doc="Probed position (x, y)."
    )
    probe_end = held.NumericTuple(
        default=None, length=2, allow_None=True, turn=Turn.LOOK, optional=True, doc="Other end of the transect (x, y)."
    )
    member = held.Integer(
        default=None, allow_None=True, bounds=(1, 64), turn=Turn.LOOK, optional=True,
        doc="Which member the prediction's maps show, counted from 1; empty shows their mean.",
    )  # fmt: skip
    statistic = held.Selector(
        objects={title: name if name != NEIGHBOURS else "" for name, (title, _) in scores.STATISTICS.items()}
        | {"structure function of order 2": "structure_function"},
        default="", label="Statistic", turn=Turn.LOOK, optional=True,
        doc="What the tab Scales shows over the width of a cell.",
    )  # fmt: skip
    in_view = held.Selector(
        default="", objects=["", "yes"], label="Judge what is in view", turn=Turn.LOOK, optional=True,
        doc="Spectrum, scores, histogram and colour limits are of the part that is zoomed to.",
    )  # fmt: skip
    style = given(Style, default=Style(), doc="How the maps are coloured, as `colouring` says it.")
    lower_choices = param.Dict(default={}, doc="Label -> key of what the two lower maps can show.")

    developed = param.Event(doc="A picture is there that took long to make.")

    def __init__(
        self, outcome: Outcome, comparison: Comparison, stage: Stage, settled: Callable[[], bool], darkroom: Darkroom,
        colouring: Colouring,
    ):  # fmt: skip
        """settled: whether the picture on the screen belongs to the settings, so that limits may be fitted to it;
        darkroom: where pictures are made that take long."""
        super().__init__()
        self._outcome, self._comparison, self._stage, self._settled = outcome, comparison, stage, settled
        self._darkroom, self._colouring = darkroom, colouring
        self._colouring.param.watch(self._restyle, list(self._colouring.held))
        self._offered = (False, False)  # whether the choices are those of an ensemble, and of two methods
        self._made: dict[str, tuple] = {}  # pictures, by key
        self._box: tuple[float, float, float, float] | None = None  # the part that is judged
        self._early: set[str] = set()  # roles whose limits were fitted while a run was under way
        self.param.watch(self._complete, ["lower_a", "lower_b"])

    def check(self, name: str, given: Any, value: Any) -> None:
        if name.startswith("lower") and value and not pictures.named(value):
            label = link.describe(self.param[name])
            raise InputError(f"{label} cannot be {link.quote(given)}; take one like 'guide:sst'.")

    # ---- maps ------------------------------------------------------------------------------------------------------

    @property
    def judgeable(self) -> bool:
        """Whether there is a truth to compare with, as far as is known."""
        return self._outcome.scene is None or self._outcome.scene.truth is not None

    @property
    def choices(self) -> dict[str, str]:
        """Label -> key of everything that a map can show now."""
        upper = {"Input": "input", "Prediction": "estimate"}
        upper |= {"Truth": "truth", "Error: prediction - truth": "error"} if self.judgeable else {}
        return upper | self.lower_choices

    @property
    def six(self) -> tuple[str, ...]:
        """Keys of the six maps, row by row; where nobody knows the truth, the spread and the distance to the input."""
        upper = ("input", "estimate", "truth", "error") if self.judgeable else ("input", "estimate", *pictures.UNSEEN)
        return (*map(self._stage.drawn, upper), self.lower_a, self.lower_b)

    def offer(self, scene: Scene, ensemble: bool) -> None:
        """Refresh what the two lower maps can show of a scene; keep the present choice where it still exists."""
        compared, shown = self._comparison.configured_b is not None, {self.lower_a, self.lower_b}
        same = scene is self._outcome.scene and (ensemble, compared) == self._offered
        if same and shown <= {*self.lower_choices.values()}:
            return
        self._offered = ensemble, compared
        offered = pictures.choices(scene, ensemble, compared)
        keys = list(offered.values())
        first, second = pictures.defaults(scene, keys)
        self.param.update(
            lower_choices=offered,
            lower_a=self.lower_a if self.lower_a in keys else first,
            lower_b=self.lower_b if self.lower_b in keys else second,
        )

    def _complete(self, *_) -> None:
        """A lower map that a link leaves open shows what it would at first."""
        if self._outcome.scene is not None and "" in (self.lower_a, self.lower_b):
            self.offer(self._outcome.scene, self._offered[0])

    def compare(self) -> None:
        """Show method B in the lower maps, unless they show something of it already."""
        if self._comparison.method_b and not any(map(pictures.needs_b, (self.lower_a, self.lower_b))):
            self.param.update(lower_a="b:estimate", lower_b="b:error" if self.judgeable else "difference")

    def picture(self, key: str) -> Picture | None:
        """What a map shows for a key, or None where this scene has no such field; made once per scene and result.

        None also where it takes long and is not there yet: it is `developed` then.
        """
        if self._outcome.scene is None or not self.ready(key):
            return None
        of, make = self._order(key)
        if self._made.get(key, (None,))[0] != of:
            self._keep(key, of, make, make())
        return self._made[key][1]

    def ready(self, key: str, passing: bool = False) -> bool:
        """Whether a picture need not be waited for; one that takes long is made, unless another follows at once."""
        if not pictures.slow(key) or self._outcome.scene is None:
            return True
        of, make = self._order(key)
        there = self._made.get(key, (None,))[0] == of
        if not (there or passing):
            self._darkroom.order(key, of, make, self._develop)
        return there

    def _order(self, key: str) -> tuple[tuple, Callable[[], Picture | None]]:
        """What tells a picture from earlier ones of its key, and how it is made."""
        scene = self._outcome.scene
        assert scene is not None
        first = self._outcome.current if pictures.needs_a(key) else None
        second = self._comparison.current if pictures.needs_b(key) else None
        of = (id(scene), *(of and id(of.estimate) for of in (first, second)), self.member, self.threshold)
        return (*of, self.style), partial(_dressed, self.style, key, scene, first, second, self.member, self.threshold)

    def _keep(self, key: str, of: tuple, make: Callable, drawn: Picture | None) -> None:
        self._made[key] = (of, drawn, make)  # which holds scene and results, so that no id is used again

    def _develop(self, key: str, of: tuple, make: Callable, drawn: Picture | None) -> None:
        """What took long is there."""
        self._keep(key, of, make, drawn)
        self.param.trigger("developed")

    def belongs(self, key: str) -> bool:
        """Whether what a map shows for a key would be of the scene on the screen."""
        first = self._outcome.current is not None or not pictures.needs_a(key)
        return first and (self._comparison.current is not None or not pictures.needs_b(key))

    def dated(self, key: str) -> bool:
        """Whether a map shows a prediction of earlier settings."""
        second = self._comparison.stale_b and pictures.needs_b(key)
        return (self._outcome.stale and pictures.needs_a(key)) or second

    # ---- colours ---------------------------------------------------------------------------------------------------

    def _restyle(self, *events: param.parameterized.Event) -> None:
        """Take another style; limits that somebody wants otherwise are fitted anew."""
        afresh: dict[str, Any] = {"limits": {}} if {event.name for event in events} & {"scale", "percent"} else {}
        self.param.update(style=self._colouring.style, **afresh)

    def limits_of(self, shown: Picture) -> tuple[float, float]:
        """Colour limits of a picture, in the unit that it shows."""
        return as_shown(shown, self.kept_limits(shown))

    def limits_shown(self, role: str) -> tuple[float, float] | tuple[None, None]:
        """Limits of the fields, or of the errors, as the maps show them; nothing before they are fitted."""
        change = self.style.change(self._outcome.units, role)
        low, high = self.limits.get(role, (None, None))
        return (low, high) if change is None or low is None else (change(low), change(high))

    def limit(self, role: str, low: float, high: float) -> None:
        """Set limits of the fields, or of the errors, as the maps show them."""
        change = self.style.change(self._outcome.units, role)
        pair = (low, high) if change is None else (change.back(low), change.back(high))
        self.limits = {**self.limits, role: pair}

    def kept_limits(self, shown: Picture) -> tuple[float, float]:
        """Colour limits of a picture in the unit of its data: those in force for its role, or fitted now and kept."""
        role, scene = shown.limits_key, self._outcome.scene
        if shown.role in palette.FIXED:
            return palette.FIXED[shown.role]
        if role not in self.limits:
            of_scene = pictures.fitted_to(role, scene) if scene is not None else None
            results = (self._outcome.result, self._comparison.result_b)
            if of_scene is None and any(result is not None and not result.final for result in results):
                self._early.add(role)
            to = None if of_scene is None else self._seen(of_scene)
            fitted = self.style.fitted(replace(shown, field=self._seen(shown.field)), to)
            self.limits = {**self.limits, role: fitted}
        return self.limits[role]

    def _seen(self, field: xr.DataArray) -> xr.DataArray:
        """What colours are fitted to: the part in view where that alone is judged."""
        if self._box is None:
            return field
        x0, x1, y0, y1 = self._box
        part = field.isel(x=(field.x >= x0) & (field.x <= x1), y=(field.y >= y0) & (field.y <= y1))
        return part if part.size else field

    def follow_view(self, box: tuple[float, float, float, float] | None) -> None:
        """Fit colours to a part, or to all again."""
        if box != self._box:
            self._box = box
            if not self.lock:
                self.limits = {}

    def can_fit(self, shown: Picture) -> bool:
        """Whether a picture has its limits, or may be fitted: not while another one is on its way."""
        return shown.limits_key in self.limits or shown.role in palette.FIXED or self._settled()

    def fit(self) -> None:
        """Fit all colour limits to what is on the screen now."""
        self.limits = {}

    def refit(self) -> None:
        """Forget limits that were fitted to a run under way: its end may look otherwise. Those of the scene stay."""
        early, self._early = self._early, set()
        if early and not self.lock:
            self.limits = {role: pair for role, pair in self.limits.items() if role not in early}

    def forget(self, names: set[str]) -> None:
        """Drop what no longer fits after a change of these."""
        if names & {"source", "region"}:
            self.param.update(probe=None, probe_end=None)
        if names & {"source", "field"}:
            self.threshold = None
        if self.lock:
            return
        if names & {"source", "region", "field"}:
            self.limits = {}
        elif names & {"factor", "degradation", "width_km"}:
            self.limits = {
                role: pair for role, pair in self.limits.items() if not role.startswith(("error", "consistency"))
            }

    # ---- pointing --------------------------------------------------------------------------------------------------

    def point(self, x: float, y: float) -> None:
        """A click on a map: the first sets the probe, the second ends a transect, the third starts again."""
        if self.probe is None or self.probe_end is not None:
            self.param.update(probe=(x, y), probe_end=None)
        else:
            self.probe_end = (x, y)


def _dressed(style: Style, key: str, scene: Scene, *shown: Any) -> Picture | None:
    """The picture for a key, as `pictures.picture` makes it of a scene and results, in a style."""
    drawn = pictures.picture(key, scene, *shown)
    return drawn and style.dressed(drawn, scene)
