"""A tour of five steps for the first visit: a ring around what is meant, and a card beside it that blocks nothing."""

import panel as pn
import param

STEPS = {  # by the style class of the part of the page
    "scene": (
        "Choose a scene",
        "A data set, a field, a region and a date. Drag a box on the small map for a region of your own; the arrow "
        "keys step through the dates, space plays them.",
    ),
    "method": (
        "Choose a method",
        "Quick methods answer at once, slow ones wait for Run. Under Compare a second method, or the same with other "
        "settings, stands beside the first.",
    ),
    "maps": (
        "Look",
        "The input, the prediction and the truth that was hidden from the method share their colours. Wheel and drag "
        "zoom all maps; a click probes them, a second click draws a transect.",
    ),
    "judgement": (
        "Judge",
        "The spectrum says at which scales detail was added and where it was invented; the tabs have scores, "
        "histograms, transects, and the method's equations and code.",
    ),
    "keep": (
        "Keep and share",
        "The address holds everything that is on the screen: copy the link, save a figure or a NetCDF. This tour is "
        "behind the question mark.",
    ),
}


class Tour(pn.custom.JSComponent):
    """Starts by itself where nobody has been before and no link was followed; a question mark starts it again.

    That it was seen is remembered by the browser alone.
    """

    steps = param.List(
        default=[[f".tour-{place}", *words] for place, words in STEPS.items()],
        doc="Selector of what is meant, title and text of every step.",
    )

    _esm = """
    const SEEN = "finescale.tour"
    function find(selector, root = document) {
      const here = root.querySelector(selector)
      if (here) return here
      for (const el of root.querySelectorAll("*")) {
        const below = el.shadowRoot && find(selector, el.shadowRoot)
        if (below) return below
      }
    }
    function make(tag, style, text = "") {
      const el = document.createElement(tag)
      el.style.cssText = style
      el.textContent = text
      return el
    }
    function remember() { try { localStorage.setItem(SEEN, "yes") } catch { } }
    function seen() { try { return localStorage.getItem(SEEN) } catch { return "yes" } }

    export function render({model}) {
      let ring, card, following, step = 0
      const end = () => {
        remember()
        ring?.remove(); card?.remove()
        ring = card = undefined
        clearInterval(following); removeEventListener("keydown", key)
        help.focus()
      }
      const key = (e) => { if (e.key === "Escape") end() }
      const place = () => {
        const target = find(model.steps[step][0])
        if (!target || !card) return
        const r = target.getBoundingClientRect(), c = card.getBoundingClientRect(), gap = 12
        Object.assign(ring.style, {left: r.left - 2 + "px", top: r.top - 2 + "px",
          width: r.width + 4 + "px", height: r.height + 4 + "px"})
        const right = r.right + gap + c.width < innerWidth, left = r.left - gap - c.width > 0
        const x = right ? r.right + gap : left ? r.left - gap - c.width : r.left + gap
        const above = !right && !left && r.top - gap - c.height > 0
        const y = above ? r.top - gap - c.height : r.top + (right || left ? 0 : gap)
        card.style.left = Math.max(gap, Math.min(x, innerWidth - c.width - gap)) + "px"
        card.style.top = Math.max(gap, Math.min(y, innerHeight - c.height - gap)) + "px"
      }
      const show = (to) => {
        if (to >= model.steps.length) return end()
        step = Math.max(to, 0)
        const [selector, title, text] = model.steps[step]
        find(selector)?.scrollIntoView({block: "nearest"})
        const dark = document.documentElement.classList.contains("dark")
        card.style.background = dark ? "#263238" : "#fff"
        card.style.color = dark ? "#fff" : "#1b1b1b"
        const buttons = make("div", "display:flex;gap:8px;justify-content:flex-end;margin-top:10px")
        const heading = make("h2", "font-size:15px;margin:0 0 6px", `${step + 1} of ${model.steps.length}: ${title}`)
        card.replaceChildren(heading, make("p", "margin:0", text), buttons)
        card.setAttribute("aria-label", heading.textContent)
        const last = step + 1 === model.steps.length
        const ways = [["Skip", end], ["Back", () => show(step - 1)], [last ? "Done" : "Next", () => show(step + 1)]]
        for (const [label, act] of ways) {
          if (label === "Back" && !step || label === "Skip" && last) continue
          const strong = label === "Next" || label === "Done"
          const b = make("button", `font:inherit;padding:4px 14px;border-radius:4px;cursor:pointer;
            border:1px solid #12506e;background:${strong ? "#12506e" : "transparent"};
            color:${strong || dark ? "#fff" : "#12506e"}`, label)
          b.onclick = act
          buttons.append(b)
        }
        place()
        buttons.lastChild.focus()
      }
      const start = () => {
        if (card) return
        ring = make("div", `position:fixed;z-index:2000;border:3px solid #ff3d7f;border-radius:6px;pointer-events:none;
          box-shadow:0 0 0 3px rgba(255,61,127,.25);transition:all .25s`)
        card = make("div", `position:fixed;z-index:2001;width:320px;padding:14px 16px;border-radius:8px;
          font:13px/1.45 Roboto,Helvetica,Arial,sans-serif;box-shadow:0 6px 28px rgba(0,0,0,.4)`)
        card.setAttribute("role", "dialog")
        document.body.append(ring, card)
        addEventListener("keydown", key)
        show(0)
        following = setInterval(place, 250)  // the page may still grow, or change its size
      }
      const help = make("button", `width:26px;height:26px;border-radius:50%;border:1px solid #fff;
        background:transparent;color:#fff;font:600 14px sans-serif;cursor:pointer`, "?")
      help.setAttribute("aria-label", "Guided tour")
      help.title = "Guided tour"
      help.onclick = start
      const came = new URL(performance.getEntriesByType("navigation")[0].name)  // before the page completes it
      if (!seen() && !came.search) {
        const waiting = setInterval(() => {  // until the page stands
          if (document.body.classList.contains("pn-loading") || !find(model.steps.at(-1)[0])) return
          clearInterval(waiting)
          start()
        }, 400)
      }
      return help
    }
    """
