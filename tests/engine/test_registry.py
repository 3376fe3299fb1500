"""A registry in a notebook: a cell may run twice, a key may not be taken from another class."""

import pytest

from engine.registry import Registry


def a_class(name: str, module: str) -> type:
    return type(name, (), {"__module__": module})


def test_a_cell_that_runs_twice_replaces_its_class():
    registry: Registry[type] = Registry("engine.errors", "finescale.none")
    first, second = a_class("Mine", "__main__"), a_class("Mine", "__main__")
    registry.register("mine")(first)
    registry.register("mine")(second)
    assert registry._items["mine"] is second


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("Mine", "__main__"), ("Other", "__main__")),
        (("Mine", "engine.methods.interpolation"), ("Mine", "__main__")),
        (("Mine", "engine.methods.interpolation"), ("Mine", "engine.methods.interpolation")),
    ],
)
def test_any_other_duplicate_raises(first, second):
    registry: Registry[type] = Registry("engine.errors", "finescale.none")
    registry.register("mine")(a_class(*first))
    with pytest.raises(KeyError, match="'mine' is registered twice"):
        registry.register("mine")(a_class(*second))
