"""'Code' of the page of failure cases: the evaluation, its worst cases, and why one failed."""

from collections.abc import Mapping
from typing import Any

from engine.methods.base import Method
from explorer.base.script import made, opened
from explorer.jobs.resolution_run import SceneRequest
from explorer.pages.failures.ranking import SCORES

# The worst first, by what is better
WORST_FIRST = {
    "lower": "ascending=False",
    "higher": "ascending=True",
    "zero": "ascending=False, key=abs",
    "one": "ascending=False, key=lambda values: abs(values - 1)",
}


def evaluation(asked: Mapping[str, Any], dates: str, split: str, score: str, case: tuple | None = None) -> str:
    """Runnable Python for an evaluation and its worst cases by a score.

    asked: what `engine.evaluate` is asked for; dates, or else split: where its times come from; case: selection,
    method and seed of one whose failure is explained, and the method's usual skill by band.
    """
    source, keys = (
        asked["dataset_key"],
        ("regions", "seed", "field", "factor", "degradation", "width_km", "noise", "sampling"),
    )
    of, what = ("dates_between", [dates]) if dates else ("dates_of", split)
    chosen = [f"{name}={asked[name]!r}," for name in keys if asked.get(name) not in (None, 0.0, "") or name == "seed"]
    return "\n".join(
        (
            *(["from engine import methods, scenes, scores"] if case else []),
            f"from engine.evaluate import {of}, evaluate, summary",
            "",
            "frame = evaluate(",
            f"    {source!r},",
            f"    {asked['methods']!r},",
            f"    times={of}({source!r}, {what!r}),",
            *(f"    {line}" for line in chosen),
            "    cache=True,",
            ")",
            f"print(summary(frame)[[{score!r}]])",
            f"worst = frame.sort_values({score!r}, {WORST_FIRST[SCORES[score].better]})",
            f"print(worst[['method', 'region', 'time', {score!r}]].head(10).to_string(index=False))",
            *(_explanation(*case) if case else []),
            "",
        )
    )


def _explanation(request: SceneRequest, method: Method, seed: int, usual: Mapping[str, float]) -> list[str]:
    return [
        "",
        opened(request),
        *made(method, seed),
        f"failure = scores.diagnose(estimate, scene, usual={dict(usual)!r})",
        "for part in (failure.box, failure.band, failure.detail, failure.quantile):",
        "    print(part.sentence if part else 'Nothing to say.')",
    ]
