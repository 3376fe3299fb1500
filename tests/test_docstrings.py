"""Docstrings of the engine's functions: every argument, result and error of their own is told, in Google's sections."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MODULES = sorted(path for path in (ROOT / "engine").rglob("*.py") if path.stat().st_size)
CENTRAL = ("scene.py", "grid.py", "observation.py", "methods/base.py", "scenes/base.py")  # their methods as well
SECTION = re.compile(r"(Args|Returns|Yields|Raises):")
ENTRY = re.compile(r" {4}\*{0,2}(\w+): \S")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def parameters(function: Function) -> list[str]:
    """Names of a function's parameters, without stars, self and cls."""
    given = function.args
    every = (*given.posonlyargs, *given.args, given.vararg, *given.kwonlyargs, given.kwarg)
    return [one.arg for one in every if one is not None and one.arg not in ("self", "cls")]


def own_nodes(function: Function) -> Iterator[ast.AST]:
    """All nodes of a function's body, without those of functions and classes defined in it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))


def raises_anew(function: Function) -> bool:
    """Whether its body raises an exception it makes; passing on one that was caught does not count."""
    nodes = list(own_nodes(function))
    caught = {node.name for node in nodes if isinstance(node, ast.ExceptHandler)}
    raised = [node.exc for node in nodes if isinstance(node, ast.Raise) and node.exc is not None]
    return any(not (isinstance(what, ast.Name) and what.id in caught) for what in raised)


def results(function: Function) -> set[str]:
    """The section its result needs: none, 'Returns', or 'Yields' of a generator."""
    if function.returns is None or ast.unparse(function.returns) in ("None", "NoReturn"):
        return set()
    yields = any(isinstance(node, ast.Yield | ast.YieldFrom) for node in own_nodes(function))
    return {"Yields" if yields else "Returns"}


def sections(text: str) -> dict[str, list[str]]:
    """Section -> its lines, of a docstring as `ast.get_docstring` cleans it."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in text.splitlines():
        title = SECTION.fullmatch(line)
        if title is not None:
            lines = found.setdefault(title[1], [])
        elif line.startswith(" "):
            lines.append(line)
        elif line:
            lines = []  # prose
    return found


def faults(function: Function) -> list[str]:
    """What a function's docstring lacks or tells too much, in words."""
    text = ast.get_docstring(function)
    if text is None:
        return ["no docstring"]
    found = sections(text)
    told = [match[1] for match in map(ENTRY.match, found.get("Args", [])) if match]
    needed = results(function)
    wanted = parameters(function)
    out = [f"Args: {told} instead of {wanted}"] if sorted(told) != sorted(wanted) else []
    out += [f"{name}: is missing" for name in needed - set(found)]
    out += [f"{name}: does not belong here" for name in {"Returns", "Yields"} & set(found) - needed]
    out += ["Raises: is missing"] if raises_anew(function) and "Raises" not in found else []
    return out + [f"{name}: is empty" for name, lines in found.items() if not lines]


def public(body: list[ast.stmt]) -> list[Function]:
    """Functions with parameters and without a leading underscore; the variants of an overloaded one count as one."""
    found = [node for node in body if isinstance(node, Function) and not node.name.startswith("_")]
    plain = [node for node in found if "overload" not in map(ast.unparse, node.decorator_list)]
    return [node for node in plain if parameters(node)]


def methods(body: list[ast.stmt]) -> list[Function]:
    """Public methods of a module's classes, without those that leave their docstring to a base class beside them."""
    classes = [node for node in body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
    told = {(one.name, method.name) for one in classes for method in public(one.body) if ast.get_docstring(method)}
    bases = {one.name: [ast.unparse(base) for base in one.bases] for one in classes}

    def inherited(kind: str, name: str) -> bool:
        return any((base, name) in told or inherited(base, name) for base in bases.get(kind, []))

    found = [(one.name, method) for one in classes for method in public(one.body)]
    return [method for kind, method in found if ast.get_docstring(method) or not inherited(kind, method.name)]


def told_of(path: Path) -> list[Function]:
    """The functions of a module whose docstrings are checked; of the central ones the methods as well."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    central = path.relative_to(ROOT / "engine").as_posix() in CENTRAL
    return public(body) + (methods(body) if central else [])


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_docstrings_tell_arguments_results_and_errors(path):
    found = {f"line {one.lineno}, {one.name}": faults(one) for one in told_of(path)}
    assert not {name: wrong for name, wrong in found.items() if wrong}


WHOLE = '''
def mean(values: list, *rest: float, width: int = 1, **more) -> float:
    """The mean, eq. (1).

    Args:
        values: numbers (m), where the
            text: goes on.
        *rest: more of them.
        width: of the window; cells.
        **more: passed on.

    Returns:
        The mean (m).

    Raises:
        ValueError: where there is none.
    """
    if not values:
        raise ValueError("none")
    return 0.0
'''


def only(code: str) -> Function:
    """The one function of a text."""
    (function,) = ast.parse(code).body
    assert isinstance(function, Function)
    return function


def test_a_whole_docstring_has_no_fault():
    assert faults(only(WHOLE)) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("width: of the", "breadth: of the", "Args:"),
        ("        width: of the window; cells.\n", "", "Args:"),
        ("        *rest: more of them.\n", "        *rest: more of them.\n        other: none.\n", "Args:"),
        ("    Args:\n", "", "Args:"),
        ("    Returns:\n        The mean (m).\n", "", "Returns: is missing"),
        ("    Returns:\n        The mean (m).\n", "    Returns:\n", "Returns: is empty"),
        ("-> float", "-> None", "Returns: does not belong here"),
        ("return 0.0", "yield 0.0", "Yields: is missing"),
        ("    Raises:\n        ValueError: where there is none.\n", "", "Raises: is missing"),
    ],
)
def test_what_is_missing_or_too_much_is_a_fault(old, new, fault):
    assert old in WHOLE
    assert any(fault in found for found in faults(only(WHOLE.replace(old, new))))


def test_a_function_without_a_docstring_is_at_fault():
    assert faults(only("def f(x: int) -> None: ...")) == ["no docstring"]


def test_an_exception_that_was_caught_or_belongs_to_an_inner_function_is_not_its_own():
    passed_on = "def f(x):\n try: g()\n except OSError as error: raise error\n except KeyError: raise"
    inner = "def f(x):\n def g(): raise ValueError(x)\n return g"
    assert not raises_anew(only(passed_on))
    assert not raises_anew(only(inner))
    assert raises_anew(only("def f(x):\n try: g()\n except OSError as error: raise ValueError('no') from error"))


def test_a_method_may_leave_its_docstring_to_its_base():
    base = "class A:\n def f(self, x): 'Told.'\nclass B(A): ...\n"
    code = f"{base}class C(B):\n def f(self, x): ...\n def g(self, x): ..."
    assert [one.name for one in methods(ast.parse(code).body)] == ["f", "g"]


def test_functions_without_parameters_private_ones_and_overloads_are_left_out():
    code = "def f(): ...\ndef _g(x): ...\n@overload\ndef h(x): ...\nasync def k(x): ..."
    assert [one.name for one in public(ast.parse(code).body)] == ["k"]
