// What a reader opens in a sidebar comes into sight, above the foot that stays there.
{
  const GROWS = 3000  // ms within which the server may fill it
  const OPENERS = ".folded, .MuiAccordion-root"
  const above = (el) => el.assignedSlot || el.parentElement || el.getRootNode().host

  function scroller(el) {
    for (let up = el; up instanceof Element; up = above(up)) {
      if (up.scrollHeight > up.clientHeight + 1 && /auto|scroll/.test(getComputedStyle(up).overflowY)) return up
    }
  }

  function bring(el) {
    const place = scroller(el)
    if (!place) return
    const own = el.getBoundingClientRect(), all = place.getBoundingClientRect()
    const end = place.querySelector(".foot")?.getBoundingClientRect().top ?? all.bottom
    const by = Math.min(own.bottom - end, own.top - all.top)  // its beginning stays in sight
    if (by > 0) place.scrollBy({top: by})
  }

  addEventListener("click", (event) => {
    const opened = event.composedPath().find((el) => el instanceof Element && el.matches(OPENERS))
    if (!opened) return
    const grown = new ResizeObserver(() => bring(opened))
    grown.observe(opened)
    setTimeout(() => grown.disconnect(), GROWS)
  })
}
