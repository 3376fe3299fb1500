"""Share and export: the link, a PNG, a NetCDF."""

import re
from collections.abc import Callable

import panel as pn
import panel_material_ui as pmui
import param

from explorer import figures
from explorer.drawing import adjust
from explorer.session import Session


class Export(pn.viewable.Viewer):
    """Three buttons; files are made when they are asked for."""

    session = param.ClassSelector(class_=Session)

    def _file(self, label: str, suffix: str, make: Callable) -> pn.viewable.Viewable:
        button = pmui.FileDownload(
            callback=lambda: make(self.session), filename=f"finescale.{suffix}", label=label, auto=True, embed=False,
            disabled=True,
            size="small", variant="outlined", margin=(4, 3), sizing_mode="stretch_width",
        )  # fmt: skip

        def ready(*_) -> None:
            adjust(button, disabled=False, filename=f"{self.stem()}.{suffix}")

        self.session.param.watch(ready, ["scene", "result"])
        return button

    def stem(self) -> str:
        """A file name from what is shown, letters, digits and hyphens alone."""
        scene = self.session.scene
        parts = ("finescale", scene.key, scene.variable, scene.region, scene.time, self.session.method)
        return re.sub(r"[^A-Za-z0-9-]+", "-", "_".join(parts)).strip("-").lower()

    def __panel__(self):
        link = pmui.Button(
            label="Copy link", size="small", variant="outlined", margin=(4, 3), sizing_mode="stretch_width"
        )
        link.js_on_click(code="navigator.clipboard && navigator.clipboard.writeText(window.location.href)")
        return pn.Row(
            link, self._file("PNG", "png", figures.png), self._file("NetCDF", "nc", figures.netcdf),
            sizing_mode="stretch_width", margin=(2, 4),
        )  # fmt: skip
