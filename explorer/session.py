"""All state and actions of one page, as parameters. No widget and no figure: it runs and is tested without a server."""

import logging
import time
from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any

import param

from engine import degrade, methods, scenes
from engine.datafiles import fetch
from engine.errors import DataMissing, InputError
from engine.grid import Grid
from engine.methods import Method, settings
from engine.scene import Scene
from explorer import palette, pictures, state
from explorer.jobs import WORKER, Ticket
from explorer.running import Result, Selection, judge, look, run

log = logging.getLogger("finescale.session")
DEFAULT_METHOD = "bicubic"


class Session(param.Parameterized):
    """One person's page. Setting a parameter of the selection reruns what is cheap and marks the rest as stale."""

    source = param.Selector(objects=["ocean_run"], doc="The data set the scene comes from.")
    field = param.Selector(objects=["ssh"], doc="The variable to super-resolve.")
    region = param.String(doc="A named region, or a box 'x0,x1,y0,y1' in the axes' units.")
    time = param.Selector(objects=[""], doc="The date shown.")
    factor = param.Integer(default=27, bounds=(1, 64), doc="How many fine cells make one coarse cell, along each axis.")
    degradation = param.Selector(
        objects={kind.title: key for key, kind in degrade.KINDS.items()},  # type: ignore[attr-defined]
        default="block_mean", doc="How the low-resolution input is made from the truth.",
    )  # fmt: skip
    width_km = param.Number(
        default=None, allow_None=True, bounds=(0.1, 5000), label="Width (km)",
        doc="Width of the low-pass kernels; empty means factor times the grid spacing.",
    )  # fmt: skip
    noise = param.Number(
        default=0.0, bounds=(0, 10), doc="Standard deviation of noise added to the input, in its unit."
    )
    method = param.Selector(objects=[DEFAULT_METHOD], doc="The super-resolution method.")
    seed = param.Integer(default=0, bounds=(0, 2**31 - 1), doc="Random seed: the same seed gives the same picture.")
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
    view = param.NumericTuple(default=None, length=4, allow_None=True, doc="Zoom x0, x1, y0, y1; empty shows all.")

    configured = param.ClassSelector(class_=Method, doc="The method with its own settings.")
    scene = param.ClassSelector(class_=Scene, allow_None=True)
    result = param.ClassSelector(class_=Result, allow_None=True)
    busy = param.Boolean(default=False)
    stale = param.Boolean(default=False, doc="The picture does not belong to the settings any more.")
    progress = param.Number(default=None, allow_None=True, bounds=(0, 1), doc="How far the run is.")
    time_left = param.Number(default=0.0, doc="Seconds the run still needs, by its pace so far.")
    answer = param.Number(default=0.0, doc="Seconds from the last change to its picture, on the server.")
    message = param.String(doc="What went wrong, one sentence; empty if nothing.")
    missing = param.List(default=[], doc="Data files that have to be downloaded first.")
    download = param.Number(default=None, allow_None=True, bounds=(0, 1), doc="Progress of a download.")

    SELECTION = ("source", "field", "region", "time", "factor", "degradation", "width_km", "noise")

    def __init__(self, dispatch: Callable[[Callable[[], None]], None] = lambda call: call(), **chosen):
        """dispatch: how the worker hands a call back to the page's own thread."""
        super().__init__()
        self._dispatch = dispatch
        self._ticket: Ticket | None = None
        self._quiet = self._judging = False
        self._pictures: dict[str, tuple] = {}
        self._early: set[str] = set()  # roles whose limits were fitted while a run was under way
        self._pictured: tuple = ()  # the settings that the picture on the screen belongs to
        self._shown = self._started = 0.0
        self._catalogue = scenes.catalogue()
        self.param.source.objects = {data.title: key for key, data in self._catalogue.items()}
        self.param.method.objects = {kind.title: key for key, kind in methods.METHODS.items()}
        with param.discard_events(self):
            self._adopt_source("ocean_run" if "ocean_run" in self._catalogue else next(iter(self._catalogue)))
            self._adopt_method(DEFAULT_METHOD)
        self.param.watch(self._selected, [*self.SELECTION, "method", "seed"])
        if chosen:
            self.select(chosen)

    # ---- selection -------------------------------------------------------------------------------------------------

    @property
    def data(self) -> scenes.DataSet:
        return self._catalogue[self.source]

    @property
    def selection(self) -> Selection:
        return Selection(**{name: getattr(self, name) for name in self.SELECTION})

    @property
    def _asked(self) -> tuple:
        return self.selection, self.method

    def select(self, chosen: dict[str, Any]) -> list[str]:
        """Set several things at once, as text or values, in the order they depend on each other.

        What cannot be used keeps its present value; returns (and shows) one sentence for each such thing.
        """
        complaints = []
        self._quiet = True
        try:
            for name in sorted(chosen, key=state.order):
                try:
                    state.apply(self, name, chosen[name])
                except InputError as error:
                    complaints.append(str(error))
        finally:
            self._quiet = False
        self.refresh(" ".join(complaints))
        return complaints

    def _adopt_source(self, key: str) -> None:
        """Take a data set's own fields, dates, region and factor; keep what it also has."""
        data = self._catalogue[key]
        dates = [f"{time:%Y-%m-%d}" for time in data.times]
        self.param.field.objects = list(data.fields)
        self.param.time.objects = dates
        self.param.update(
            source=key,
            field=self.field if self.field in data.fields else data.fields[0],
            time=self.time if self.time in dates else f"{data.find_time():%Y-%m-%d}",
            region=next(iter(data.regions)),
            factor=data.factors[0],
            degradation=data.degradation,
            width_km=data.width_km,
        )

    def _adopt_method(self, key: str) -> None:
        created = methods.create(key)
        created.param.watch(self._settings_changed, settings(created))
        self.param.update(method=key, configured=created)

    def _selected(self, *events: param.parameterized.Event) -> None:
        """React to a change of selection: adopt what depends on it, forget what no longer fits, rerun."""
        names = {event.name for event in events}
        quiet, self._quiet = self._quiet, True
        try:
            if "source" in names:
                self._adopt_source(self.source)
            if "method" in names:
                self._adopt_method(self.method)
            if self.low_pass and self.width_km is None and self.scene is not None and self.scene.key == self.source:
                self.width_km = float(round(self.factor * self._spacing_km(), 1))
            if names & {"source", "region"}:
                self.param.update(view=None, probe=None, probe_end=None)
            if names & {"source", "region", "field"} and not self.lock:
                self.limits = {}
            elif names & {"factor", "degradation", "width_km"} and not self.lock:
                self.limits = {role: pair for role, pair in self.limits.items() if role not in ("error", "consistency")}
        finally:
            self._quiet = quiet
        self.refresh()

    def _settings_changed(self, *events) -> None:
        self.refresh()

    @property
    def low_pass(self) -> bool:
        """Whether the degradation stays on the fine grid and has a width of its own."""
        return degrade.on_fine_grid(self.degradation)

    @property
    def ensemble(self) -> bool:
        """Whether the method makes several members."""
        return "members" in settings(self.configured)

    @property
    def units(self) -> str:
        """Unit of the field in question; empty before the first scene."""
        return str(self.scene.problem.low[self.scene.variable].attrs["units"]) if self.scene is not None else ""

    @property
    def current(self) -> Result | None:
        """The result, if it belongs to the scene on the screen; one left from another scene counts as none."""
        return self.result if self.result is not None and self.result.scene is self.scene else None

    @property
    def outdated(self) -> bool:
        """Whether spectra and scores on the screen are of an earlier prediction than the settings or the maps."""
        unjudged = self.result is not None and not self.result.judged and not self.configured.cheap
        return self.stale or unjudged

    def _spacing_km(self) -> float:
        return sum(Grid.of(self.scene.problem.target).spacing) / 2000

    # ---- running ---------------------------------------------------------------------------------------------------

    def refresh(self, message: str = "") -> None:
        """Open the scene and, if the method answers at once, run it; otherwise mark the picture as stale."""
        if self._quiet:
            return
        if self.configured.cheap:
            self._start(message, lambda: run(self.selection, methods.copy(self.configured), self.seed))
        else:
            selection = self.selection
            self._start(message, lambda: look(selection))
            self.stale = self.result is not None

    def run(self) -> None:
        """Run the method now, cheap or not."""
        self._start("", lambda: run(self.selection, methods.copy(self.configured), self.seed))

    def cancel(self) -> None:
        """Stop the running job before its next step; what is on the screen stays and says that it is unfinished."""
        if self._ticket is not None and self.busy:
            self._ticket.cancel()
            self.param.update(busy=False, stale=not self._judging)

    def close(self) -> None:
        """The page has gone: drop its job."""
        if self._ticket is not None:
            self._ticket.cancel()

    def _start(self, message: str, work: Callable) -> None:
        if self._ticket is not None:
            self._ticket.cancel()
        self.param.update(busy=True, message=message, missing=[], progress=None)
        self._started, self._judging = time.monotonic(), False
        self._submit(work())

    def _submit(self, work: Iterator) -> None:
        self._ticket = Ticket(work, self._deliver, self._fail, self._finish)
        WORKER.submit(self._ticket)

    def _hand_over(self, ticket: Ticket, call: Callable[[], None]) -> None:
        """From the worker to the page's thread, unless the ticket has been replaced or cancelled meanwhile."""
        self._dispatch(lambda: call() if ticket is self._ticket and not ticket.cancelled else None)

    def _deliver(self, ticket: Ticket, item: Scene | Result) -> None:
        self._hand_over(ticket, lambda: self._show(item))

    def _show(self, item: Scene | Result) -> None:
        scene = item.scene if isinstance(item, Result) else item
        keys = {*self.lower_choices.values()}
        if scene is not self.scene or not {self.lower_a, self.lower_b} <= keys or self.ensemble != ("spread" in keys):
            self._offer_lower(scene)
        self._pictured = self._asked
        if isinstance(item, Result):
            share, since = item.index / item.total, time.monotonic() - self._started
            left = since * (1 - share) / share if share else 0.0
            self.param.update(scene=scene, result=item, stale=False, progress=share, time_left=left)
            if not self._judging:
                self.answer = time.monotonic() - self._started
            if item.final and self._early:
                self._refit()
            if item.final and not item.judged:
                # Its numbers follow once it is drawn: both at once would slow the picture.
                self._judging = True
                self._submit(judge(item))
        else:
            self.scene = scene

    def _finish(self, ticket: Ticket) -> None:
        self._hand_over(ticket, lambda: self.param.update(busy=False))

    def _fail(self, ticket: Ticket, error: Exception) -> None:
        sentence = _sentence("run", error)
        files = list(error.files) if isinstance(error, DataMissing) else []
        stale = self.result is not None and not self._judging

        def say() -> None:
            self._pictured = self._asked  # nothing more comes: what is on the screen may be fitted
            self.param.update(busy=False, message=sentence, missing=files, stale=stale)

        self._hand_over(ticket, say)

    def _offer_lower(self, scene: Scene) -> None:
        """Refresh what the two lower maps can show; keep the present choice where it still exists."""
        offered = pictures.choices(scene, self.ensemble)
        keys = list(offered.values())
        first, second = pictures.defaults(scene, keys)
        self.param.update(
            lower_choices=offered,
            lower_a=self.lower_a if self.lower_a in keys else first,
            lower_b=self.lower_b if self.lower_b in keys else second,
        )

    # ---- downloading -----------------------------------------------------------------------------------------------

    def fetch(self) -> None:
        """Download what is missing in a thread of its own, with progress, then open the scene."""
        if self.download is None and self.missing:
            self._shown = 0.0
            self.param.update(download=0.0, message="")
            Thread(target=self._fetch, args=(list(self.missing),), name="finescale-download", daemon=True).start()

    def _fetch(self, files: list) -> None:
        size, before = sum(file.bytes for file in files), 0
        try:
            for file in files:
                done = before
                fetch(file, lambda part, _, done=done: self._progress((done + part) / size))
                before += file.bytes
        except Exception as error:
            sentence = _sentence("download", error)
            self._dispatch(lambda: self.param.update(download=None, message=sentence))
        else:
            self._dispatch(lambda: (self.param.update(download=None, missing=[]), self.refresh()))

    def _progress(self, share: float) -> None:
        if share - self._shown >= 0.02:
            self._shown = share
            self._dispatch(lambda: self.param.update(download=min(share, 1.0)))

    # ---- pointing --------------------------------------------------------------------------------------------------

    def step_date(self, by: int) -> None:
        """Go `by` dates on, as far as there are any."""
        dates = list(self.param.time.objects)
        self.time = dates[min(max(dates.index(self.time) + by, 0), len(dates) - 1)]

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
            if self.result is not None and not self.result.final:
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
        result = self.current
        seen = (id(result.estimate), self.member) if result and pictures.needs_result(key) else None
        made = (id(self.scene), seen)
        if self._pictures.get(key, (None,))[0] != made:
            self._pictures[key] = (made, pictures.picture(key, self.scene, result, self.member), self.scene, result)
        return self._pictures[key][1]

    def query(self) -> dict[str, str]:
        """Everything that defines the picture, as text for a link."""
        return state.query(self)


def _sentence(what: str, error: Exception) -> str:
    """What the page says of an error: its own words where they were made for that, else its kind, the rest logged."""
    if isinstance(error, InputError):
        return str(error)
    log.error("a %s failed", what, exc_info=error)
    return f"The {what} stopped with {type(error).__name__}; the log has the details."
