"""Where methods compute: what the header says, and a choice where this machine has an accelerator."""

import panel_material_ui as pmui
import torch

from engine.device import available, find, title
from engine.errors import InputError
from explorer.base.session import Session
from explorer.base.wording import count

REPEATED = "the accelerator's memory did not suffice: computed on the CPU"
THREADS = torch.get_num_threads()  # at the start: jobs may take fewer for a while
LIGHT = {
    "&.MuiInputBase-root": {"color": "#fff"},
    "&.MuiInputBase-root::before": {"borderColor": "transparent !important"},
    "& .MuiSelect-icon": {"color": "#fff"},
    "& .MuiSelect-select": {"fontSize": "calc(12*var(--px,1px))"},
}
ALOUD = """
.MuiInputLabel-root { position: absolute; clip-path: inset(50%); color: #fff !important }
.MuiInput-root { margin-top: 0 !important }
"""  # the label is read aloud alone


def offers() -> dict[str, str]:
    """The devices of this machine, in words -> their names; one that has a twin also says its name."""
    known = available()
    words = [f"CPU, {count(THREADS, 'thread')}", *map(title, known[1:])]
    told = (word if words.count(word) == 1 else f"{word} ({device})" for word, device in zip(words, known, strict=True))
    return dict(zip(told, map(str, known), strict=True))


def usual() -> str | None:
    """The name of the device in use where nobody has chosen one; None where FINESCALE_DEVICE is wrong."""
    try:
        return str(find())
    except InputError:  # every run says why
        return None


def device_choice(session: Session) -> list[pmui.Select]:
    """The select of a page's device, in its header; none where there is no choice.

    Args:
        session: The page's.

    Returns:
        One or none.
    """
    offered, run = offers(), session.run
    if len(offered) == 1:
        return []
    select = pmui.Select(
        label=run.param.device.label, options=offered, value=run.device or usual(), variant="standard", size="small",
        width=150, margin=(2, 8), sx=LIGHT, stylesheets=[ALOUD],
    )  # fmt: skip
    select.param.watch(lambda event: setattr(run, "device", event.new), "value")
    return [select]
