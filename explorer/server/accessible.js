// What Panel's and Bokeh's components leave unsaid: names and roles for those who do not see them, and what the Tab key
// need not stop at. They draw when they like, each in a tree of its own; what is new there is looked at once.
{
  const said = (el) => el?.textContent.trim() ?? ""
  const label = (el) => said(el.closest(".MuiFormControl-root")?.querySelector("label"))
  const chosen = (list) => {  // in the widget that a list of options belongs to
    const id = list.getAttribute("aria-labelledby")?.replace("select-label-", "")
    return Bokeh.documents[0].get_model_by_id(id)?.value
  }

  // selector -> the attributes that an element needs; null takes one away
  const NEEDED = {
    ".MuiAppBar-root .title": () => ({role: "presentation"}),  // of each page alike; its heading is what it shows
    ".MuiToolbar-root > h5": (el) => said(el) ? {} : {role: "presentation"},  // it takes the room of a bar
    ".MuiLinearProgress-root, .MuiCircularProgress-root": () => ({"aria-label": "Progress"}),
    "span[aria-label]:not([role]):empty": (el) => {  // what a widget is for, on something empty beside it
      const widget = el.getRootNode().querySelector("input, textarea, [role=combobox], [role=slider], button")
      widget?.setAttribute("aria-description", el.getAttribute("aria-label"))
      return {"aria-label": null}
    },
    ".MuiInputAdornment-root > button:not([aria-label])": (el) => {  // the field itself has the arrow keys for it
      const less = el.parentElement.classList.contains("MuiInputAdornment-positionStart")
      return {"aria-label": `${less ? "Less" : "More"}: ${label(el)}`, tabindex: "-1"}
    },
    "[role=listbox] > [role=menuitem]": (el) => {
      return {role: "option", "aria-selected": String(said(el) === String(chosen(el.parentElement)))}
    },
    "[role=listbox] > :not([role])": () => ({role: "presentation"}),
    "[aria-label='Resize sidebar']": () => ({role: "separator", "aria-orientation": "vertical"}),
    ".tabulator-tableholder": () => ({role: "rowgroup"}),
    ".tabulator-table": () => ({role: "presentation"}),
    ".tabulator-cell[tabindex='0']": () => ({tabindex: "-1"}),  // each would lose the focus at once
    ".tabulator-col.empty": () => ({"aria-hidden": "true"}),
    ".bk-events[tabindex='0'], .bk-Toolbar [tabindex='0']": () => ({tabindex: "-1"}),  // a figure is one picture
  }
  const needs = Object.entries(NEEDED), any = Object.keys(NEEDED).join()

  function give(el, attributes) {
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null) el.removeAttribute(name)
      else if (el.getAttribute(name) !== value) el.setAttribute(name, value)
    }
  }

  function mend(el) {
    for (const [selector, need] of needs) if (el.matches(selector)) give(el, need(el))
  }

  function look(node) {
    if (node.nodeType !== Node.ELEMENT_NODE || node.tagName === "STYLE") return
    if (node.matches(any)) mend(node)
    if (node.firstElementChild) node.querySelectorAll(any).forEach(mend)
  }

  const watched = {childList: true, subtree: true, attributes: true, attributeFilter: ["aria-label", "role", "tabindex"]}
  const watcher = new MutationObserver((changes) => {
    for (const {type, target, addedNodes} of changes) type === "attributes" ? look(target) : addedNodes.forEach(look)
  })
  const attach = Element.prototype.attachShadow
  Element.prototype.attachShadow = function (options) {
    const root = attach.call(this, options)
    watcher.observe(root, watched)
    return root
  }

  // The rows of a table are chosen by a click alone.
  addEventListener("keydown", (event) => {
    const el = event.composedPath()[0], by = {ArrowDown: 1, ArrowUp: -1}[event.key]
    if (!by || !(el instanceof Element && el.matches(".tabulator-tableholder"))) return
    const rows = [...el.querySelectorAll(".tabulator-row")]
    const next = rows[rows.findIndex((row) => row.classList.contains("tabulator-selected")) + by]
    if (!next) return
    event.preventDefault()
    const cells = [...next.querySelectorAll(".tabulator-cell")]
    cells.find((cell) => cell.offsetWidth > 1)?.click()  // the first takes no room, and hears nothing
    next.scrollIntoView({block: "nearest"})
  })

  // A closed select opens by a click alone.
  addEventListener("keydown", (event) => {
    const el = event.composedPath()[0]
    const closed = el instanceof Element && el.matches(".MuiSelect-select:not([aria-expanded=true], [aria-disabled=true])")
    if (!closed || !["Enter", " ", "ArrowDown", "ArrowUp"].includes(event.key)) return
    event.preventDefault()
    el.click()
  })
  // The labels of axes are sized in em of what Bokeh takes as long as it does not ask: before, not after it has asked.
  const EM = 13.4  // px: htmlFontSize of base/themes.py
  document.addEventListener("DOMContentLoaded", () => {
    const box = Bokeh.require("core/graphics").TextBox.prototype
    const {set} = Object.getOwnPropertyDescriptor(box, "visuals")
    Object.defineProperty(box, "visuals", {set(values) { this._base_font_size = EM; set.call(this, values) }})
  }, {once: true})
}
