"""Links of every page: what a page says in its address makes another page say the same."""

import queue
from collections.abc import Iterator

import param
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from stage import wait_for

from explorer.base import link
from explorer.base.session import Session
from explorer.pages.failures.session import FailureSession
from explorer.pages.motion.session import MotionSession
from explorer.pages.resolution.session import ResolutionSession

PAGES = {
    ResolutionSession: {
        "source": ["toy_sea", "toy_coast", "toy_reef", "toy_unseen"],
        "method": ["bicubic", "toy_dice"],
    },
    MotionSession: {"source": ["rain_run"], "method": ["persistence", "optical_flow"]},
    FailureSession: {"source": ["toy_sea", "toy_coast"], "methods": ["bicubic", "bicubic;nearest", "nearest"]},
}
WORDS = [
    "",
    "box",
    "0,20,0,30",
    "truth",
    "error",
    "estimate:vorticity",
    "guide:sst",
    "rmse > 0.1",
    "2010-01-03",
    "nothing",
]


class Guest:
    """One page and whoever follows links to it."""

    def __init__(self, kind: type[Session]):
        self.calls: queue.Queue = queue.Queue()
        self.session = kind(self.calls.put)

    def follow(self, **chosen: str) -> list[str]:
        """Set things as a link does, and let the picture come; what the page complains of."""
        told = self.session.select(chosen)
        wait_for(self._rests)
        return told

    def _rests(self) -> bool:
        while not self.calls.empty():
            self.calls.get()()
        return not self.session.run.busy


def texts(parameter: param.Parameter) -> st.SearchStrategy[str]:
    """What a link may say of a parameter, most of it usable."""
    if isinstance(parameter, param.Boolean):
        return st.sampled_from(["true", "false"])
    if isinstance(parameter, param.NumericTuple):
        bounds = st.lists(st.floats(-50, 150), min_size=parameter.length, max_size=parameter.length, unique=True)
        return bounds.map(lambda values: link.text(tuple(_ascending(values))))
    if isinstance(parameter, param.Integer | param.Number):
        low, high = parameter.bounds or (None, None)
        low, high = (0 if low is None else low), (40 if high is None else min(high, 40))
        numbers = st.integers(low, high) if isinstance(parameter, param.Integer) else st.floats(low, high)
        return numbers.map(link.text)
    if isinstance(parameter, param.Dict):
        return st.just("field:-0.5,1.25;error:-0.1,0.1")
    if isinstance(parameter, param.Selector):
        return st.sampled_from([str(value) for value in parameter.get_range().values()])
    return st.sampled_from(WORDS)


def _ascending(values: list[float]) -> list[float]:
    """Bounds in pairs, the lower first."""
    return [bound for start in range(0, len(values), 2) for bound in sorted(values[start : start + 2])]


def walk(data: st.DataObject, guest: Guest, offered: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    """Settings one after the other, each among what those before it have left."""
    for name in sorted(guest.session.held, key=lambda name: link.order(guest.session, name)):
        if data.draw(st.booleans(), label=f"whether {name} is set"):
            values = st.sampled_from(offered[name]) if name in offered else texts(guest.session.held[name][1])
            yield name, data.draw(values, label=name)


@pytest.mark.parametrize("kind", PAGES)
@given(data=st.data())
@settings(
    max_examples=20, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck)
)
def test_a_random_link_makes_the_page_that_it_is_of(toys, no_data, kind, data):
    one, other = Guest(kind), Guest(kind)
    try:
        one.follow(source=PAGES[kind]["source"][0])
        for name, text in walk(data, one, PAGES[kind]):
            one.session.select({name: text})
        one.follow()
        said = link.query(one.session)
        assert other.follow(**said) == []
        assert link.query(other.session) == said
    finally:
        one.session.close()
        other.session.close()
