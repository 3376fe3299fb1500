"""The large maps: one, two over each other with a line to drag, two, three; beside them the colours of each."""

from collections.abc import Sequence

import panel as pn
import param

from engine.grid import Grid
from explorer.drawing import colourbar
from explorer.drawing.lines import adjust
from explorer.drawing.mosaic import ABOVE, LEFT, RIGHT, TITLE
from explorer.pages.resolution.linked_maps import LinkedMaps
from explorer.pages.resolution.session import ResolutionSession

LINE = "#ff3d7f"  # of what a person has put on the maps
LYING = 1.7  # width over height of maps that lie below each other
GRIP = 22  # pixels of the line that can be taken hold of
RIGHT_OF_IT = f"calc({LEFT}px + var(--f) * var(--at, 0.5))"
CLIP = (
    f"polygon(0 0, 100% 0, 100% 100%, {RIGHT_OF_IT} 100%, {RIGHT_OF_IT} {TITLE}px, 0 {TITLE}px)"  # the title is whole
)


class Line(pn.custom.JSComponent):
    """The line between two maps over each other: dragged by mouse and finger, moved by arrow keys."""

    at = param.Integer(default=50, bounds=(0, 100), doc="Per cent of the left map that is seen.")

    _esm = """
    export function render({model, el}) {
      const line = document.createElement("div")
      line.style.cssText = "position:absolute;inset:0;cursor:ew-resize;touch-action:none;outline-offset:-4px"
      line.innerHTML = `<div style="position:absolute;inset:0 10px;background:LINE"></div>
        <div style="position:absolute;left:2px;top:calc(50% - 9px);width:18px;height:18px;border-radius:50%;
        background:LINE;box-shadow:0 0 3px #0008"></div>`
      const said = {role: "slider", tabindex: 0, "aria-label": "Left map seen (%)", "aria-valuemin": 0,
        "aria-valuemax": 100, "aria-orientation": "horizontal", title: "Drag: left of it one map, right the other"}
      for (const [name, value] of Object.entries(said)) line.setAttribute(name, value)
      const host = el.getRootNode().host, row = host.getRootNode().host
      let at = model.at, told = 0
      const show = () => {
        row.style.setProperty("--at", at / 100)
        line.setAttribute("aria-valuenow", Math.round(at))
        line.setAttribute("aria-valuetext", `${Math.round(at)} per cent of the left map`)
      }
      const tell = (now) => {
        if (!now && performance.now() - told < 200) return
        told = performance.now()
        model.at = Math.round(at)
      }
      const move = (to, now) => { at = Math.min(Math.max(to, 0), 100); show(); tell(now) }
      let held = null
      line.onpointerdown = (e) => {
        held = {x: e.clientX, at, wide: row.getBoundingClientRect().width - BESIDE}
        line.setPointerCapture(e.pointerId)
        e.stopPropagation()
      }
      line.onpointermove = (e) => { if (held) move(held.at + 100 * (e.clientX - held.x) / held.wide, false) }
      line.onpointerup = line.onpointercancel = () => { if (held) { held = null; tell(true) } }
      line.onkeydown = (e) => {
        const by = {ArrowLeft: -2, ArrowDown: -2, ArrowRight: 2, ArrowUp: 2, PageDown: -10, PageUp: 10,
          Home: -100, End: 100}[e.key]
        if (by === undefined) return
        e.preventDefault(); e.stopPropagation()
        move(at + by, true)
      }
      model.on("at", () => { if (!held && Math.round(at) !== model.at) { at = model.at; show() } })
      show()
      return line
    }
    """.replace("LINE", LINE).replace("BESIDE", str(LEFT + RIGHT))


class Large(LinkedMaps):
    """One map, two over each other, two or three."""

    NAMES = ("first", "second", "third")
    barred = False

    def __init__(self, session: ResolutionSession, **params):
        super().__init__(session, self.NAMES[: max(1, len(session.stage.large))], **params)
        self.bars = pn.pane.HTML("", margin=0, sizing_mode="stretch_height")
        self.line: Line | None = None
        self._arranged: tuple[str, bool] | None = None
        self.mosaic.beside[:] = [self.bars]
        self._follow()

    def key(self, name: str) -> str:
        stage = self.session.stage
        return stage.drawn(stage.large[self.NAMES.index(name)])

    @property
    def names(self) -> Sequence[str]:
        stage = self.session.stage
        return () if stage.stage == "6" else self.NAMES[: len(stage.large)]

    def _draw(self, *_) -> None:
        scene = self.session.outcome.scene
        if self.names:
            if scene is not None and self._shaped is not scene:
                self.mosaic.frame(Grid.of(scene.problem.target), self.session.look.view)
            self._arrange()
            super()._draw()
            self._colours()

    def _arrange(self) -> None:
        """Lay the maps out as the stage asks, and as their aspect fills it best."""
        stage, lying = self.session.stage.stage, self.mosaic.aspect > LYING
        if self._arranged == (stage, lying):
            return
        self._arranged, over = (stage, lying), stage == "swipe"
        panes = [self._pane(name) for name in self.names]
        across = len(panes) if over else 1 if lying else 2
        self.mosaic.arrange([panes[n : n + across] for n in range(0, len(panes), across)], over=over)
        for number, pane in enumerate(panes):
            adjust(pane.view, styles=pane.view.styles | {"clip-path": CLIP if over and number else "none"})
            side = {"--titled": "flex-end" if over and number else "flex-start", "--most": "48%" if over else "100%"}
            adjust(pane.title, styles=side)
        if over and self.line is None:
            self.line = self._made_line()
            self._place()
            self.mosaic.body.append(self.line)
        if self.line is not None:
            adjust(self.line, visible=over)

    def _made_line(self) -> Line:
        """The line over the maps."""
        place = {"position": "absolute", "left": f"calc({RIGHT_OF_IT} - {GRIP // 2}px)", "z-index": "3"}
        size = {"top": f"{TITLE + ABOVE}px", "height": "round(down, var(--f) / var(--a), 1px)", "width": f"{GRIP}px"}
        line = Line(margin=0, styles=place | size)
        line.param.watch(lambda event: setattr(self.session.stage, "swipe_at", event.new), "at")
        self.session.watch(lambda *_: self._place(), "swipe_at")
        return line

    def _place(self) -> None:
        at = self.session.stage.swipe_at
        if self.line is not None:
            adjust(self.line, at=50 if at is None else at)

    def _colours(self) -> None:
        """A bar for every kind of colours on the stage."""
        display, bars, wide = self.session.display, {}, 0
        for name in self.names:
            picture = display.picture(self.key(name))
            if picture is not None and picture.limits_key in display.limits:
                bars[picture.limits_key] = colourbar.standing(
                    picture.role, display.limits_of(picture), picture.field.attrs["units"], picture.colours, picture.log
                )
        wide = len(bars) * colourbar.WIDE
        adjust(self.bars, object=f"<div style='display:flex;height:100%'>{''.join(bars.values())}</div>")
        adjust(self.mosaic.beside, visible=bool(bars))
        self.mosaic.fit(self.mosaic.aspect, wide)
