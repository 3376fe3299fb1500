"""A player through dates, with its speed and a loop in the row of its buttons."""

import panel_material_ui as pmui

from explorer.base.widgets.forms import PLAYER
from explorer.drawing.lines import adjust

INTERVAL = 900  # ms between two dates
FASTEST, SLOWEST = 100, 5000
BUTTONS = ["slower", "previous", "play", "pause", "next", "faster"]
LOOP = {
    "& .MuiFormControl-root": {"position": "relative"},
    "& .MuiToggleButtonGroup-root": {"position": "absolute", "right": 0, "bottom": 2},
    "& .MuiToggleButton-root": {"padding": "3px", "border": 0},
}


def date_player() -> pmui.DiscretePlayer:
    """A player whose options are dates: no faster than pictures can come."""
    player = pmui.DiscretePlayer(
        options=[""], interval=INTERVAL, visible_loop_options=["once", "loop"], show_value=True, label="Date",
        visible_buttons=BUTTONS, sizing_mode="stretch_width", margin=(0, 4), sx=PLAYER | LOOP,
    )  # fmt: skip
    player.param.watch(lambda event: adjust(player, interval=min(max(event.new, FASTEST), SLOWEST)), "interval")
    return player
