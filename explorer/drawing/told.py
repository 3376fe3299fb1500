"""What a pointer is told at a place: input, prediction, truth and error together, whichever map it is on."""

from typing import Any

from bokeh.models import ColumnDataSource, CustomJSHover

WHO = {"input": "input", "estimate": "prediction", "truth": "truth"}
NOTHING: dict[str, list] = {name: [] for name in ("image", "x", "y", "dw", "dh")}
CODE = """
const at = (who) => {
  const {data} = shown[who] ?? own[who], column = (name) => data.get ? data.get(name) : data[name]
  const [image, x, y, dw, dh] = ["image", "x", "y", "dw", "dh"].map(column)
  if (!image || !image.length) return NaN
  const [rows, columns] = image[0].shape
  const i = Math.floor((special_vars.x - x[0]) / dw[0] * columns)
  const j = Math.floor((special_vars.y - y[0]) / dh[0] * rows)
  return i < 0 || j < 0 || i >= columns || j >= rows ? NaN : image[0][j * columns + i]
}
const found = format === "error" ? at("estimate") - at("truth") : at(format)
return isNaN(found) ? "–" : places === null ? found.toPrecision(4) : found.toFixed(places)
"""


class Told:
    """Which sources hold the fields that a pointer is told of; those of the maps where a map shows them."""

    def __init__(self) -> None:
        self.own = {who: ColumnDataSource(dict(NOTHING)) for who in WHO}
        self._args: dict[str, Any] = {
            "own": dict(self.own),
            "shown": {},
            "places": None,
        }  # its own stay: a browser drops what nobody uses
        self.formatter = CustomJSHover(args=dict(self._args), code=CODE)

    def follow(self, sources: dict[str, ColumnDataSource], places: int | None) -> None:
        """Take what maps show; what none shows is in a source of its own.

        Args:
            sources: Of whom ('input', 'estimate', 'truth') -> a map's source.
            places: Decimals that are told; None: four figures.
        """
        wanted = {"own": self._args["own"], "shown": dict(sources), "places": places}
        if wanted != self._args:
            self._args = wanted
            self.formatter.args = dict(wanted)


def tips(units: str, judged: bool) -> list[tuple[str, str]]:
    """Label and format of each line.

    Args:
        units: Of the fields, escaped.
        judged: Whether there is a truth.

    Returns:
        As a hover tool takes them; `$sx` is not shown but carries the format to the formatter.
    """
    lines = [*WHO.items(), ("error", "error")] if judged else [(who, WHO[who]) for who in ("input", "estimate")]
    return [(label, f"$sx{{{who}}} {units}") for who, label in lines]
