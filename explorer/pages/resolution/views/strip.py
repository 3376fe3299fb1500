"""The strip: all maps small, below the large ones; a click brings one onto the stage."""

from base64 import b64encode
from io import BytesIO

import numpy as np
import panel as pn
import param
from matplotlib.colors import to_rgb
from PIL import Image

from engine.grid import Grid
from explorer.base.given import given
from explorer.drawing.lines import dim
from explorer.drawing.palette import LAND, colours
from explorer.drawing.pictures import Picture
from explorer.pages.resolution.session import ResolutionSession

PIXELS = 88  # of a thumbnail's height
SHADES = 255  # of a palette's colours; the last place is land's
NAMES = {"input": "Input", "estimate": "Prediction", "truth": "Truth", "error": "Error"}


class Thumbnails(pn.custom.JSComponent):
    """Buttons with pictures on them."""

    items = param.List(default=[], doc="Key, title and picture of each, and whether it is on the stage.")

    _esm = """
    export function render({model}) {
      const row = document.createElement("div")
      row.setAttribute("role", "group")
      row.setAttribute("aria-label", "Maps to bring onto the stage")
      row.style.cssText = "display:flex;gap:10px;overflow-x:auto;overflow-y:hidden;height:100%;padding:0 3px"
      const show = () => {
        while (row.children.length > model.items.length) row.lastChild.remove()
        model.items.forEach(([key, title, picture, large], n) => {
          const button = row.children[n] ?? row.appendChild(document.createElement("button"))
          if (!button.firstChild) button.append(document.createElement("img"), document.createElement("span"))
          const [image, words] = button.children
          button.style.cssText = `border:0;background:none;padding:2px;cursor:pointer;color:inherit;text-align:left;
            font:calc(12*var(--px,1px)) Roboto,Helvetica,Arial,sans-serif;flex:none;
            display:flex;flex-direction:column;gap:2px`
          image.style.cssText = `height:PIXELSpx;display:block;image-rendering:pixelated;outline:${
            large ? "3px solid #ff3d7f" : "1px solid rgba(128,128,128,.5)"}`
          image.alt = ""
          if (image.src !== picture) image.src = picture
          words.style.cssText = "max-width:120px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap"
          words.textContent = title
          button.title = `Bring onto the stage: ${title}. So does a double click on a map; keys: 1 2 3 6, S, F, space`
          button.setAttribute("aria-pressed", large)
          button.onclick = () => model.send_msg(key)
        })
      }
      model.on("items", show)
      show()
      return row
    }
    """.replace("PIXELSpx", f"{PIXELS}px")

    def __init__(self, chosen, **params):
        """chosen: told which one was clicked."""
        super().__init__(**params)
        self._chosen = chosen

    def _handle_msg(self, key) -> None:
        if key in [item[0] for item in self.items]:
            self._chosen(key)


class Strip(pn.viewable.Viewer):
    """Input, prediction, truth, error and the two chosen maps, in the field itself."""

    session = given(ResolutionSession)

    def __init__(self, session: ResolutionSession, **params):
        super().__init__(session=session, **params)
        self.view = Thumbnails(session.stage.bring, height=PIXELS + 26, sizing_mode="stretch_width", margin=(0, 8))
        self._made: dict[str, tuple] = {}  # key -> the picture and its limits, and what was made of them
        session.watch(
            self._draw, "scene", "result", "result_b", "lower_a", "lower_b", "limits", "style", "member", "threshold",
            "busy", "stage", "shown",
        )  # fmt: skip
        session.watch(lambda *_: dim(self.view, session.outcome.stale), "stale")
        self._draw()

    def _draw(self, *_) -> None:
        stage, display = self.session.stage, self.session.display
        if stage.stage == "6" or self.session.outcome.scene is None or self.session.passing:
            return
        keys = [key for key in NAMES if display.judgeable or key not in ("truth", "error")]
        items = [self._item(key) for key in dict.fromkeys((*keys, display.lower_a, display.lower_b)) if key]
        self.view.items = [item for item in items if item is not None]

    def _item(self, key: str) -> list | None:
        display = self.session.display
        if not display.belongs(key) or (picture := display.picture(key)) is None or not display.can_fit(picture):
            return None
        limits = display.limits_of(picture)
        made = self._made.get(key)
        if made is None or made[0] is not picture or made[1] != limits:
            made = self._made[key] = (picture, limits, thumbnail(picture, limits))
        title = NAMES.get(key) or picture.title
        return [key, title, made[2], key in self.session.stage.large]

    def __panel__(self):
        return self.view


def thumbnail(picture: Picture, limits: tuple[float, float]) -> str:
    """A picture as small as a stamp.

    Args:
        picture: What is shown.
        limits: Lowest and highest value of its colours.

    Returns:
        A PNG as an address that holds it.
    """
    grid, (low, high) = Grid.of(picture.field), limits
    field = picture.field.sortby(["y", "x"]) if picture.field.y[0] > picture.field.y[-1] else picture.field
    wide = int(
        np.clip(PIXELS * (grid.extent[1] - grid.extent[0]) * grid.aspect / (grid.extent[3] - grid.extent[2]), 20, 200)
    )
    rows, columns = (
        np.linspace(0, n, count, endpoint=False).astype(int)
        for n, count in zip(field.shape, (PIXELS, wide), strict=True)
    )
    values = field.values[np.ix_(rows[::-1], columns)].astype(float)
    if picture.log:
        values, low, high = np.log(np.maximum(values, low)), np.log(low), np.log(high)
    shades = np.clip((values - low) / (high - low) * SHADES, 0, SHADES - 1)
    image = Image.fromarray(np.where(np.isfinite(values), np.nan_to_num(shades), SHADES).astype(np.uint8), "P")
    palette = [*colours(picture.role, SHADES, picture.colours), LAND]
    image.putpalette([round(255 * part) for colour in palette for part in to_rgb(colour)])
    image.save(kept := BytesIO(), "png")
    return "data:image/png;base64," + b64encode(kept.getvalue()).decode()
