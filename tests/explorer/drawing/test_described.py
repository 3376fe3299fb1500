"""What a figure says of itself to those who do not see it."""

from explorer.drawing.lines import line_figure, title_pane, title_text, titled


def said(f) -> str:
    assert f.html_attributes["role"] == "img"
    return f.html_attributes["aria-label"]


def test_a_figure_is_named_by_its_title_and_what_its_axes_measure():
    f, _ = line_figure("spectrum", "wavenumber (cycles/km)", "power", ("truth",), [])
    assert said(f) == "Spectrum: power over wavenumber (cycles/km)"
    title = title_pane()
    titled(title, f)
    f.yaxis.axis_label = "power (m² km)"
    title.object = title_text("Spectrum of <a> & b", "<span>0</span><span>2.35</span>")
    assert said(f) == "Spectrum of <a> & b: power (m² km) over wavenumber (cycles/km)"
    f.yaxis.axis_label = "power (K² km)"
    title.object = title_text("Spectrum of <a> & b")
    assert "(K² km)" in said(f), "the unit of what is shown now"
