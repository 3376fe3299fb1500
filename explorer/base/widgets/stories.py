"""The menu of stories, which is also the card that greets a newcomer."""

import panel as pn
import param

from explorer.base.stories import STORIES


class Stories(pn.custom.JSComponent):
    """A button that opens a card of links. It opens by itself where nobody has been before and no link was followed.

    That it was seen is remembered by the browser alone. The pictures come when it is opened.
    """

    items = param.List(default=[], doc="Title, sentence, address and picture of each.")

    _esm = """
    const SEEN = "finescale.stories"
    function make(tag, style, text = "") {
      const el = document.createElement(tag)
      el.style.cssText = style
      el.textContent = text
      return el
    }
    function remember() { try { localStorage.setItem(SEEN, "yes") } catch { } }
    function seen() { try { return localStorage.getItem(SEEN) } catch { return "yes" } }
    const page = (query) => new URLSearchParams(query).get("page") ?? ""

    export function render({model}) {
      let card
      const close = () => { remember(); card?.remove(); card = undefined; removeEventListener("keydown", key, true) }
      const key = (e) => { if (e.key === "Escape") { e.stopPropagation(); close(); button.focus() } }
      const follow = (e, query) => {
        close()
        if (page(query) !== page(location.search) || e.ctrlKey || e.metaKey) return
        e.preventDefault()
        history.pushState(null, "", "?" + query)
        dispatchEvent(new PopStateEvent("popstate"))
      }
      const fill = () => {
        if (!card) return
        const dark = Boolean(Bokeh.index.roots[0]?.shadow_el.querySelector(".mui-dark"))
        card.style.background = dark ? "#1d2529" : "#fff"
        card.style.color = dark ? "#fff" : "#1b1b1b"
        const heading = make("h2", "font-size:calc(18*var(--px,1px));margin:0 0 2px", "Stories")
        const words = make("p", "margin:0 0 12px;font-size:calc(14*var(--px,1px))",
          "The input is what a coarse instrument would give. A method makes the prediction from it alone; the truth " +
          "was hidden from it. What was added, and what was invented? Begin with one of these, or close this card.")
        const list = make("div", "display:grid;grid-template-columns:repeat(auto-fill,minmax(250px,1fr));gap:10px")
        for (const [title, sentence, query, picture] of model.items) {
          const link = make("a", "display:flex;gap:10px;color:inherit;text-decoration:none;padding:6px;" +
            "border-radius:6px;border:1px solid rgba(128,128,128,.4);align-items:flex-start")
          link.href = "?" + query
          link.onclick = (e) => follow(e, query)
          const place = "width:84px;height:84px;object-fit:cover;border-radius:4px;flex:none"
          const image = make(picture ? "img" : "i", place)
          if (picture) Object.assign(image, {alt: "", src: picture})
          const said = make("span", "font-size:calc(13*var(--px,1px));line-height:1.35")
          said.append(make("b", "display:block;font-size:calc(14*var(--px,1px))", title), make("span", "", sentence))
          link.append(image, said)
          list.append(link)
        }
        const shut = make("button", `position:absolute;right:10px;top:8px;font:600 20px sans-serif;border:0;
          cursor:pointer;background:none;color:inherit;padding:4px 10px`, "×")
        shut.setAttribute("aria-label", "Close")
        shut.onclick = close
        card.replaceChildren(heading, words, list, shut)
      }
      const open = () => {
        if (card) return close()
        card = make("div", `position:fixed;z-index:2000;inset:60px max(3vw,calc(50vw - 480px)) auto;max-height:86vh;
          overflow:auto;padding:16px 20px;border-radius:10px;box-shadow:0 8px 40px rgba(0,0,0,.45);
          font-family:Roboto,Helvetica,Arial,sans-serif`)
        card.setAttribute("role", "dialog")
        card.setAttribute("aria-label", "Stories")
        document.body.append(card)
        addEventListener("keydown", key, true)
        if (model.items.length) fill()
        else model.send_msg("open")
        card.tabIndex = -1
        card.focus()
      }
      model.on("items", fill)
      const button = make("button", `border:0;background:none;color:#fff;cursor:pointer;padding:4px 6px;
        font:calc(14*var(--px,1px)) Roboto,Helvetica,Arial,sans-serif`, "Stories")
      button.onclick = open
      const came = new URL(performance.getEntriesByType("navigation")[0].name)  // before the page completes it
      if (!seen() && !came.search) {
        const waiting = setInterval(() => {  // until the page stands
          if (!window.Bokeh?.documents[0]?.is_idle) return
          clearInterval(waiting)
          if (!card) open()
        }, 400)
      }
      return button
    }
    """

    def _handle_msg(self, msg) -> None:
        self.items = [[story.title, story.sentence, story.query, story.picture] for story in STORIES]
