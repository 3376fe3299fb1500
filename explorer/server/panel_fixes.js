// What is mended of Panel in the browser; `panel_fixes.py` checks that what is replaced here is still there.
document.addEventListener("DOMContentLoaded", () => {  // Panel is there, and no component yet
  hearApart(Bokeh.Models.get("panel.models.esm.ReactComponent").prototype)
  missNothing(Bokeh.Models.get("panel.models.esm.ReactComponent").prototype)
  layOutOnce(Bokeh.Models.get("panel.models.esm.ReactiveESM").prototype.default_view.prototype, figureView())
  keepToYourself(Bokeh.require("client/session").ClientSession.prototype)
  takeNoCss(Bokeh.require("core/visuals/visual").VisualProperties.prototype, figureView())
  reachAll(Bokeh.Models.get("Column").prototype.default_view.prototype)
  shareColours(Bokeh.Models.get("Image").prototype.default_view.prototype)
  importNatively()
}, {once: true})

// A component keeps a copy of every value, and tells the server each copy that it has drawn. Where the server sets two
// values while it draws one, it takes itself and the server back to the first. A copy that came from the server is not
// told any more: only what the component has set itself.
function hearApart(component) {
  const written = component._render_code
  const held = "targetModel.attributes[resolvedProp]"
  component._render_code = function () {
    return written.call(this)
      .replace(`const [value, setValue] = React.useState(${held})`, `
        const [{value, told}, setState] = React.useState({value: ${held}, told: true})
        const keep = (told) => (next) => setState((old) => {
          const value = typeof next === "function" ? next(old.value) : next
          return Object.is(value, old.value) ? old : {value, told}
        })
        const [hear, setValue] = React.useMemo(() => [keep(true), keep(false)], [])`)
      .replace(`setValue(${held})`, `hear(${held})`)
      .replace("&& initialized.current", "&& initialized.current && !told")
  }
}

// A component copies every value when it is drawn first and listens some time later: what the server has set between
// the two (the sentence of an alert that comes because of it) it would never show.
function missNothing(component) {
  const written = component._render_code
  const listens = "react_proxy.on(prop, cb, true)"
  component._render_code = function () {
    return written.call(this).replace(listens, `${listens}; if (!target.model.events.includes(resolvedProp)) cb()`)
  }
}

// Every widget that comes, and every figure whose labels change their width, has the whole page laid out and its figures
// measured and drawn: sixty times while a page opens. Once per picture of the screen is enough, and where that takes long
// the page has three times as long for everything else before the next time: thirty widgets come one by one else, each
// behind a layout. A figure that asked for it has drawn itself meanwhile as it was laid out before: it is drawn again.
function layOutOnce(view, figure) {
  const layOut = view.compute_layout, due = new Set(), asking = new Map(), ask = figure.compute_layout
  let free = 0  // when the next may begin
  figure.compute_layout = function () {
    ask.call(this)
    if (due.size) asking.set(this, this._render_count + 1)  // times it will have been drawn
  }
  const layOutAll = () => {
    const start = performance.now(), views = [...due], figures = [...asking]
    due.clear()
    asking.clear()
    for (const one of views) if (!one.is_destroyed) layOut.call(one)
    for (const [one, times] of figures) {
      if (one.is_destroyed || one._render_count > times) continue
      one._invalidate_all = true
      one.paint()
    }
    const end = performance.now()
    free = end + 3 * (end - start)
  }
  view.compute_layout = function () {
    if (this.is_managed) return layOut.call(this)
    this._layout_computed = true
    if (!due.size) setTimeout(() => requestAnimationFrame(layOutAll), Math.max(free - performance.now(), 0))
    due.add(this)
  }
}

// A size is handed on to what has a layout of its own, and one level further: a figure in a component (behind a tab) that
// is put into an open page stays without any, is never painted, and the page waits for it for good.
function reachAll(view) {
  while (!Object.hasOwn(view, "_propagate_layout")) view = Object.getPrototypeOf(view)
  view._propagate_layout = function () {
    for (const child of this.layoutable_views) child.layout == null ? child._compute_layout() : child._propagate_layout()
  }
}

// A picture has copies, for what is selected and what is not, that keep the colours it began with: where it is given
// others they paint theirs over them, on the canvas that all of them share. They have no colours of their own here.
function shareColours(image) {
  Object.defineProperty(image, "_can_inherit_image_data", {get() { return this.base != null && this.inherited_image }})
}

function figureView() {
  return Bokeh.Models.get("Figure").prototype.default_view.prototype
}

// Before anything is drawn the browser is asked which style sheet may say how: four hundred times while a page opens.
// None does.
function takeNoCss(visuals, figure) {
  visuals._get_css_value = () => ""
  while (!Object.hasOwn(figure, "base_font_size")) figure = Object.getPrototypeOf(figure)
  const {get} = Object.getOwnPropertyDescriptor(figure, "base_font_size"), known = new WeakMap()
  Object.defineProperty(figure, "base_font_size", {get() {  // asked for with every label, and the same for each
    if (!known.has(this) && this.el.isConnected) known.set(this, get.call(this))
    return known.get(this) ?? get.call(this)
  }})
}

// The page's theme gives toolbars one more style sheet each time, and the server a copy of all.
function keepToYourself(session) {
  const tell = session._document_changed
  session._document_changed = function (event) {
    if (!(event.attr === "stylesheets" && event.model?.type === "Toolbar")) tell.call(this, event)
  }
}

// Panel loads every module by es-module-shims, which reads all of it and makes a copy for the browser to compile anew:
// of the components' library (1.4 MB) each time a page opens. Ours import nothing, which needs no shim.
function importNatively() {
  const shim = window.importShim
  const native = (url) => import(new URL(url, document.baseURI).href).catch(() => shim(url))
  window.importShim = Object.assign(native, shim)
}
