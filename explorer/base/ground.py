"""Coast and graticule over the maps of a page, and what else is written at their edges."""

from collections.abc import Sequence

from bokeh.plotting import figure as Figure

from engine.grid import Grid
from engine.scene import Scene
from explorer.base.session import Session
from explorer.drawing.geography import Graticule, Label, below, coastline, graticule
from explorer.drawing.layers import Layers
from explorer.drawing.panes import Frame
from explorer.drawing.paths import NOTHING, Box

EMPTY = Graticule(NOTHING, ())


class Ground:
    """Drawn again for another scene or zoom; sent only if it is another one."""

    def __init__(self, session: Session, frame: Frame, figures: Sequence[Figure] = ()):
        """session: whose data set says early whether there is going to be a graticule."""
        self.session, self.frame, self.layers = session, frame, Layers(figures)
        session.watch(self._prepare, "source")
        self._prepare()
        self._coast: tuple = ()  # the scene and the part of it that its coast is drawn for
        self._written: tuple = (EMPTY, ())

    def _prepare(self, *_) -> None:
        if self.session.data.kind != "simulated":
            self.layers.prepare("graticule", "words")

    def box(self, scene: Scene) -> Box:
        """What is in view of a scene."""
        return self.frame.view or Grid.of(scene.problem.target).extent

    def draw(self, scene: Scene, coast: bool, lines: bool, words: Sequence[Label] = ()) -> None:
        """Bring them up to date.

        coast, lines: whether there is a coast, and a graticule; words: what else is written.
        """
        grid = Grid.of(scene.problem.target)
        self._draw_coast(scene, grid, coast)
        self.layers.lattice(lines and bool(grid.crs) and grid.geographic)
        through = lines and grid.crs and not grid.geographic
        found = graticule(grid.crs, grid.units, self.box(scene), self.frame.wide) if through else EMPTY
        labels = (*(label for label in found.labels if not words or below(label, self.box(scene))), *words)
        if found is not self._written[0] or labels != self._written[1]:
            self._written = found, labels
            self.layers.line("graticule", found.path)
            self.layers.words(labels)

    def _draw_coast(self, scene: Scene, grid: Grid, coast: bool) -> None:
        """Of a zoomed map with what is around it, so that it is drawn again only where that ends."""
        box = None if self.frame.view is None or not grid.crs else self.frame.window(grid).extent(grid)
        if self._coast and self._coast[0] is scene and self._coast[1:] == (coast, box):
            return
        self._coast = scene, coast, box
        found = coastline(scene.problem.mask, box) if coast else []
        self.frame.coast.data = {"xs": [line[:, 0] for line in found], "ys": [line[:, 1] for line in found]}
