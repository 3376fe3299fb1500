"""The six maps."""

from collections.abc import Sequence

from explorer.pages.resolution.linked_maps import LinkedMaps
from explorer.pages.resolution.session import ResolutionSession


class Maps(LinkedMaps):
    """Input, prediction, truth above; error and two chosen fields below.

    Where nobody knows the truth, the members' spread takes its place and the distance to the input that of the error.
    """

    NAMES = ("input", "estimate", "truth", "error", "lower_a", "lower_b")

    def __init__(self, session: ResolutionSession, **params):
        super().__init__(session, self.NAMES, **params)
        panes = list(self.panes.values())
        self.mosaic.arrange([panes[:3], panes[3:]])
        self._follow()

    def key(self, name: str) -> str:
        return self.session.display.six[self.NAMES.index(name)]

    @property
    def names(self) -> Sequence[str]:
        return self.NAMES if self.session.stage.stage == "6" else ()
