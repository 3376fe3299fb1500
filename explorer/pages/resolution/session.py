"""All state and actions of one page, as parameters. No widget and no figure: it runs and is tested without a server."""

import logging
import time
from collections.abc import Callable, Iterable
from typing import Any

import param

from engine import degrade, methods, scores
from engine.errors import InputError
from engine.grid import Grid
from engine.methods import settings
from engine.scene import Scene
from explorer.drawing import palette, pictures
from explorer.base import link as state
from explorer.base.selection import Choosing
from explorer.pages.resolution.comparison import Comparing, Side
from explorer.jobs.worker import Ticket
from explorer.jobs.resolution_run import Result, Selection, judge, look, question, run

log = logging.getLogger("finescale.session")
DEFAULT_METHOD = "bicubic"
NEIGHBOURS = "neighbours"  # the statistic of scales that stands for itself in a link without any


class Session(Comparing, Choosing):
    """One person's page. Setting a parameter of the selection reruns what is cheap and marks the rest as stale.

    A run has stages: method A or a look at the scene, then method B; each is judged before the next one starts.
    """

    lower_a = param.String(label="Lower middle map", doc="Field in the lower middle map, e.g. 'guide:sst'.")
    lower_b = param.String(label="Lower right map", doc="Field in the lower right map, e.g. 'estimate:vorticity'.")
    lower_choices = param.Dict(default={}, doc="Label -> key of what the two lower maps can show.")
    limits = param.Dict(default={}, doc="Colour limits by role; a role without any is fitted when first drawn.")
    lock = param.Boolean(default=False, label="Lock limits", doc="Keep the colour limits when source or region change.")
    probe = param.NumericTuple(default=None, length=2, allow_None=True, doc="Probed position (x, y).")
    probe_end = param.NumericTuple(default=None, length=2, allow_None=True, doc="Other end of the transect (x, y).")
    member = param.Integer(
        default=None, allow_None=True, bounds=(1, 64),
        doc="Which member the prediction's maps show, counted from 1; empty shows their mean.",
    )  # fmt: skip
    threshold = param.Number(
        default=None, allow_None=True, label="Threshold",
        doc="Of the event whose probability is shown, in the field's unit; empty: 0.5 m for ice, else the upper tenth.",
    )  # fmt: skip
    view = param.NumericTuple(default=None, length=4, allow_None=True, doc="Zoom x0, x1, y0, y1; empty shows all.")
    swipe = param.String(doc="Two maps over each other, as 'estimate,truth'; empty shows the six.")
    swipe_at = param.Integer(
        default=None, allow_None=True, bounds=(0, 100), label="Left map seen (%)",
        doc="How much of the left one of the two maps is seen, per cent; empty is half.",
    )  # fmt: skip

    statistic = param.Selector(
        objects={title: name if name != NEIGHBOURS else "" for name, (title, _) in scores.STATISTICS.items()}
        | {"structure function of order 2": "structure_function"},
        default="", label="Statistic", doc="What the tab Scales shows over the width of a cell.",
    )  # fmt: skip

    result = param.ClassSelector(class_=Result, allow_None=True)
    answer = param.Number(default=0.0, doc="Seconds from the last change to its picture, on the server.")
    NAMES = (
        "source", "field", "region", "time", "factor", "degradation", "width_km", "noise", "method", "method_b",
        "seed", "lower_a", "lower_b", "limits", "lock", "threshold", "view", "probe", "probe_end", "member", "swipe",
        "swipe_at", "statistic", *Comparing.LOOK,
    )  # fmt: skip
    OPTIONAL = (
        "width_km", "method_b", "limits", "threshold", "view", "probe", "probe_end", "member", "swipe", "swipe_at",
        "statistic", *Comparing.LOOK,
    )  # fmt: skip
    SHOWING = (*Comparing.SHOWING, "configured_b", "result_b")
    PASSING = ("swipe_at",)
    SELECTION = ("source", "field", "region", "time", "factor", "degradation", "width_km", "noise")

    def __init__(self, dispatch: Callable[[Callable[[], None]], None] = lambda call: call(), **chosen):
        """dispatch: how the worker hands a call back to the page's own thread."""
        super().__init__(dispatch)
        self._judging = False
        self._side: Side = "a"  # whose results are coming
        self._stages: list[tuple[Side, Callable]] = []  # that are still to come
        self._planned = 0  # how many stages the run has
        self._offered = (False, False)  # whether the choices are those of an ensemble, and of two methods
        self._pictures: dict[str, tuple] = {}
        self._early: set[str] = set()  # roles whose limits were fitted while a run was under way
        self._pictured: tuple = ()  # the settings that the picture on the screen belongs to
        self._started = 0.0
        with param.discard_events(self):
            self._adopt_source("ocean_run" if "ocean_run" in self._catalogue else next(iter(self._catalogue)))
            self._adopt_method(DEFAULT_METHOD)
        self.param.watch(self._selected, [*self.SELECTION, "method", "method_b", "seed"])
        if chosen:
            self.select(chosen)

    # ---- selection -------------------------------------------------------------------------------------------------

    @property
    def selection(self) -> Selection:
        return Selection(**{name: getattr(self, name) for name in self.SELECTION})

    @property
    def _asked(self) -> tuple:
        return self.selection, self.method

    def check(self, name: str, given: Any, value: Any) -> None:
        super().check(name, given, value)
        if name.startswith("lower") and value and not pictures.named(value):
            label = state.describe(self.param[name])
            raise InputError(f"{label} cannot be {state.quote(given)}; take one like 'guide:sst'.")
        if name == "swipe" and value and not _pair(value):
            raise InputError(f"The swipe cannot be {state.quote(given)}; write it as 'estimate,truth'.")

    def _adopt_source(self, key: str) -> None:
        """Take a data set's own fields, dates, region and factor; keep what it also has."""
        data = self._catalogue[key]
        self.param.update(
            source=key,
            field=self._adopt_field(data),
            factor=data.factors[0],
            degradation=data.degradation,
            width_km=data.width_km,
            **self._adopt_dates(data),
        )

    def _forget(self, names: set[str]) -> None:
        if "method_b" in names:
            self._adopt_method_b(self.method_b)
            if self.method_b and not any(map(pictures.needs_b, (self.lower_a, self.lower_b))):
                self.param.update(lower_a="b:estimate", lower_b="b:error" if self.judgeable else "difference")
        if self.low_pass and self.width_km is None and self.scene is not None and self.scene.key == self.source:
            self.width_km = float(round(self.factor * self._spacing_km(), 1))
        if "source" in names:
            self.opening.turn_back()
        if names & {"source", "region"}:
            self.param.update(view=None, probe=None, probe_end=None)
        if names & {"source", "field"}:
            self.threshold = None
        if names & {"source", "region", "field"} and not self.lock:
            self.limits = {}
        elif names & {"factor", "degradation", "width_km"} and not self.lock:
            self.limits = {role: pair for role, pair in self.limits.items() if role not in ("error", "consistency")}

    @property
    def low_pass(self) -> bool:
        """Whether the degradation stays on the fine grid and has a width of its own."""
        return degrade.on_fine_grid(self.degradation)

    @property
    def ensemble(self) -> bool:
        """Whether the method makes several members."""
        return "members" in settings(self.configured)

    @property
    def current(self) -> Result | None:
        """The result, if it belongs to the scene on the screen; one left from another scene counts as none."""
        return self.result if self.result is not None and self.result.scene is self.scene else None

    @property
    def judgeable(self) -> bool:
        """Whether there is a truth to compare with, as far as is known."""
        return self.scene is None or self.scene.truth is not None

    @property
    def shown_choices(self) -> dict[str, str]:
        """Label -> key of everything that a map can show now."""
        upper = {"Input": "input", "Prediction": "estimate"}
        upper |= {"Truth": "truth", "Error: prediction - truth": "error"} if self.judgeable else {}
        return upper | self.lower_choices

    def belongs(self, key: str) -> bool:
        """Whether what a map shows for a key would be of the scene on the screen."""
        first = self.current is not None or not pictures.needs_a(key)
        return first and (self.current_b is not None or not pictures.needs_b(key))

    def dated(self, key: str) -> bool:
        """Whether a map shows a prediction of earlier settings."""
        return (self.stale and pictures.needs_a(key)) or (self.stale_b and pictures.needs_b(key))

    @property
    def outdated(self) -> bool:
        """Whether spectra and scores on the screen are of an earlier prediction than the settings or the maps."""
        unjudged = self.result is not None and self.result.table is None and not self.configured.cheap
        return self.stale or unjudged

    def _spacing_km(self) -> float:
        return sum(Grid.of(self.scene.problem.target).spacing) / 2000

    # ---- running ---------------------------------------------------------------------------------------------------

    def refresh(self, message: str = "") -> None:
        """Open the scene and run what answers at once; otherwise mark the picture as stale."""
        if self._quiet:
            return
        selection = self.selection
        stages = [(side, self._running(side)) for side, method in self.sides.items() if method.cheap]
        if not self.configured.cheap:
            stages.insert(0, ("a", lambda: (look(selection),)))
        self._start(message, stages)
        slow = [side for side, method in self.sides.items() if not method.cheap]
        self._age(slow)

    def run(self) -> None:
        """Run the methods now, cheap or not."""
        self._start("", [(side, self._running(side)) for side in self.sides])

    def _running(self, side: Side) -> Callable:
        """How a method's run is started, with the settings of now: what `_submit` takes."""
        selection, method, seed = self.selection, methods.copy(self.sides[side]), self.seed
        return lambda: (run(selection, method, seed), method, question(selection, method, seed))

    def _age(self, sides: Iterable[Side]) -> None:
        """What is shown of these methods belongs to earlier settings."""
        ages = {"a": self.result is not None, "b": self.result_b is not None}
        names = {"a": "stale", "b": "stale_b"}
        self.param.update(**{names[side]: ages[side] for side in sides})

    def cancel(self) -> None:
        """Stop the running job before its next step; what is on the screen stays and says that it is unfinished."""
        if self._ticket is not None and self.busy:
            self._ticket.cancel()
            self.busy = False
            self._stop()

    def _stop(self) -> None:
        """Nothing more comes: mark what has not been finished."""
        unfinished = [side for side, _ in self._stages] + ([] if self._judging else [self._side])
        self._stages = []
        self._age(unfinished)

    def _start(self, message: str, stages: list) -> None:
        if self._ticket is not None:
            self._ticket.cancel()
        self.param.update(busy=True, message=message, missing=[], progress=None)
        self._started, self._planned, self._stages = time.monotonic(), len(stages), stages
        self._go_on()

    def _go_on(self) -> None:
        """Start the next stage, or rest."""
        self._judging = False
        if self._stages:
            self._side, work = self._stages.pop(0)
            self._submit(*work())
        else:
            self.busy = False

    def _finish(self, ticket: Ticket) -> None:
        self._hand_over(ticket, self._go_on)

    def _show(self, item: Scene | Result) -> None:
        scene = item.scene if isinstance(item, Result) else item
        keys = {*self.lower_choices.values()}
        kinds = (self.ensemble, self.configured_b is not None)
        if scene is not self.scene or not {self.lower_a, self.lower_b} <= keys or kinds != self._offered:
            self._offer_lower(scene)
        self._pictured = self._asked
        if isinstance(item, Result):
            self._show_result(item)
            if item.final and self._early:
                self._refit()
            if item.final and not item.judged:
                # Its numbers follow once it is drawn: both at once would slow the picture.
                self._judging = True
                self._submit(judge(item))
        else:
            self.scene = scene

    def _show_result(self, item: Result) -> None:
        done = self._planned - len(self._stages) - 1 + item.index / item.total
        share, since = done / self._planned, time.monotonic() - self._started
        left = since * (1 - share) / share if share else 0.0
        shown = {"result": item, "stale": False} if self._side == "a" else {"result_b": item, "stale_b": False}
        self.param.update(scene=item.scene, progress=share, time_left=left, **shown)
        if self._side == "a" and not self._judging:
            self.answer = time.monotonic() - self._started

    def _say(self, text: str, files: list) -> None:
        self._pictured = self._asked  # nothing more comes: what is on the screen may be fitted
        super()._say(text, files)
        self._stop()

    def _offer_lower(self, scene: Scene) -> None:
        """Refresh what the two lower maps can show; keep the present choice where it still exists."""
        self._offered = self.ensemble, self.configured_b is not None
        offered = pictures.choices(scene, *self._offered)
        keys = list(offered.values())
        first, second = pictures.defaults(scene, keys)
        self.param.update(
            lower_choices=offered,
            lower_a=self.lower_a if self.lower_a in keys else first,
            lower_b=self.lower_b if self.lower_b in keys else second,
        )

    # ---- pointing --------------------------------------------------------------------------------------------------

    def point(self, x: float, y: float) -> None:
        """A click on a map: the first sets the probe, the second ends a transect, the third starts again."""
        if self.probe is None or self.probe_end is not None:
            self.param.update(probe=(x, y), probe_end=None)
        else:
            self.probe_end = (x, y)

    # ---- looking ---------------------------------------------------------------------------------------------------

    def limits_of(self, shown: pictures.Picture) -> tuple[float, float]:
        """Colour limits of a picture: those in force for its role, or fitted now (to the truth, if any) and kept."""
        role = shown.limits_key
        if role not in self.limits:
            if any(result is not None and not result.final for result in (self.result, self.result_b)):
                self._early.add(role)
            truth = self.picture(pictures.truth_of(role)) if pictures.truth_of(role) else None
            fitted = palette.limits((truth or shown).field.values, shown.role)
            self.limits = {**self.limits, role: fitted}
        return self.limits[role]

    def _refit(self) -> None:
        """Forget limits that were fitted to a run under way: its end may look otherwise. Those of a truth stay."""
        known = self.scene is not None and self.scene.truth is not None
        early = {role for role in self._early if not (known and pictures.truth_of(role))}
        self._early = set()
        if early and not self.lock:
            self.limits = {role: pair for role, pair in self.limits.items() if role not in early}

    def can_fit(self, shown: pictures.Picture) -> bool:
        """Whether a picture has its limits, or may be fitted: not while another one is on its way."""
        return shown.limits_key in self.limits or self._pictured == self._asked

    def fit(self) -> None:
        """Fit all colour limits to what is on the screen now."""
        self.limits = {}

    def picture(self, key: str) -> pictures.Picture | None:
        """What a map shows for a key, or None where this scene has no such field; made once per scene and result."""
        if self.scene is None:
            return None
        shown = (
            self.current if pictures.needs_a(key) else None,
            self.current_b if pictures.needs_b(key) else None,
        )
        made = (id(self.scene), *(result and id(result.estimate) for result in shown), self.member, self.threshold)
        if self._pictures.get(key, (None,))[0] != made:
            drawn = pictures.picture(key, self.scene, *shown, self.member, self.threshold)
            self._pictures[key] = (made, drawn, self.scene, shown)  # kept, so that no id is used again
        return self._pictures[key][1]

    @property
    def swiped(self) -> tuple[str, str] | None:
        """The two maps over each other; None where there is no swipe."""
        return _pair(self.swipe)


def _pair(text: str) -> tuple[str, str] | None:
    """Two maps from 'estimate,truth'; None for anything else."""
    left, _, right = text.partition(",")
    return (left, right) if pictures.named(left) and pictures.named(right) else None
