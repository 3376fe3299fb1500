"""Films: frames drawn one after the other on the same sheet, into an MP4 where OpenCV has an encoder, else a GIF."""

import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from engine.errors import InputError
from engine.grid import Grid
from explorer.drawing.pictures import Picture
from explorer.figures import over, sheet
from explorer.figures.screen import Screen

MOST = 120  # frames
CODEC = cv2.VideoWriter.fourcc(*"vp09")  # free, and part of OpenCV as pip installs it; H.264 is not
WIDTH, DPI = 9.6, {"mp4": 140, "gif": 100}  # inches; dots per inch


class Cell(Protocol):
    """What one place of a frame shows."""

    def draw(self, fig: Figure, ax: Axes) -> Callable[[Any], None]:
        """Draw it for the first time; what is returned puts a later one of its kind in its place."""
        ...


@dataclass(frozen=True)
class MapCell:
    """A map with its colour bar and coastline."""

    picture: Picture
    limits: tuple[float, float]
    screen: Screen

    def draw(self, fig: Figure, ax: Axes) -> Callable[["MapCell"], None]:
        drawn = sheet.Map(ax, self.picture, self.limits, self.screen.view)
        over.ground(ax, self.screen)
        sheet.bar(fig, drawn, ax, self.picture.field.attrs["units"])
        return lambda cell: drawn.show(cell.picture)


@dataclass(frozen=True)
class Frame:
    """One picture of a film: what its screen says of itself, and what its places show."""

    screen: Screen
    cells: tuple[Cell, ...]
    heading: str = ""  # instead of the screen's


Frames = Iterator[Frame | Future | None]  # None while the next one is still being made, a Future: it waits for that


@dataclass(frozen=True)
class Film:
    """What can be filmed: its title, how many frames, and their maker."""

    title: str
    count: int
    frames: Callable[[], Frames]


class Sheet:
    """The paper of a film: laid out for the first frame, so that nothing moves but what is shown."""

    def __init__(self, frame: Frame, dpi: int):
        tall = sheet.shape(Grid.of(frame.screen.scene.problem.target))
        columns = len(frame.cells) if tall > 0.6 else min(len(frame.cells), 2)
        rows = -(-len(frame.cells) // columns)
        height = rows * ((WIDTH / columns - 0.7) * min(tall, 1.6) + 0.5) + 0.65
        height = round(height * 5) / 5  # an even number of dots
        self.fig = sheet.sheet(frame.heading or frame.screen.heading, frame.screen.provenance, height, WIDTH)
        self.fig.set_dpi(dpi)
        axes = [self.fig.add_subplot(rows, columns, number + 1) for number in range(len(frame.cells))]
        self.updates = [cell.draw(self.fig, ax) for cell, ax in zip(frame.cells, axes, strict=True)]
        self.heading, self.provenance = self.fig.texts
        sheet.settle(self.fig)

    def show(self, frame: Frame) -> None:
        self.heading.set_text(frame.heading or frame.screen.heading)
        self.provenance.set_text(sheet.wrapped(frame.screen.provenance, WIDTH))
        for cell, update in zip(frame.cells, self.updates, strict=True):
            update(cell)

    def pixels(self) -> np.ndarray:
        """RGB (y, x, 3) of 8 bits."""
        canvas = self.fig.canvas
        assert isinstance(canvas, FigureCanvasAgg)
        canvas.draw()
        return np.asarray(canvas.buffer_rgba())[..., :3]


class Gif:
    """An endless GIF; its colours are those of the first frame, whose colour bars have all there are."""

    def __init__(self, path: Path, pace: int):
        self.path, self.pace = path, pace
        self.images: list[Image.Image] = []
        self.palette: Image.Image | None = None

    def add(self, pixels: np.ndarray) -> None:
        image = Image.fromarray(pixels)
        if self.palette is None:
            self.palette = image.quantize(256, method=Image.Quantize.MAXCOVERAGE, kmeans=1)
        self.images.append(image.quantize(palette=self.palette, dither=Image.Dither.FLOYDSTEINBERG))

    def finish(self) -> None:
        first, *others = self.images
        first.save(self.path, save_all=True, append_images=others, duration=round(1000 / self.pace), loop=0)

    def close(self) -> None:
        """No file is open."""


class Mp4:
    """A video by OpenCV."""

    def __init__(self, path: Path, pace: int):
        self.path, self.pace = path, pace
        self.writer: cv2.VideoWriter | None = None

    def add(self, pixels: np.ndarray) -> None:
        if self.writer is None:
            size = pixels.shape[1], pixels.shape[0]
            self.writer = cv2.VideoWriter(str(self.path), cv2.CAP_FFMPEG, CODEC, self.pace, size)
        self.writer.write(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))

    def finish(self) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file, finished or not."""
        if self.writer is not None:
            self.writer.release()


@cache
def kinds() -> tuple[str, ...]:
    """The kinds of file that can be made here, the best first."""
    with tempfile.TemporaryDirectory(prefix="finescale-") as folder:
        video = Mp4(Path(folder) / "tried.mp4", 4)
        video.add(np.zeros((64, 64, 3), np.uint8))
        opened = video.writer is not None and video.writer.isOpened()
        video.close()
    return ("mp4", "gif") if opened else ("gif",)


def made(film: Film, kind: str, pace: int) -> Iterator[float | bytes | Future | None]:
    """Make a film, frame by frame.

    Args:
        film: Its frames.
        kind: Of file, one of `kinds`.
        pace: Frames a second.

    Yields:
        The share that is done after every frame, None or what is waited for in between, and the file at last.

    Raises:
        InputError: For more than MOST frames.
    """
    if film.count > MOST:
        raise InputError(f"A film has at most {MOST} frames, not {film.count}: choose fewer.")
    with tempfile.TemporaryDirectory(prefix="finescale-") as folder:
        path = Path(folder) / f"film.{kind}"
        out = Mp4(path, pace) if kind == "mp4" else Gif(path, pace)
        try:
            yield from _shares(film, out, DPI[kind])
            out.finish()
            yield path.read_bytes()
        finally:
            out.close()


def _shares(film: Film, out: Gif | Mp4, dpi: int) -> Iterator[float | Future | None]:
    """Draw frame by frame; the share that is done after each."""
    drawn: Sheet | None = None
    done = 0
    for frame in film.frames():
        if not isinstance(frame, Frame):
            yield frame
            continue
        if drawn is None:
            drawn = Sheet(frame, dpi)
        else:
            drawn.show(frame)
        out.add(drawn.pixels())
        done += 1
        yield done / film.count
