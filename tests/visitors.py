"""Pages without a browser: each a plain websocket that speaks Bokeh's protocol, changes widgets and reads pictures."""

import asyncio
import json
import re
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs

import numpy as np
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import websocket_connect

PICTURES = "first", "estimate"  # the map that shows what a method made, of few and of six
PATIENCE = 120.0  # s that a picture may take before a visitor gives up
LARGEST = 2**28  # bytes of one message
COST = " · "  # before what a choice costs
READY = {"type": "event", "name": "document_ready", "values": {"type": "map", "entries": []}}


class Visitor:
    """One page. `change` sets a widget by its label; `picture` waits for what was asked last."""

    def __init__(self, address: str, query: str = "", cookie: str = ""):
        self.url, self.query = address, query
        self._headers = {"Origin": address.rpartition("/")[0], "Cookie": cookie}
        self.address: dict[str, str] = {}  # what the page's address bar says
        self.values: np.ndarray | None = None  # the prediction on the screen
        self.shown: dict[str, str] = {}  # what the address said when that came
        self.said: dict[tuple[str, str], Any] = {}  # value of every attribute, by the model's label or id and its name
        self._news = asyncio.Event()

    async def open(self) -> "Visitor":
        """Come to the page and wait for its first picture."""
        asked = {"headers": self._headers, "connect_timeout": PATIENCE, "request_timeout": PATIENCE}
        page = await AsyncHTTPClient().fetch(self.url + self.query, **asked)
        (token,) = re.findall(r'"token":\s*"([^"]+)"', page.body.decode())
        place = HTTPRequest(self.url.replace("http", "ws", 1) + "/ws", **asked)  # which answers once the page is made
        self.socket = await websocket_connect(place, subprotocols=["bokeh", token], max_message_size=LARGEST)
        assert (await self._receive())[0] == "ACK"
        await self._send("PULL-DOC-REQ", {})
        while (reply := await self._receive())[0] == "PATCH-DOC":
            pass  # of before: what it changed is in the reply
        kind, content, buffers = reply
        assert kind == "PULL-DOC-REPLY", content
        self._learn(content["doc"], buffers)
        self._listener = asyncio.create_task(self._listen())
        await self._patch({"kind": "MessageSent", "msg_type": "bokeh_event", "msg_data": READY})
        await self.until(lambda: self.values is not None and self.address)
        self.shown = self.address
        return self

    async def close(self) -> None:
        """Say goodbye, and wait for the answer."""
        self._listener.cancel()
        self.socket.close()
        while await self.socket.read_message() is not None:
            pass

    async def __aenter__(self) -> "Visitor":
        return await self.open()

    async def __aexit__(self, *_) -> None:
        await self.close()

    # ---- the page ----------------------------------------------------------------------------------------------------

    def _learn(self, document: dict, buffers: dict[str, bytes]) -> None:
        """Which model is which widget, the address bar, the prediction's image, which may be there already."""
        models = {model["id"]: model for model in objects(document)}
        self.said |= {(id, name): value for id, model in models.items() for name, value in model["attributes"].items()}
        labelled = {
            id: str(m["attributes"].get("label") or m["attributes"].get("name")).partition(COST)[0]
            for id, m in models.items()
        }
        self.widgets = {label: models[id] for id, label in labelled.items()}
        self._names = labelled
        (bar,) = (
            m["attributes"]["data"]["id"] for m in models.values() if m["attributes"].get("class_name") == "Browser"
        )
        figure = next(m for m in models.values() if m["name"] == "Figure" and m["attributes"].get("name") in PICTURES)
        drawn = figure["attributes"]["renderers"][0]["attributes"]
        self._bar, self._image = bar, drawn["data_source"]["id"]
        if drawn.get("visible", True):
            self.values = image(drawn["data_source"]["attributes"]["data"], buffers)

    def options(self, label: str) -> list:
        """What a select offers; of one in groups the whole labels."""
        offered = self.widgets[label]["attributes"]["options"]
        if isinstance(offered, dict):
            return [name for _, group in offered["entries"] for _, name in group]
        return offered

    async def change(self, label: str, value: Any) -> None:
        """Set a widget, as a browser would; what it costs need not be known."""
        offered = self.widgets[label]["attributes"].get("options")
        if isinstance(offered, dict):
            value = next(name for name in self.options(label) if name.partition(COST)[0] == value)
        await self._patch(
            {"kind": "ModelChanged", "model": {"id": self.widgets[label]["id"]}, "attr": "value", "new": value}
        )

    async def press(self, label: str) -> None:
        """Click a button."""
        values = [["model", {"id": self._hosts[self.widgets[label]["id"]]}], ["node", "click"], ["data", {}]]
        click = {"type": "event", "name": "dom_event", "values": {"type": "map", "entries": values}}
        await self._patch({"kind": "MessageSent", "msg_type": "bokeh_event", "msg_data": click})

    async def picture(self, **asked: str) -> float:
        """Wait for the picture of these settings; the seconds it took."""
        start = time.monotonic()
        await self.until(lambda: asked.items() <= self.shown.items())
        return time.monotonic() - start

    async def until(self, done, patience: float = PATIENCE) -> None:
        async with asyncio.timeout(patience):
            while not done():
                self._news.clear()
                await self._news.wait()

    # ---- the protocol ------------------------------------------------------------------------------------------------

    async def _listen(self) -> None:
        while True:
            kind, content, buffers = await self._receive()
            for event in content.get("events", ()) if kind == "PATCH-DOC" else ():
                self._take(event, buffers)
            self._news.set()

    def _take(self, event: dict, buffers: dict[str, bytes]) -> None:
        model = event.get("model", {}).get("id")
        if model == self._bar and event["attr"] == "address":
            self.address = {name: values[-1] for name, values in parse_qs(event["new"][0].lstrip("?")).items()}
        elif model == self._image and event["kind"] == "ColumnDataChanged":
            self.values = image(event["data"], buffers)
            self.shown = self.address
        elif event["kind"] == "ModelChanged":
            self.said[self._names.get(model, model), event["attr"]] = event["new"]

    async def _patch(self, event: dict) -> None:
        await self._send("PATCH-DOC", {"events": [event]})

    async def _send(self, kind: str, content: dict) -> None:
        for part in ({"msgid": "visitor", "msgtype": kind}, {}, content):
            await self.socket.write_message(json.dumps(part))

    async def _receive(self) -> tuple[str, dict, dict[str, bytes]]:
        header, _, content = [json.loads(await self._frame()) for _ in range(3)]
        buffers = {}
        for _ in range(header.get("num_buffers", 0)):
            name = json.loads(await self._frame())["id"]
            buffers[name] = await self._frame()
        return header["msgtype"], content, buffers

    async def _frame(self) -> str | bytes:
        frame = await self.socket.read_message()
        if frame is None:
            raise ConnectionError("the server has closed the page")
        return frame


def finished(work: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine returns, run in a thread of its own: a browser test leaves a loop in the one it ran in."""
    with ThreadPoolExecutor(1) as fresh:
        return fresh.submit(asyncio.run, work).result()


def objects(part: Any) -> Iterator[dict]:
    """Every model of a document."""
    if isinstance(part, dict):
        if part.get("type") == "object" and "id" in part:
            yield {"attributes": {}, **part}
        for value in part.values():
            yield from objects(value)
    elif isinstance(part, list):
        for value in part:
            yield from objects(value)


def image(data: dict, buffers: dict[str, bytes]) -> np.ndarray:
    """The image of a source's data: a field in 16 bits, or as it is."""
    (sent,) = dict(data["entries"])["image"]
    values = sent.get("planes", sent)
    flat = np.frombuffer(buffers[values["array"]["data"]["id"]], dtype=values["dtype"])
    array = flat.reshape(values["shape"])
    if values is sent:
        return array
    near = array.astype(int) if array.ndim == 2 else array[0].astype(int) * 256 + array[1]
    bits = 8 if array.ndim == 2 else 16
    differences = np.where(near % 2, -(near + 1) // 2, near // 2)
    numbers = differences.cumsum(0).cumsum(1) % 2**bits
    return np.where(numbers == 2**bits - 1, np.nan, (numbers + sent["base"]) / sent["scale"])
