"""Open your own: a button and its dialog, with an upload, the server's files, what was found and what is asked."""

import html

import panel as pn
import panel_material_ui as pmui

from engine.reading.examine import KINDS
from engine.reading.questions import Question
from explorer.base.given import given
from explorer.base.own_file import OwnFile
from explorer.base.session import Session
from explorer.base.widgets.later import Later, Seldom
from explorer.drawing.lines import adjust
from explorer.jobs.limits import LIMITS

WIDGET = {"size": "small", "margin": (2, 4, 8, 4), "sizing_mode": "stretch_width"}
PIECE = 4 << 20  # bytes of an upload that come in one message
TEXT = "<div style='font-size:calc(13*var(--px,1px));line-height:1.4'>{}</div>"
WRONG = (
    "<div role='alert' style='font-size:calc(13*var(--px,1px));padding:6px 10px;border:1px solid #ed6c02;"
    "border-radius:4px'>{}</div>"
)


class OwnFileButton(pn.viewable.Viewer):
    """The button beside the sources; what it opens is made when it is first opened."""

    def __init__(self, opening: OwnFile):
        super().__init__()
        self.button = pmui.IconButton(
            icon="folder_open", label="Open your own file", description="Open your own file", size="medium",
            margin=(6, 0, 0, 0), on_click=lambda _: opening.param.update(shown=True),
        )  # fmt: skip
        self.place = Later(lambda: OwnFileDialog(opening).__panel__())
        opening.param.watch(lambda _: self.place.fill(), "shown")

    def __panel__(self):
        return pn.Row(self.button, self.place, margin=0, width=40)


class OwnFileDialog(pn.viewable.Viewer):
    """Where a file is given, what was found in it, and what is asked."""

    opening = given(OwnFile)
    show: pmui.Button  # type: ignore[assignment]

    def __init__(self, opening: OwnFile, **params):
        super().__init__(opening=opening, **params)
        self.facts = pn.pane.HTML("", sizing_mode="stretch_width", margin=(2, 4))
        self.alert = pn.pane.HTML("", visible=False, sizing_mode="stretch_width", margin=(4, 4))
        self.bar = pmui.LinearProgress(value=0, variant="indeterminate", visible=False, sizing_mode="stretch_width",
                                       margin=(8, 4))  # fmt: skip
        self.answers = pn.Column(sizing_mode="stretch_width", margin=0)
        self.widgets: dict[str, pn.viewable.Viewable] = {}
        self._asked: list[Question] = []
        self._following = False
        self.show = pmui.Button(label="Open", disabled=True, margin=(6, 4), on_click=lambda _: opening.open())
        leave = pmui.Button(label="Cancel", variant="outlined", margin=(6, 4), on_click=lambda _: opening.close())
        self.dialog = pmui.Dialog(
            self._upload(), self._named(), self.bar, self.alert, self.facts, self.answers,
            pn.Row(self.show, leave, margin=0),
            title="Open your own file", width_option="sm", sizing_mode="stretch_width", margin=0,
        )  # fmt: skip
        self.dialog.param.watch(lambda event: None if event.new else self._left(), "open")
        opening.param.watch(self._draw, ["shown", "busy", "progress", "message", "examined"])
        self._draw()

    def _upload(self) -> pn.viewable.Viewable:
        """A file dropped on it, or chosen, comes in pieces and is never in memory as a whole."""
        upload = pmui.FileInput(
            label="Drop a file here, or click (NetCDF, GeoTIFF or a zipped Zarr)", chunk_size=PIECE,
            max_file_size=LIMITS.upload, variant="outlined", sizing_mode="stretch_width", margin=(4, 4, 8, 4),
            sx={"height": "72px", "borderStyle": "dashed", "textTransform": "none"},
        )  # fmt: skip
        # the widget's own would join all pieces in memory
        upload._process_chunk = self._piece  # type: ignore[assignment]
        upload._flush_buffer = lambda: None  # type: ignore[method-assign]
        return upload

    def _piece(self, message: dict) -> None:
        name, number, total = str(message["name"]), int(message["chunk"]), int(message["total_chunks"])
        self.opening.receive(name, number, total, bytes(message["data"]))

    def _named(self) -> pn.viewable.Viewable:
        """A path below the folders, or an address, where this server allows any."""
        places = self.opening.places
        what = ["a path below the server's folders"] * bool(places.roots) + ["an address"] * bool(places.hosts)
        text = pmui.AutocompleteInput(
            label=f"Or {' or '.join(what)}", options=[], restrict=False, min_characters=0, case_sensitive=False,
            description="A NetCDF file, a GeoTIFF, or a Zarr: its folder, or zipped.", **WIDGET,
        )  # fmt: skip
        text.param.watch(lambda event: self.opening.look(event.new or ""), "value")

        def offer(*_) -> None:
            adjust(text, options=places.listed() if self.opening.shown else [], value="")

        self.opening.param.watch(offer, "shown")
        offer()
        return pn.Column(text, visible=bool(what), margin=0, sizing_mode="stretch_width")

    # ---- drawing ---------------------------------------------------------------------------------------------------

    def _draw(self, *_) -> None:
        opening = self.opening
        adjust(self.dialog, open=opening.shown)
        coming = opening.progress is not None and opening.progress < 1
        if opening.busy or coming or self.bar.visible:
            done = int(100 * (opening.progress or 0))
            self.bar.param.update(
                visible=opening.busy or coming, value=done, variant="determinate" if coming else "indeterminate"
            )
        adjust(self.alert, visible=bool(opening.message), object=WRONG.format(html.escape(opening.message)))
        adjust(self.show, disabled=not opening.ready)
        examined = opening.examined
        facts = examined.facts if examined is not None else {}
        rows = (f"<tr><td style='padding-right:12px;opacity:.7'>{html.escape(name)}</td>"
                f"<td>{html.escape(text)}</td></tr>" for name, text in facts.items())  # fmt: skip
        adjust(self.facts, object=TEXT.format(f"<table>{''.join(rows)}</table>") if facts else "")
        questions = examined.questions if examined is not None else []
        self._ask([one for one in questions if len(one.choices) > 1 or one.default is None])

    def _ask(self, questions: list[Question]) -> None:
        """One widget for every question, those without an answer first; made anew when the questions change."""
        answers = self.opening.answers
        self._following = True
        if questions != self._asked:
            self._asked = questions
            self.widgets = {one.name: self._widget(one) for one in questions}
            ordered = sorted(questions, key=lambda one: one.default is not None)
            self.answers[:] = [part for one in ordered for part in (_sentence(one), self.widgets[one.name])]
        for name, widget in self.widgets.items():
            adjust(widget, value=answers.get(name, ""))
        self._following = False

    def _widget(self, question: Question) -> pn.viewable.Viewable:
        about = {"label": question.name, "sizing_mode": "stretch_width", "size": "small", "margin": (2, 4, 8, 4)}
        widget: pn.viewable.Viewable
        if question.free or question.number:
            widget = pmui.AutocompleteInput(options=list(question.choices), restrict=False, min_characters=0, **about)
        else:
            none = {"choose ...": ""} if question.default is None else {}
            words = none | {words: said for said, words in question.choices.items()}
            widget = pmui.Select(options=words, value=question.default or "", **about)
        widget.param.watch(lambda event: self._take(question.name, event.new), "value")
        return widget

    def _take(self, name: str, said: str | None) -> None:
        if not self._following and said:
            self.opening.answer(name, said)

    def _left(self) -> None:
        if self.opening.shown:
            self.opening.close()

    def __panel__(self):
        return self.dialog


class Provenance(pn.viewable.Viewer):
    """Asks where a file comes from that is shown and does not say it."""

    session = given(Session)

    def __init__(self, session: Session):
        super().__init__(session=session)
        self.row = Seldom(self._make)
        session.watch(self._draw, "scene")
        self._draw()

    def _make(self) -> pn.Row:
        words = "Nobody has said where this file comes from: what is it?"
        said = {words: kind for kind, words in KINDS.items()}
        self.choice = pmui.Select(
            label="Origin", options=said, value="unknown", size="small", width=200, margin=(12, 8, 4, 8)
        )
        self.choice.param.watch(self._take, "value")
        return pn.Row(pn.pane.HTML(TEXT.format(words), margin=(18, 8, 4, 8)), self.choice, margin=0)

    def _draw(self, *_) -> None:
        unknown = self.session.data.kind == "unknown"
        if unknown or self.row.visible:
            self.row.show(unknown)
            adjust(self.choice, value="unknown")

    def _take(self, event) -> None:
        if event.new != "unknown" and self.session.own_file is not None:
            self.session.own_file.tell(self.session.data.key, "kind", event.new)

    def __panel__(self):
        return self.row


def _sentence(question: Question) -> pn.pane.HTML:
    weight = "600" if question.default is None else "400"
    words = f"<span style='font-weight:{weight}'>{html.escape(question.sentence)}</span>"
    return pn.pane.HTML(TEXT.format(words), sizing_mode="stretch_width", margin=(6, 4, 0, 4))
