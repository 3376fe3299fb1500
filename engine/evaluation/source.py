"""The source behind a score: its text changes where something that the score calls does, and nowhere else."""

import ast
import hashlib
import inspect
import os
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import engine

HERE = Path(engine.__file__).parent
FIRST = "engine.evaluation.evaluate"  # calls the methods, the data sets and the scores
BY_NAME = "engine.reading"  # its modules are imported by their names in a process of their own


def version(kinds: Iterable[type]) -> str | None:
    """What a score's numbers depend on in code.

    Args:
        kinds: The classes of its method and of its data set.

    Returns:
        sha256 of the engine's modules that the evaluation and the classes import, directly or not, and of the source of
        classes from elsewhere (a plug-in, a notebook), beside the whole engine then; None where that cannot be read.
    """
    kinds, digest = tuple(kinds), hashlib.sha256()
    theirs = [_elsewhere(kind) for kind in kinds]
    if None in theirs:
        return None
    names = every_module() if any(theirs) else behind((FIRST, *(kind.__module__ for kind in kinds)))
    for name in sorted(names):
        digest.update(name.encode() + file_of(name).read_bytes())
    return hashlib.sha256("".join([digest.hexdigest(), *map(str, theirs)]).encode()).hexdigest()


def behind(names: Iterable[str]) -> set[str]:
    """Modules of the engine that others import, and those that these import, to the end.

    Args:
        names: Of modules of the engine.

    Returns:
        Their names and those of all behind them. What a registry imports because it lies in its folder is not counted.
    """
    found: set[str] = set()
    left = set(names)
    while left:
        name = left.pop()
        found.add(name)
        left |= _imported(name) - found
    return found


def every_module() -> set[str]:
    """Names of all of the engine's modules."""
    paths = (path.relative_to(HERE.parent).with_suffix("") for path in HERE.rglob("*.py"))
    return {".".join(path.parts).removesuffix(".__init__") for path in paths}


def file_of(name: str) -> Path:
    """Where a module of the engine lies.

    Args:
        name: Of the module.

    Returns:
        Its file, whether it is there or not.
    """
    path = HERE.parent.joinpath(*name.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@lru_cache(maxsize=1024)
def _imported(name: str) -> frozenset[str]:
    """What a module names in its imports, wherever they stand, and the packages that it lies in."""
    found = {name.rpartition(".")[0]}
    for node in ast.walk(ast.parse(file_of(name).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    if any(one.startswith(BY_NAME) for one in found):
        found |= {one for one in every_module() if one.startswith(BY_NAME)}
    return frozenset(one for one in found if one.partition(".")[0] == "engine" and file_of(one).is_file())


def _elsewhere(kind: type) -> str | None:
    """The source of a class and its bases outside the engine; '' inside it; None where it cannot be read."""
    own = [
        base for base in kind.__mro__[:-1] if base.__module__.partition(".")[0] not in ("engine", "param", "builtins")
    ]
    try:
        return "".join(_file_text(base) or inspect.getsource(base) for base in own)
    except (OSError, TypeError):
        return None


def _file_text(kind: type) -> str:
    """The text of the file that a class comes from; empty for a class of a notebook."""
    path = inspect.getsourcefile(kind) or ""
    return Path(path).read_text(encoding="utf-8") if os.path.isfile(path) else ""
