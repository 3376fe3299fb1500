"""What the data sets of images in a row share: some are given, the next ones are what happened."""

from typing import ClassVar

import numpy as np
import pandas as pd
import torch
import xarray as xr

from engine.errors import InputError
from engine.grid import coarsen_coordinate, require_water, select
from engine.resample import block_mean
from engine.scene import Problem, Scene
from engine.scenes.base import DataSet


class Sequence(DataSet):
    """A date of it is the time of the first image. A subclass gives `frames` and `load`, and `motion` if it is known.

    images: how many are given; later: how many of the next are kept to judge a forecast by. coarsen: cells of the file
    that are averaged, along both axes. published_pace: how many times as far as the clock its authors' forecasts went.
    """

    task = "motion"
    images: ClassVar[int] = 4
    later: ClassVar[int] = 3
    coarsen: ClassVar[int] = 1
    published_pace: ClassVar[float] = 1.0
    splits = {"test": ("1900-01-01", "2100-12-31")}  # nothing is trained on them
    factors = (1,)

    @property
    def frames(self) -> pd.DatetimeIndex:
        """Times of all images, ascending; known without the data being here."""
        raise NotImplementedError

    @property
    def times(self) -> pd.DatetimeIndex:
        return self.frames[: len(self.frames) - self.images - self.later + 1]

    def row(self, start: pd.Timestamp) -> pd.DatetimeIndex:
        """Times of the images from a first one on, and of those that follow.

        Args:
            start: Time of the first image.

        Returns:
            `images` and `later` times, ascending.
        """
        at = int(self.frames.get_loc(start))
        return self.frames[at : at + self.images + self.later]

    def written(self, time: pd.Timestamp) -> str:
        return f"{time:%Y-%m-%d %H:%M}"

    def motion(self, time: pd.Timestamp) -> xr.Dataset | None:
        """The true motion at the time of an image, over the whole domain.

        Args:
            time: Time of the image.

        Returns:
            `u` and `v` (y, x) in m s-1; None where nobody knows.
        """
        return None

    def open(self, *, time=None, region: str | None = None, gaps: float = 0.0) -> Scene:  # type: ignore[override]
        """A scene: images in a row as the problem; as truth the next ones and, if known, u and v.

        Args:
            time: Time of the first image; None: the default one.
            region: Name of a region or 'x0,x1,y0,y1'; None: the first one.
            gaps: Share of the cells that are taken away from every image, from 0 to below 0.95.

        Returns:
            The scene, images (time, y, x), truth (lead, y, x), `u` and `v` (time, y, x) in m s-1.

        Raises:
            InputError: For what is not on offer.
        """
        when, where = self.find_time(time), self.find_region(region)
        if not 0 <= gaps < 0.95:
            raise InputError(f"The share of missing cells has to be from 0 to 0.95, not {gaps:g}.")
        times, name = self.row(when), self.fields[0]
        all_images = self._stacked([select(self.load(at, (name,)), where, self.coarsen) for at in times], times)
        low, happened = all_images.isel(time=slice(self.images)), all_images.isel(time=slice(self.images, None))
        mask = all_images[name].notnull().any("time").rename("mask")
        require_water(mask, where)
        lead = (times[self.images :] - times[self.images - 1]).total_seconds().to_numpy()
        about = {"units": "s", "long_name": "lead time", "published_pace": self.published_pace}
        target = xr.Dataset({"mask": mask}, {"lead": ("lead", lead, about)})
        truth = happened.rename(time="lead").assign_coords(lead=target["lead"])
        flows = [self.motion(at) for at in times[: self.images]]
        known = [select(flow, where, self.coarsen) for flow in flows if flow is not None]
        if known:
            truth = truth.merge(self._stacked(known, times[: self.images]))
        low[name].values[_holes(low[name].shape, gaps)] = np.nan
        return self._scene(Problem(low, xr.Dataset(), target), truth, when, where)

    def _stacked(self, fields: list[xr.Dataset], times: pd.DatetimeIndex) -> xr.Dataset:
        """Fields of several times along `time`, averaged over `coarsen` cells."""
        whole = xr.concat(fields, pd.Index(times[: len(fields)], name="time"), combine_attrs="override")
        if self.coarsen == 1:
            return whole
        axes = {axis: coarsen_coordinate(whole[axis], self.coarsen) for axis in ("y", "x")}
        values = {
            name: (("time", "y", "x"), block_mean(torch.as_tensor(f.values), self.coarsen).numpy(), f.attrs)
            for name, f in whole.data_vars.items()
        }
        return xr.Dataset(values, {"time": whole["time"], **axes})


def _holes(shape: tuple[int, ...], share: float, cells: int = 8) -> np.ndarray:
    """True for about this share of the cells, in squares, the same ones every time."""
    coarse = tuple(-(-n // cells) for n in shape[-2:])
    draw = np.random.default_rng(0).random((shape[0], *coarse)) < share
    return np.kron(draw, np.ones((1, cells, cells), bool))[:, : shape[-2], : shape[-1]]
