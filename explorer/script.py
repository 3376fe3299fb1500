"""'Code': the few lines of Python that reproduce the picture with the engine alone."""

from engine.methods import METHODS, settings
from engine.methods.base import Method
from explorer.running import Selection


def script(selection: Selection, method: Method, seed: int) -> str:
    """Runnable Python for a selection, a method with its settings, and a seed."""
    chosen = {name: getattr(selection, name) for name in selection.__dataclass_fields__ if name != "source"}
    chosen = {name: value for name, value in chosen.items() if value not in (None, 0.0)}
    defaults = METHODS[method.key]()
    changed = {name: getattr(method, name) for name in settings(method)}
    changed = {name: value for name, value in changed.items() if value != getattr(defaults, name)}
    return "\n".join(
        (
            "from engine import methods, scenes, scores",
            "",
            f"scene = scenes.open({_call(selection.source, chosen)})",
            f"method = methods.create({_call(method.key, changed)})",
            f"estimate = method.predict(scene.problem, seed={seed})",
            "for name, score in scores.table(estimate, scene).items():",
            "    print(f\"{name:24s} {float(score):.5g} {score.attrs['units']}\")",
            "",
        )
    )


def _call(key: str, arguments: dict) -> str:
    return ", ".join((repr(key), *(f"{name}={value!r}" for name, value in arguments.items())))
