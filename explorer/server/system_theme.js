// A page whose link names no theme is as dark as the reader's system, from its first picture on.
document.addEventListener("DOMContentLoaded", () => {
  const component = Bokeh.Models.get("panel.models.esm.ReactComponent").prototype
  const begin = component.initialize
  component.initialize = function () {
    const named = ["light", "dark"].includes(new URLSearchParams(location.search).get("theme"))
    if (!named && "dark_theme" in (this.data?.attributes ?? {})) {
      this.data.setv({dark_theme: matchMedia("(prefers-color-scheme: dark)").matches}, {silent: true})
    }
    begin.call(this)
  }
}, {once: true})
