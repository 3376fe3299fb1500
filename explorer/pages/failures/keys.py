"""Arrow keys over a figure of cells, and words for those who do not see it."""

import panel as pn
import param

STEPS = {
    "ArrowLeft": (-1, 0), "ArrowRight": (1, 0), "ArrowUp": (0, 1), "ArrowDown": (0, -1), "Home": (-(10**6), 0),
    "End": (10**6, 0),
}  # fmt: skip


class CellKeys(pn.custom.JSComponent):
    """Lies over a figure without being in the way of the mouse; takes the focus with a click on it or by Tab."""

    label = param.String(doc="What the figure shows.")
    said = param.String(doc="What is told of the cell that is chosen.")
    step = param.Tuple(default=(0, 0), length=2, doc="Cells across and up of the last key; set again with every key.")

    _esm = """
    const KEYS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"]
    const HIDDEN = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);font-size:1rem"
    export function render({model, el}) {
      const cells = document.createElement("div"), said = document.createElement("span")
      cells.style.cssText = "position:absolute;inset:0;pointer-events:none;border-radius:4px;outline-offset:-2px;" +
        "outline-color:var(--mui-palette-primary-main)"
      cells.tabIndex = 0
      cells.setAttribute("role", "application")
      said.style.cssText = HIDDEN
      said.setAttribute("aria-live", "polite")
      cells.append(said)
      const tell = () => {
        cells.setAttribute("aria-label", model.label)
        said.textContent = model.said
      }
      model.on("label", tell)
      model.on("said", tell)
      tell()
      cells.addEventListener("keydown", (e) => {
        if (!KEYS.includes(e.key) || e.ctrlKey || e.altKey || e.metaKey) return
        e.preventDefault()
        e.stopPropagation()  // the page's own arrows step through the dates
        model.send_msg(e.key)
      })
      setTimeout(() => {
        const around = el.getRootNode().host?.parentNode
        around?.addEventListener("click", () => cells.focus({preventScroll: true}))
      })
      return cells
    }
    """

    def __init__(self, **params):
        look = {"position": "absolute", "inset": "0", "pointer-events": "none", "z-index": "1"}
        super().__init__(styles=look, margin=0, sizing_mode="stretch_both", min_height=0, **params)

    def _handle_msg(self, msg) -> None:
        if msg in STEPS:
            self.step = STEPS[msg]
