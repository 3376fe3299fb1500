"""Of the detail, by band: what was recovered, invented and missed, in units of what was there; and in a sentence."""

from dataclasses import dataclass

import numpy as np

from engine import scores
from explorer.drawing.threefold import span
from explorer.jobs.resolution_run import Result

TOLD_OF = "fine"  # the band that the sentence is about
LEAST, MOST = 0.15, 1.0  # of the detail that was there: room for what is invented
UNKNOWN = "Nobody knows the truth here: what of the detail is real cannot be told."
RESOLVED = "The input resolves the whole grid: there is no detail to add."


@dataclass(frozen=True)
class Balance:
    """One band. `real`: share of what was added; `found`: of what was there; `agreed`: of what each member adds.

    NaN where nothing was added, or there, or where there are no members.
    """

    name: str
    span: str
    real: float
    found: float
    agreed: float

    @property
    def invented(self) -> float:
        """In units of what was there; NaN where it cannot be told from the shares."""
        if np.isnan(self.real):
            return 0.0
        return self.found / self.real - self.found if self.real > 0 else np.nan

    def parts(self, left: float) -> list[tuple[str, float, float]]:
        """Name, start and end of the parts of a bar from -left to 1; more than `left` that is invented ends there."""
        if np.isnan(self.found):
            return []
        invented = min(float(np.nan_to_num(self.invented)), left)
        return [("invented", -invented, 0.0), ("recovered", 0.0, self.found), ("missed", self.found, 1.0)]

    @property
    def shares(self) -> str:
        """Those that are known, briefly."""
        known = ((self.real, "real"), (self.found, "found"), (self.agreed, "agreed on"))
        return ", ".join(f"{max(share, 0):.0%} {word}" for share, word in known if not np.isnan(share))

    @property
    def words(self) -> str:
        """What a bar shows."""
        if np.isnan(self.found):
            return "no detail was there"
        added = "" if np.isnan(self.invented) else f", {self.invented:.0%} beside it invented"
        agreed = "" if np.isnan(self.agreed) else f", members agree on {max(self.agreed, 0):.0%}"
        return f"recovered {self.found:.0%} of what was there, missed {1 - self.found:.0%}{added}{agreed}"


def balances(result: Result) -> list[Balance]:
    """Every band below what the input resolves, of a judged result; without a truth the members' agreement alone."""
    table, agreement, out = result.table, result.agreement, []
    for band in scores.bands(result.scene)[1:]:
        real, found = (
            float(table[f"{kind}_{band.name}"]) if table is not None and f"{kind}_{band.name}" in table else np.nan
            for kind in ("precision", "recall")
        )
        known = agreement is not None and band.name in agreement["band"]
        agreed = float(agreement.sel(band=band.name)) if agreement is not None and known else np.nan
        if not np.isnan([real, found, agreed]).all():
            out.append(Balance(band.name, span([band]), real, found, agreed))
    return out


def reach(rows: list[Balance]) -> float:
    """How far to the left bars have to reach: to the most that is invented, within bounds."""
    return float(np.clip(np.nanmax([0.0, *(row.invented for row in rows)]), LEAST, MOST))


def said(result: Result | None, other: Result | None = None) -> str:
    """The sentence under the picture; empty before there is something to tell.

    result: of the method, or method A; other: of method B, judged.
    """
    if result is None or result.table is None:
        return ""
    rows = [row for of in (result, other) if of is not None for row in balances(of) if row.name == TOLD_OF]
    told = [_told(rows[0], "the method" if other is None else "A")] if rows else []
    told += [f"B: {row.shares}." for row in rows[1:]]
    if result.scene.truth is None:
        return " ".join((UNKNOWN, *told))
    return " ".join(told) or RESOLVED


def _told(row: Balance, who: str) -> str:
    """What one method adds."""
    agreed = f"its members agree on {max(row.agreed, 0):.0%}"
    if np.isnan(row.found):
        return f"Of the detail {row.span} that {who} adds, {agreed}."
    if np.isnan(row.real):
        return f"Of the detail {row.span} {who} adds nothing: all that was there is missed."
    words = f"Of the detail {row.span} that {who} adds, {row.real:.0%} is real;"
    words += f" it finds {row.found:.0%} of what was there"
    return f"{words}." if np.isnan(row.agreed) else f"{words}; {agreed}."
