"""The spectrum: power by wavenumber of truth, input, prediction and error; bands, effective resolution, wavelengths."""

import numpy as np
import panel as pn
from bokeh.core.property.descriptors import UnsetValueError
from bokeh.models import CustomJSTickFormatter, FixedTicker, LogAxis
from bokeh.models.annotations import BoxAnnotation, Label, Span

from engine import scores
from explorer.base.given import given
from explorer.base.zoom import LineZoom
from explorer.drawing.lines import LINES, dim, feed, line_figure, pretty, title_pane, title_text, titled
from explorer.pages.resolution.comparison import beside
from explorer.pages.resolution.session import ResolutionSession

CURVES = ("truth", "input", "estimate", "error", "members", "b:estimate", "b:error", "b:members")
WAVELENGTHS = [m * 10**e for e in range(4, -1, -1) for m in (3, 1)]
WAVENUMBERS = [m * 10.0**e for e in range(-5, 2) for m in (1, 3)]
SHADES = {"large": 0.0, "medium": 0.05, "fine": 0.10, "finest": 0.16}

BELOW = 100  # the axis ends two decades under the smallest power of the truth
ABOVE, STRIP = 100, 0.93  # over its largest: room for a strip of bands, which are named at this share of the axis
USUAL, LETTER = 300, 6.6  # pixels of the figure, and of a letter with what is beside a text
BESIDE, APART = 0.33, 0.075  # room for the curves' names, of what they span; how far these are apart, of the axis


class Spectrum(pn.viewable.Viewer):
    """Log-log curves on shared axes; only their data changes."""

    session = given(ResolutionSession)

    def __init__(self, session: ResolutionSession, **params):
        super().__init__(session=session, **params)
        self._build()
        session.watch(self._draw, "result", "result_b")
        resized = session.guarded(self._resized)
        self.figure.on_change("inner_width", lambda attr, old, new: resized())
        session.watch(self._dim, "stale", "result")
        self._dim()

    def _build(self) -> None:
        tips = [("", "@label"), ("wavenumber", "@x{0.00000} cycles/km"), ("power", "@y{0.00e+0}")]
        f, self.sources = line_figure("spectrum", "wavenumber (cycles/km)", "power", CURVES, tips, log="xy")
        self.figure = f
        f.legend.update(location="bottom_left", orientation="horizontal", visible=False)
        self.zoom = LineZoom(self.session.look, f, CURVES)
        self.zoom.fit((1e-3, 1), (1e-4, 1e2))
        self._end = 1.0  # of the curves
        self._annotate()
        self.title = title_pane()
        self.view = titled(self.title, f)

    def _annotate(self) -> None:
        """Bands, the effective resolution and the axis of wavelengths on top."""
        f = self.figure
        self.bands = {
            name: BoxAnnotation(left=0, right=0, fill_color="#808080", fill_alpha=a, level="underlay", visible=False)
            for name, a in SHADES.items()
        }
        self.names = {
            name: Label(
                y=1, x=0, text=name, text_font_size="12px", text_color="#767676", text_align="center",
                text_baseline="middle",
            )
            for name in SHADES
        }  # fmt: skip
        self.ends = {
            name: Label(
                x=1, y=1, x_offset=4, text=LINES[name][0], text_font_size="12px", text_baseline="middle",
                text_color=LINES[name][1], visible=False,
            )
            for name in CURVES
        }  # fmt: skip
        self.effective = Span(dimension="height", line_color="#009e73", line_dash="dashed", line_width=2, visible=False)
        self.effective_text = Label(
            x=0, y=1, text="", text_font_size="12px", text_color="#008a66", x_offset=4, text_baseline="middle"
        )
        for item in (
            *self.bands.values(),
            *self.names.values(),
            *self.ends.values(),
            self.effective,
            self.effective_text,
        ):
            f.add_layout(item)
        formatter = CustomJSTickFormatter(code="return Number((1 / tick).toPrecision(3)) + (index ? '' : ' km')")
        ticker = FixedTicker(ticks=[1 / w for w in WAVELENGTHS])
        f.xaxis.ticker = FixedTicker(ticks=WAVENUMBERS)
        f.xaxis.formatter = CustomJSTickFormatter(code="return String(Number(tick.toPrecision(3)))")
        f.add_layout(LogAxis(ticker=ticker, formatter=formatter), "above")  # type: ignore[arg-type]

    def _draw(self, *_) -> None:
        result = self.session.outcome.result
        if result is None or result.table is None:
            return
        if result.curves is None:
            self.title.object = title_text("Power spectrum: no gap-free rectangle in this region")
            feed(self.figure, self.sources, {})
            return
        curves = beside(result.curves, self.session.comparison.judged)
        axes = {name: curves["wavenumber_input" if name == "input" else "wavenumber"].values for name in CURVES}
        lines = {name: (axes[name], curves[name].values) for name in CURVES if name in curves}
        feed(self.figure, self.sources, lines)
        share = curves.attrs.get("fraction_of_valid", 1)
        where = f", in the largest gap-free rectangle ({share:.0%} of the cells)" if share < 0.999 else ""
        so_far = f" of the first {result.scored} members" if result.scored else ""
        part = " of what is in view" if result.judged_in is not None else ""
        self.figure.yaxis.axis_label = f"power ({pretty(curves['estimate'].attrs['units'])})"
        self.title.object = title_text("Power spectrum" + part + so_far + where)
        self._axes(curves)
        self._mark(result)
        self._name(lines)

    def _axes(self, curves) -> None:
        k = curves["wavenumber"].values
        shown = [curves[name].values for name in ("truth", "estimate") if name in curves][:1]
        power = np.concatenate([values[np.isfinite(values) & (values > 0)] for values in shown])
        heights = self.zoom.fitted["y"]
        if power.size:
            heights = max(power.min() / BELOW, power.max() * 1e-12), power.max() * ABOVE
        start, self._end = k[0] * 0.9, k[-1] * 1.05
        self.zoom.fit((start, start * (self._end / start) ** (1 + BESIDE)), heights)

    def _resized(self) -> None:
        """What has room changes with the figure."""
        result = self.session.outcome.result
        if result is not None and result.curves is not None and result.table is not None:
            self._mark(result)

    def _height(self, share: float) -> float:
        """The power at a share of the axis, from below."""
        low, high = self.zoom.fitted["y"]
        return float(low * (high / low) ** share)

    def _pixels(self, left: float, right: float) -> float:
        """How far two wavenumbers are apart, on a figure as wide as it usually is where nobody knows."""
        start, end = self.zoom.fitted["x"]
        try:
            wide = self.figure.inner_width
        except UnsetValueError:
            wide = USUAL
        return wide * float(np.log(right / left) / np.log(end / start)) if right > left > 0 else 0.0

    def _name(self, lines: dict[str, tuple[np.ndarray, np.ndarray]]) -> None:
        """Every curve's name at its end, no two over each other."""
        (low, high), right, last = self.zoom.fitted["y"], self._end, -1.0
        ends = {name: y[np.isfinite(y) & (y > 0)][-1] for name, (_, y) in lines.items() if (y > 0).any()}
        for label in self.ends.values():
            label.visible = False
        for name, end in sorted(ends.items(), key=lambda item: item[1]):
            share = np.clip(np.log(end / low) / np.log(high / low), 0.02, 1 - STRIP / 10)
            last = max(float(share), last + APART)
            self.ends[name].update(x=right, y=self._height(last), visible=True)

    def _mark(self, result) -> None:
        """Shade the bands and mark the effective resolution of the prediction."""
        start, end = self.zoom.fitted["x"][0], self._end
        value = float(result.table["effective_resolution"]) if "effective_resolution" in result.table else np.nan
        shown = np.isfinite(value) and start < 1 / value < end
        for band in scores.bands(result.scene):
            left, right = max(1 / band.wavelength_max_km, start), min(1 / band.wavelength_min_km, end)
            self.bands[band.name].update(left=left, right=right, visible=right > left * 1.02)
            self._call(band.name, left, right, 1 / value if shown else np.nan)
        self.effective.visible = self.effective_text.visible = bool(shown)
        if shown:
            self.effective.location = 1 / value
            length = f"{value:.0f} km" if value >= 10 else f"{value:.2g} km"
            after, before = self._pixels(1 / value, end), self._pixels(start, 1 / value)
            text = f"effective resolution {length}"
            text = text if max(after, before) > LETTER * len(text) else length
            beyond = after <= LETTER * len(text) and before > after  # no room on the right of the line
            side = {"text_align": "right", "x_offset": -4} if beyond else {"text_align": "left", "x_offset": 4}
            self.effective_text.update(x=1 / value, y=self._height(0.05), text=text, **side)

    def _call(self, band: str, left: float, right: float, line: float) -> None:
        """Name a band where there is room, beside the line of the effective resolution."""
        parts = [(left, line), (line, right)] if left < line < right else [(left, right)]
        left, right = max(parts, key=lambda part: self._pixels(*part))
        room = self._pixels(left, right) > LETTER * (len(band) + 1)
        self.names[band].update(x=float(np.sqrt(left * right)), y=self._height(STRIP), visible=room)

    def _dim(self, *_) -> None:
        dim(self.view, self.session.outdated)

    def __panel__(self):
        return self.view
