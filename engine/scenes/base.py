"""What a data set is: what it holds, where it comes from, and one call that opens a scene from it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

import pandas as pd
import torch
import xarray as xr

from engine import observation
from engine.datafiles import DataFile
from engine.errors import InputError
from engine.grid import Grid, Region, parse_region, refine_coordinate, require_water, select
from engine.lexicon import VARIABLES
from engine.observation import Observation
from engine.observation.noise import INSTRUMENT, Instrument, Noise
from engine.resample import replicate
from engine.scene import Kind, Outline, Problem, Scene, Task


class DataSet:
    """One data set. A subclass states the class attributes and gives `load`; `open` does the rest.

    fields: variables that can be the field in question; guides: fine covariates offered beside them; inputs: further
    variables, degraded as the field is. degradation: key of the default one, width_km its width where it is a low-pass.
    regions: name -> Region, the first is the default; splits: name -> (first, last) date, inclusive. trained_on: the
    part of the domain that training took its cuts from, where places are held out too (None: dates alone separate).
    factors: sensible factors, the first is the default. coarse: what is stored is the input itself; the target's grid
    is finer by the factor, and there is no truth. task: what is asked of methods, see engine.scene.Task.
    instruments: field -> the noise that a real instrument would have, beside the published inputs free of noise.
    files: what has to be fetched (none for shipped data).
    default_time: the date of the first picture (None: the first one). stamp: tells two states of changing data apart.
    slow: opening a scene may take seconds, waiting for a network or another process; the page does it beside its work.
    """

    key: ClassVar[str] = ""
    title: ClassVar[str] = ""
    task: ClassVar[Task] = "resolution"
    kind: ClassVar[Kind] = "observed"
    source: ClassVar[str] = ""
    licence: ClassVar[str] = ""
    caution: ClassVar[str] = ""  # what is not real or not resolved in it, one sentence
    fields: ClassVar[tuple[str, ...]] = ()
    guides: ClassVar[tuple[str, ...]] = ()
    inputs: ClassVar[tuple[str, ...]] = ()
    degradation: ClassVar[str] = "block_mean"
    width_km: ClassVar[float | None] = None
    regions: ClassVar[Mapping[str, Region]] = {}
    splits: ClassVar[Mapping[str, tuple[str, str]]] = {}
    trained_on: ClassVar[Region | None] = None
    factors: ClassVar[tuple[int, ...]] = (3,)
    coarse: ClassVar[bool] = False
    instruments: ClassVar[Mapping[str, Instrument]] = {}
    files: ClassVar[tuple[DataFile, ...]] = ()
    default_time: ClassVar[str | None] = None
    stamp: ClassVar[str] = ""
    slow: ClassVar[bool] = False

    @classmethod
    def offered(cls) -> bool:
        """Whether it can be shown or fetched at all; looked at once, when the data sets are first listed."""
        return True

    @property
    def times(self) -> pd.DatetimeIndex:
        """Dates on offer; known without the data being here."""
        raise NotImplementedError

    def load(self, time: pd.Timestamp, variables: tuple[str, ...]) -> xr.Dataset:
        """Fine fields of one date over the whole domain.

        They may be lazy (a Zarr store larger than memory): only what the region holds is read.

        Args:
            time: one of `times`.
            variables: names of fields, guides and inputs.

        Returns:
            The variables (y, x) with coordinates y, x and units; NaN is missing.

        Raises:
            DataMissing: a file has to be fetched first.
            NotImplementedError: a subclass does not give it.
        """
        raise NotImplementedError

    def version(self, time: pd.Timestamp) -> str | None:
        """What tells the stored data of a date from others of the same name.

        Args:
            time: one of `times`; here all dates share the checksums of the files.

        Returns:
            A text; None: nobody knows, so scores of it are not kept.
        """
        return ",".join(file.sha256 for file in self.files) or None

    @property
    def available(self) -> bool:
        return all(file.here() for file in self.files)

    def split_of(self, time: pd.Timestamp, region: Region | None = None) -> str:
        """Name of the split a date belongs to, or a date and a region.

        Where places are held out, a region with a trained place in it is 'train' at any date, and one without is
        'validation' at the dates of the training.

        Args:
            time: the date.
            region: the box; None: the date alone counts.

        Returns:
            A name of `splits`, or 'train', 'validation'; 'unused' inside a gap.
        """
        dated = next((name for name, (a, b) in self.splits.items() if pd.Timestamp(a) <= time <= pd.Timestamp(b)), "")
        if self.trained_on is None or region is None:
            return dated or "unused"
        if region.touches(self.trained_on):
            return "train"
        return "validation" if dated == "train" else dated or "unused"

    @property
    def held_out(self) -> list[str]:
        """Names of the regions that hold no trained place; all, where dates alone separate."""
        trained = self.trained_on
        return [name for name, region in self.regions.items() if trained is None or not region.touches(trained)]

    def degradations(self, field: str) -> list[str]:
        """Keys of the ways to make an input that suit a field.

        Args:
            field: its name; of one outside the lexicon those for any unit are given.

        Returns:
            Keys of `engine.observation.KERNELS`; of a coarse data set its own alone.
        """
        return (
            [self.degradation]
            if self.coarse
            else observation.fitting(VARIABLES[field].units if field in VARIABLES else "")
        )

    def instrument(self, field: str) -> Instrument | None:
        """What is known of the noise that a real instrument would have.

        Args:
            field: name of the field.

        Returns:
            The noise and who says it; None where nobody does.
        """
        return self.instruments.get(field)

    def written(self, time: pd.Timestamp) -> str:
        """A date as people read it; `find_time` takes it back.

        Args:
            time: one of `times`.

        Returns:
            The date, YYYY-MM-DD here.
        """
        return f"{time:%Y-%m-%d}"

    def find_time(self, time=None) -> pd.Timestamp:
        """The date that is meant.

        Args:
            time: a string, a datetime64 or a Timestamp; None: `default_time`, else the first date.

        Returns:
            One of `times` (or `default_time`, unchecked).

        Raises:
            InputError: it is not understood, or not on offer.
        """
        if time is None:
            return pd.Timestamp(self.default_time) if self.default_time else self.times[0]
        try:
            wanted = pd.Timestamp(time)
        except (ValueError, TypeError):
            raise InputError(f"The date {time!r} is not understood; write it as 2005-04-01.") from None
        if pd.isna(wanted) or wanted not in self.times:
            first, last = self.times[0], self.times[-1]
            raise InputError(
                f"{self.title} has no field on {time}; its dates run from {first:%Y-%m-%d} to {last:%Y-%m-%d}."
            )
        return wanted

    def find_region(self, region: str | None = None) -> Region:
        """The region that is meant.

        Args:
            region: its name or 'x0,x1,y0,y1' in the coordinates' unit; None: the first.

        Returns:
            One of `regions`, or the box.

        Raises:
            InputError: no such name, or an empty box.
        """
        return next(iter(self.regions.values())) if region is None else parse_region(region, self.regions)

    def open(
        self,
        *,
        time=None,
        region: str | None = None,
        factor: int | None = None,
        degradation: str | None = None,
        width_km: float | None = None,
        noise: float | str | Noise = 0.0,
        sampling: str = "",
        field: str | None = None,
    ) -> Scene:
        """A scene: the fine field of one date and region as truth, and its degradation as the problem; of a coarse data
        set the problem alone.

        Args:
            time: the date, as `find_time` takes it; None: the default.
            region: a name or 'x0,x1,y0,y1' in the coordinates' unit; None: the first.
            factor: fine cells per coarse cell; None: the first of `factors`.
            degradation: key of `engine.observation.KERNELS`; None: the data set's own.
            width_km: of a low-pass degradation, km; None: factor times the spacing.
            noise: added to the input; a number is the std of white noise, in the field's unit, 'instrument' what the
                data set states of a real one. The same scene gets the same noise. Where the input itself is what is
                stored, it has its noise already: methods are told of it.
            sampling: where the instrument sees: 'clouds:0.5', 'nadir:200', 'swath:300'; empty: everywhere.
            field: name of the field in question; None: the first of `fields`.

        Returns:
            The scene; truth and guides (y, x) on the fine grid, the input on the coarse one (or, low-pass, the fine).

        Raises:
            InputError: one sentence for anything that is not on offer.
            DataMissing: a file has to be fetched first.
        """
        when, where = self.find_time(time), self.find_region(region)
        name = field or self.fields[0]
        if name not in self.fields:
            raise InputError(f"{self.title} has no field {name!r}; it has {', '.join(self.fields)}.")
        cells = _whole(self.factors[0] if factor is None else factor)
        kind = degradation or self.degradation
        if self.coarse:
            if kind != self.degradation or sampling:
                raise InputError(f"{self.title} is observed coarsely: there is nothing to degrade.")
            return self._scene(self._observed(when, where, name, cells, noise), None, when, where)
        if kind in observation.KERNELS and kind not in self.degradations(name):
            raise InputError(f"The degradation {kind!r} takes a temperature in K; {name} has another unit.")
        others = tuple(guide for guide in self.guides if guide != name)
        fine = self.cut(when, (name, *self.inputs, *others), where, 1 if observation.on_fine_grid(kind) else cells)
        mask = fine[name].notnull().rename("mask")
        require_water(mask, where)
        seed = _noise_seed(self.key, when)
        operator = observation.create(kind, Grid.of(fine), cells, width_km=width_km, sampling=sampling, seed=seed)
        operator = replace(operator, noise=self._noise(noise, name, when, where, operator))
        low = operator(fine[[name, *self.inputs]], seed=seed)
        require_water(low[name].notnull(), where)
        problem = Problem(low, fine[list(others)], xr.Dataset({"mask": mask}), operator)
        return self._scene(problem, fine[[name]], when, where)

    def outline(
        self,
        *,
        field: str | None = None,
        factor: int | None = None,
        degradation: str | None = None,
        region: str | None = None,
    ) -> Outline:
        """What is known of a problem before anything of it is read; the selection is as `open` takes it.

        Args:
            field: name of the field in question; None: the first of `fields`.
            factor: fine cells per coarse cell; None: the first of `factors`.
            degradation: key of `engine.observation.KERNELS`; None: the data set's own.
            region: a name or a box; None: the first of `regions`.

        Returns:
            The outline.

        Raises:
            InputError: there is no such region.
        """
        name, where = field or self.fields[0], self.find_region(region)
        return Outline(
            self.task, name, () if self.coarse else tuple(guide for guide in self.guides if guide != name),
            factor or self.factors[0], observation.on_fine_grid(degradation or self.degradation),
            (where.x[1] - where.x[0], where.y[1] - where.y[0]),
        )  # fmt: skip

    def cut(self, time: pd.Timestamp, variables: tuple[str, ...], region: Region, multiple: int = 1) -> xr.Dataset:
        """What `load` gives, of a region alone, trimmed to a multiple of cells; what is lazy is read here.

        Args:
            time: one of `times`.
            variables: names of fields, guides and inputs.
            region: bounds in the coordinates' unit.
            multiple: cells per coarse cell along y and x.

        Returns:
            The variables (y, x) in memory, with coordinates y, x and units.

        Raises:
            InputError: the region holds too few cells.
            DataMissing: a file has to be fetched first.
        """
        return select(self.load(time, variables), region, multiple).load(scheduler="threads")  # not on a cluster

    def _noise(
        self, noise: float | str | Noise, field: str, when: pd.Timestamp, where: Region, operator: Observation
    ) -> Noise:
        """The noise that is asked for; raises InputError for what is none."""
        if noise == INSTRUMENT:
            return self._stated(field, when, where, operator)
        if isinstance(noise, Noise):
            return noise
        try:
            size = float(noise)
        except (TypeError, ValueError):
            raise InputError(f"The noise is a number or {INSTRUMENT!r}, not {str(noise)[:40]!r}.") from None
        return Noise(size)

    def _stated(self, field: str, when: pd.Timestamp, where: Region, operator: Observation) -> Noise:
        """The noise that a real instrument would have; raises InputError where the data set does not say it."""
        known = self.instrument(field)
        if known is None or known.noise is None:
            raise InputError(f"{self.title} does not say which noise a real instrument would have: give a number.")
        return Noise(known.noise)

    def _observed(
        self, when: pd.Timestamp, where: Region, name: str, factor: int, noise: float | str | Noise
    ) -> Problem:
        """What was observed, and a target grid that is finer by the factor; its cells are means over the target's."""
        low = self.cut(when, (name, *self.inputs), where)
        seen = low[name].notnull()
        require_water(seen, where)
        mask = replicate(torch.as_tensor(seen.values), factor).numpy()
        axes = {axis: refine_coordinate(low[axis], factor) for axis in ("y", "x")}
        target = xr.Dataset({"mask": (("y", "x"), mask)}, coords=axes)
        operator = observation.create(self.degradation, Grid.of(target), factor)
        operator = replace(operator, noise=self._noise(noise, name, when, where, operator))
        return Problem(low, xr.Dataset(), target, operator)

    def _scene(self, problem: Problem, truth: xr.Dataset | None, when: pd.Timestamp, where: Region) -> Scene:
        return Scene(
            self.key, problem, truth, self.kind, self.split_of(when, where), self.source, self.licence,
            title=self.title, time=self.written(when), region=where.title,
        )  # fmt: skip

    def overview(self, time=None, cells: int = 220) -> xr.DataArray:
        """The default field over the whole domain, thinned for a region map.

        Args:
            time: the date, as `find_time` takes it; None: the default.
            cells: cells along the longer side, at most.

        Returns:
            The first of `fields`, every n-th cell of it, (y, x), with units.

        Raises:
            InputError: the date is not on offer.
            DataMissing: a file has to be fetched first.
        """
        field = self.load(self.find_time(time), self.fields[:1])[self.fields[0]]
        stride = max(1, -(-max(field.shape) // cells))
        return field.isel(y=slice(None, None, stride), x=slice(None, None, stride))


def _whole(factor) -> int:
    """The factor as an int; raises InputError for anything that is not a whole number of at least 1."""
    try:
        number = float(factor)
    except (TypeError, ValueError):
        number = 0.0
    if not number.is_integer() or number < 1:
        raise InputError(f"The factor must be a whole number of at least 1, not {factor}.")
    return int(number)


def _noise_seed(key: str, when: pd.Timestamp) -> int:
    """Noise that is the same each time the same scene is opened."""
    return (sum(map(ord, key)) * 1_000_003 + int(when.timestamp()) // 3600) % 2**32
