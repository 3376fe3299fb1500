"""The six maps."""

import panel as pn

from explorer.pages.resolution.linked_maps import LinkedMaps


class Maps(LinkedMaps):
    """Input, prediction, truth above; error and two chosen fields below.

    Where nobody knows the truth, the members' spread takes its place and the distance to the input that of the error.
    """

    NAMES = ("input", "estimate", "truth", "error", "lower_a", "lower_b")
    MIDDLE = "estimate"
    UNSEEN = {"truth": "spread", "error": "consistency"}

    def key(self, name: str) -> str:
        if name.startswith("lower"):
            return getattr(self.session.display, name)
        return name if self.session.display.judgeable else self.UNSEEN.get(name, name)

    @property
    def seen(self) -> bool:
        return self.session.comparison.swiped is None

    def __panel__(self):
        panes = list(self.panes.values())
        rows = [
            pn.Row(*(p.view for p in row), sizing_mode="stretch_both", min_height=0) for row in (panes[:3], panes[3:])
        ]
        return pn.Column(*rows, sizing_mode="stretch_both", min_height=0)
