"""A piece of a page's state: what a page has, it has as parts."""

from typing import Any

import param

from explorer.base.held import Held


class Part(param.Parameterized):
    """Parameters that belong together; a link holds those that are of the kinds in `held`."""

    @property
    def held(self) -> dict[str, Held]:
        """What a link holds of it, by name, in the order of declaration."""
        parameters = {name: self.param[name] for name in self.param}
        return {name: about for name, about in parameters.items() if isinstance(about, Held)}

    @property
    def state(self) -> list[str]:
        """The names of all its parameters."""
        return [name for name in self.param if name != "name"]

    def check(self, name: str, given: Any, value: Any) -> None:
        """What a parameter's own type cannot know; raises InputError.

        given: as the link says it; value: as its type reads that.
        """
