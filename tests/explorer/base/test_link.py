"""The page's state as text: read back to the bit, and whatever a link says is one sentence or a valid value."""

import math
import random

import param
import pytest
from stage import Dice, one_sentence

from engine.errors import InputError
from explorer.base import link
from explorer.pages.resolution.session import ResolutionSession

HOSTILE = [
    "", " ", "\n", "\t\r\n", "\0", "%00", "x" * 100_000, "9" * 10_000, "-" + "9" * 400, "NaN", "nan", "inf", "-inf",
    "1e999", "-1e999", "1e-999", "0x10", "1_000", "-1", "0", "1.5", "1e3", "None", "null", "undefined", "[]", "{}",
    "true;", "True", "TRUE", "tru", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "'\"><b>",
    "__import__('os').system('true')", "__import__('os')", "().__class__", "{session}", "{0.__class__}", "%s%n",
    "../../etc/passwd", "ssh; DROP TABLE", "täglich", "日本", "\u202etxt", "\ud83d\ude00", "٣", "１２", ",", ",,,",
    ":", "a:b", "a:1", "a:1,", "a:1,2,3", ":1,2", "a:2,1", "a:nan,1", "a:0,inf", "a:0,1e999", "1,2,3", "1,2,3,4,5",
    "nan,nan", "inf,0", "1e308,-1e308", "nan,nan,nan,nan", "1,1,1,1", "4,3,2,1", "0,1e999,0,1", "1," * 5000,
    "a:0,1;" * 5000, "guide:nothing", "estimate:nothing", "truth:", "guide:", ":", "error:", "consistency:x",
]  # fmt: skip
SETTINGS = (
    *ResolutionSession().held,
    "m.consistent",
    "m.strength",
    "m.floor",
    "m.rounds",
    "m.mode",
    "m.quick",
    "m.name",
    "m.",
    "",
)


class Every(param.Parameterized):
    """One parameter of every kind a method or the session may have."""

    truth = param.Boolean(default=False)
    count = param.Integer(default=3, bounds=(1, 9))
    size = param.Number(default=1.0, bounds=(0, 2))
    least = param.Number(default=1.0, bounds=(0, None))
    most = param.Number(default=1.0, bounds=(None, 5))
    free = param.Number(default=None, allow_None=True)
    pair = param.NumericTuple(default=None, length=2, allow_None=True)
    limits = param.Dict(default={})
    word = param.Selector(default="soft", objects=["soft", "hard"])
    titled = param.Selector(default="a", objects={"First": "a", "Second": "b"})
    number = param.Selector(default=4, objects=[2, 4, 8])
    many = param.Selector(default=0, objects=list(range(100)))
    text = param.String(default="")


def read(name: str, text: str):
    return link.parse(Every.param[name], text)


# ---- reading and writing -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("truth", "true", True),
        ("truth", "False", False),
        ("count", "7", 7),
        ("count", "-2", -2),
        ("size", "0.25", 0.25),
        ("size", "-1e-3", -0.001),
        ("free", "", None),
        ("pair", "1.5,-2", (1.5, -2.0)),
        ("pair", "", None),
        ("limits", "", {}),
        ("limits", "field:-0.5,1;error:-0.2,0.2", {"field": (-0.5, 1.0), "error": (-0.2, 0.2)}),
        ("limits", "guide:sst:10,20;", {"guide:sst": (10.0, 20.0)}),
        ("word", "hard", "hard"),
        ("titled", "b", "b"),
        ("number", "8", 8),
        ("many", "99", 99),
        ("text", "any <text>", "any <text>"),
    ],
)
def test_text_is_read_by_the_parameters_kind(name, text, value):
    found = read(name, text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("truth", "yes", "The truth cannot be 'yes'; it has to be true or false."),
        ("count", "7.0", "The count cannot be '7.0'; it has to be a whole number from 1 to 9."),
        ("size", "big", "The size cannot be 'big'; it has to be a number from 0 to 2."),
        ("least", "nan", "The least cannot be 'nan'; it has to be a number of at least 0."),
        ("most", "inf", "The most cannot be 'inf'; it has to be a number of at most 5."),
        ("free", "1e999", "The free cannot be '1e999'; it has to be a number."),
        ("pair", "1,x", "The pair cannot be '1,x'; it has to be 2 numbers with commas between."),
        ("limits", "a:1,0", "The limits cannot be 'a:1,0'; it has to be like 'field:-0.5,1;error:-0.2,0.2'."),
        ("word", "loud", "The word cannot be 'loud'; it has to be one of soft, hard."),
        ("titled", "First", "The titled cannot be 'First'; it has to be one of a, b."),
        ("number", "3", "The number cannot be '3'; it has to be one of 2, 4, 8."),
        ("many", "100", "The many cannot be '100'; it has to be from 0 to 99."),
    ],
)
def test_what_cannot_be_read_is_one_sentence_that_says_what_could(name, text, says):
    with pytest.raises(InputError) as error:
        read(name, text)
    assert str(error.value) == says


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("truth", True), ("count", 5), ("size", 0.1 + 0.2), ("size", 1 / 3), ("size", 5e-324), ("free", 1e300),
        ("free", 123456789.0), ("pair", (0.5, -3.25)), ("pair", None), ("word", "soft"), ("titled", "b"), ("number", 2),
        ("limits", {"field": (-0.5, 1.0), "guide:sst": (270.0, 280.0)}), ("limits", {}), ("text", "box, <1>"),
    ],
)  # fmt: skip
def test_what_is_written_is_read_back(name, value):
    assert read(name, link.text(value)) == value


def test_numbers_that_need_few_digits_are_written_with_few():
    assert [link.text(value) for value in (108.0, 0.1, 2.5, -1e-5, 0.0)] == ["108", "0.1", "2.5", "-1e-05", "0"]


def test_narrow_limits_stay_limits():
    """A field of 290 K that varies by a millikelvin."""
    narrow = {"field": (290.1234, 290.1235)}
    low, high = read("limits", link.text(narrow))["field"]
    assert low < high
    assert (low, high) == pytest.approx(narrow["field"], abs=1e-6)


def test_a_setting_comes_after_what_it_depends_on():
    names = ["m.consistent", "region", "method", "source", "width_km", "degradation", "nothing", "time", "field"]
    ordered = sorted(names, key=lambda name: link.order(ResolutionSession(), name))
    assert ordered[0] == "source"
    assert ordered.index("method") < ordered.index("m.consistent")
    assert ordered.index("degradation") < ordered.index("width_km")


# ---- hostile links -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in Every.param if name != "name"])
def test_no_text_can_do_more_than_be_refused(name):
    owner = Every()
    for text in HOSTILE:
        try:
            value = read(name, text)
        except InputError as error:
            one_sentence(str(error))
            continue
        try:
            setattr(owner, name, value)
        except ValueError:
            continue
        value = getattr(owner, name)
        flat = [x for pair in value.values() for x in pair] if isinstance(value, dict) else value
        numbers = flat if isinstance(flat, tuple | list) else [flat]
        assert all(math.isfinite(x) for x in numbers if isinstance(x, float)), text


def attempt(page, name: str, text: str) -> None:
    """Select one thing as a link would; it works or is refused in one sentence, and the page is not hurt."""
    session = page.session
    complaints = session.select({name: text})
    page.settle()
    for complaint in complaints:
        one_sentence(complaint)
    if session.run.message:
        one_sentence(session.run.message)
    if complaints:
        assert session.run.message == " ".join(complaints)
    for key in ("input", "estimate", "truth", "error", session.display.lower_a, session.display.lower_b):
        session.display.picture(key)


def usable(page) -> None:
    """A valid link still brings its picture."""
    link = {
        "source": "toy_sea", "field": "ssh", "region": "all", "time": "2010-01-02", "factor": "4", "width_km": "",
        "degradation": "block_mean", "noise": "0", "method": "bicubic", "seed": "0", "limits": "", "view": "",
    }  # fmt: skip
    assert page.session.select(link) == []
    page.settle()
    assert (page.session.run.message, page.session.outcome.stale, page.session.run.busy) == ("", False, False)
    assert page.session.outcome.result.scene is page.session.outcome.scene
    assert page.session.outcome.scene.time == "2010-01-02"


@pytest.mark.parametrize("name", SETTINGS)
def test_no_link_leaves_the_page_unusable(open_page, name):
    page = open_page(method="toy_dice").settle()
    page.session.start()
    page.settle()
    for text in HOSTILE:
        attempt(page, name, text)
    usable(page)


def test_random_links_leave_the_page_usable(open_page):
    page, choose = open_page(method="toy_dice").settle(), random.Random(7)
    alphabet = "0123456789.,:;-+eE_nafi <>&'\"%{}()\\/\0\n\u202e\U0001f600äßx"
    for _ in range(400):
        name = choose.choice(SETTINGS)
        text = "".join(choose.choices(alphabet, k=choose.randrange(30)))
        attempt(page, name, text)
    usable(page)


def test_an_unknown_name_is_one_short_sentence(page):
    for name in ("x" * 10_000, "__class__", "configured", "result", "scene", "message", "param", "m.__class__", "\n"):
        (complaint,) = page.session.select({name: "1"})
        assert one_sentence(complaint).startswith("This page has no setting")
    page.settle()


def test_a_named_thing_can_be_given_as_a_value_too(page):
    assert page.session.select({"factor": 2, "probe": (1.0, 2.0), "lock": True, "width_km": None, "seed": 3}) == []
    page.settle()
    assert (page.session.input.factor, page.session.display.probe, page.session.display.lock) == (2, (1.0, 2.0), True)
    (complaint,) = page.session.select({"seed": 10**4000})
    assert one_sentence(complaint).startswith("The seed cannot be 1000")
    page.settle()


@pytest.mark.parametrize("view", ["1,1,0,2", "5,1,0,2", "0,2,3,3"])
def test_an_empty_view_is_refused(page, view):
    (complaint,) = page.session.select({"view": view})
    page.settle()
    assert one_sentence(complaint) == f"The view cannot be '{view}'; it needs x0 < x1 and y0 < y1."
    assert page.session.look.view is None


def test_a_lower_map_that_the_scene_does_not_have_falls_back_to_one_that_it_has(page):
    session = page.session
    assert session.select({"lower_a": "guide:ndvi", "lower_b": "estimate"}) == []
    page.settle()
    assert {session.display.lower_a, session.display.lower_b} <= set(session.display.lower_choices.values())


@pytest.mark.parametrize("key", ["guide:nothing", "estimate:nothing", "nothing", "guide:", "truth:field:more"])
def test_a_lower_map_that_no_scene_can_have_is_refused(page, key):
    before = page.session.display.lower_a
    (complaint,) = page.session.select({"lower_a": key})
    page.settle()
    assert one_sentence(complaint) == f"The lower middle map cannot be '{key}'; take one like 'guide:sst'."
    assert page.session.display.lower_a == before


def test_a_setting_bounded_on_one_side_is_named_with_its_bound(open_page):
    page = open_page(method="toy_dice").settle()
    assert isinstance(page.session.chosen.configured, Dice)
    assert page.session.select({"m.floor": "-1"}) == ["The floor cannot be -1.0; it has to be a number of at least 0."]
    page.settle()
