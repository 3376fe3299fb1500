"""Where every text on a page stands, those that figures paint too: none over another one, none outside of its place."""

from itertools import combinations, product

from visiting import Visit

# To be in a page from its start: every canvas knows what is written on it, as [words, left, top, right, bottom] in its
# own pixels.
WRITTEN = """
{
  const pen = CanvasRenderingContext2D.prototype, {fillText, clearRect} = pen
  pen.clearRect = function (x, y, width, height) {
    if (x <= 0 && y <= 0) this.canvas.written = []
    return clearRect.call(this, x, y, width, height)
  }
  pen.fillText = function (text, x, y, ...rest) {
    const size = this.measureText(text), t = this.getTransform()
    const xs = [x - size.actualBoundingBoxLeft, x + size.actualBoundingBoxRight]
    const ys = [y - size.actualBoundingBoxAscent, y + size.actualBoundingBoxDescent]
    const ends = xs.flatMap(x => ys.map(y => new DOMPoint(x, y).matrixTransform(t)))
    const box = [Math.min, Math.max].flatMap(end => [end(...ends.map(p => p.x)), end(...ends.map(p => p.y))])
    this.canvas.written?.push([String(text), ...box])
    return fillText.call(this, text, x, y, ...rest)
  }
}
"""

# Every line of text and every canvas that can be seen, then what figures have painted, each as [words, left, top,
# right, bottom]; then the words that are cut off at the edge of their figure.
SEEN = """root => {
  const found = [], painted = [], cut = []
  const meet = (a, b) => [Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])]
  const meets = (box) => box[2] - box[0] > 1 && box[3] - box[1] > 1
  const add = (words, box, to = found) => { if (meets(box)) to.push([words, ...box]) }
  const walk = (node, clip) => {
    if (node.nodeType === 3) {
      if (!node.data.trim()) return
      const range = document.createRange()
      range.selectNodeContents(node)
      const own = []  // words that an ellipsis ends are there whole and in part, in one line
      const beside = (a, b) => [1, 3].every((side) => Math.abs(a[side] - b[side]) <= 1) && meets(meet(a, b))
      for (const r of range.getClientRects()) {
        const box = meet(eyes.bounds(r), clip)
        if (own.some((other) => beside(box, other))) continue
        own.push(box)
        add(node.data.trim().slice(0, 60), box)
      }
      return
    }
    if (node.nodeType !== 1 || /^(STYLE|SCRIPT|NOSCRIPT|TEMPLATE)$/.test(node.tagName)) return
    const style = getComputedStyle(node)
    if (style.display === 'none' || style.visibility === 'hidden' || Number(style.opacity) === 0) return
    const hides = [style.overflowX, style.overflowY].some(way => way !== 'visible') || style.clipPath !== 'none'
    if (hides && style.display !== 'contents') clip = meet(clip, eyes.rect(node))
    if (node.tagName === 'CANVAS') {
      const own = eyes.rect(node), ratio = node.width / node.clientWidth
      add('<canvas>', meet(own, clip))
      for (const [words, ...at] of node.written ?? []) {
        const box = at.map((value, i) => value / ratio + own[i % 2])
        if (!words.trim() || box[2] < own[0] || box[3] < own[1] || box[0] > own[2] || box[1] > own[3]) continue
        if (box.some((value, i) => (i < 2 ? own[i] - value : value - own[i]) > 1)) cut.push(words)
        add(words, meet(box, clip), painted)
      }
    }
    for (const child of [...(node.shadowRoot ? node.shadowRoot.childNodes : []), ...node.childNodes]) walk(child, clip)
  }
  walk(root, [0, 0, innerWidth, innerHeight])
  return [found, painted, cut]
}"""
CANVAS = "<canvas>"


def faults(here: Visit, over: bool = False) -> list[str]:
    """What is wrong with the words in a page's main part.

    over: whether the page puts words of its own over figures.
    """
    seen, painted, cut = here.page.get_by_role("main").evaluate(SEEN)
    figures = [one for one in seen if one[0] == CANVAS]
    texts = [one for one in seen if one[0] != CANVAS]
    assert figures
    assert painted
    pairs = [*combinations(texts + painted, 2)]
    pairs += [] if over else product(texts, figures)
    if over:  # the two maps of a swipe have the same labels in the same place
        pairs = [pair for pair in pairs if not _same(*pair)]
    return [f"{words!r} is cut off" for words in cut] + [said for pair in pairs if (said := _meeting(*pair))]


def _same(one: list, other: list) -> bool:
    return one[0] == other[0] and all(abs(a - b) <= 1 for a, b in zip(one[1:], other[1:], strict=True))


def _meeting(one: list, other: list) -> str:
    """That one lies on the other; nothing if they are apart."""
    (name, *a), (under, *b) = one, other
    across, down = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    return f"{name!r} lies on {under!r} by {across:.0f} x {down:.0f}" if across > 2 and down > 3 else ""
