"""What only the browser has: the address bar, keys pressed outside of a text field, the screen's density and night."""

import panel as pn
import param


class Browser(pn.custom.JSComponent):
    """What only the browser has: the address bar with its Back and Forward, keys pressed outside a text
    field, how dense its pixels are, and whether the reader's system is dark."""

    address = param.List(default=["", False], doc="Query to show in the address bar, and whether as a new entry.")
    back = param.String(default="", doc="The address's query after Back or Forward; set again even if it is the same.")
    dark = param.Boolean(doc="Whether the reader's system is dark.")
    density = param.Number(default=1.0, doc="Pixels of the screen in one of the page's.")
    narrow = param.Boolean(default=False, doc="Whether it is a phone's: the controls are drawn over the page.")
    large = param.Boolean(doc="Whether the page is seen from far: its texts are a third larger.")
    key = param.String(default="", doc="The last shortcut pressed; set again with every press.")

    _esm = """
    const KEYS = ["ArrowLeft", "ArrowRight", " ", "Escape", "1", "2", "3", "6", "s", "f", "p"]
    const typing = (e) => e.composedPath().some((n) => /^(INPUT|TEXTAREA|SELECT)$/.test(n.tagName) ||
      ["slider", "option", "tab", "combobox"].includes(n.role) || e.key === " " && n.tagName === "BUTTON")
    export function render({model}) {
      if (window.devicePixelRatio !== model.density) model.density = window.devicePixelRatio
      model.narrow = window.innerWidth < 760
      const night = window.matchMedia("(prefers-color-scheme: dark)")
      const tell = () => { if (night.matches !== model.dark) model.dark = night.matches }
      tell()
      night.addEventListener("change", tell)
      const root = document.documentElement, usual = parseFloat(getComputedStyle(root).fontSize)
      const enlarge = () => {  // of the library's texts, which are sized by the root's, and of the pages' own
        const factor = model.large ? 1.34 : 1
        root.style.fontSize = model.large ? `${factor * usual}px` : ""
        root.style.setProperty("--px", `${factor}px`)
      }
      enlarge()
      model.on("large", enlarge)
      model.on("address", () => {
        const [query, entry] = model.address, url = new URL(query, window.location.href)
        if (url.search === window.location.search) return
        if (entry) window.history.pushState({}, "", url)
        else window.history.replaceState({}, "", url)
      })
      window.addEventListener("popstate", () => model.send_msg(["back", window.location.search]))
      window.addEventListener("keydown", (e) => {
        const pressed = e.key.length === 1 ? e.key.toLowerCase() : e.key
        if (KEYS.includes(pressed) && !e.ctrlKey && !e.altKey && !e.metaKey && (e.key === "Escape" || !typing(e))) {
          if (e.key !== "Escape") e.preventDefault()
          model.send_msg(["key", pressed])
        }
      })
    }
    """

    def _handle_msg(self, msg) -> None:
        name, text = msg
        if name in ("back", "key"):
            setattr(self, name, str(text))
