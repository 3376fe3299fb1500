"""Stories: addresses worth opening, each with a picture and a sentence. What a newcomer meets first."""

from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path

PICTURES = Path(__file__).resolve().parents[2] / "assets" / "stories"  # made by tests/browser/screenshot.py


@dataclass(frozen=True)
class Story:
    """One of them. name: of its picture; query: its address, without the question mark."""

    name: str
    title: str
    sentence: str
    query: str

    @property
    def picture(self) -> str:
        """Its picture as an address that holds it; empty where there is none."""
        path = PICTURES / f"{self.name}.png"
        return "data:image/png;base64," + b64encode(path.read_bytes()).decode() if path.is_file() else ""


OCEAN = "source=ocean_run&time=2005-01-21&factor=27&stage=swipe&quantity=vorticity"
ICE = "source=ice_run&quantity=field&stage=swipe&shown=estimate,truth&run=true"
STORIES = (
    Story(
        "bicubic",
        "What bicubic cannot know",
        "Sixteen by sixteen numbers make smooth hills. Right of the line is what was there: every filament is missing.",
        f"{OCEAN}&method=bicubic&shown=estimate,truth",
    ),
    Story(
        "temperature",
        "What the temperature tells",
        "The same numbers with a picture of the temperature: most filaments are back, and most of them are real.",
        f"{OCEAN}&method=spectral_liif&shown=estimate,truth",
    ),
    Story(
        "invented",
        "Who invents what",
        "A network without the temperature beside one that has it: blue was there, red is made up, grey was missed.",
        f"{OCEAN}&method=resac&method_b=spectral_liif&shown=detail,b:detail",
    ),
    Story(
        "members",
        "One member, and the mean of all",
        "Every member of the generator has leads; they are not where the truth has its own, and the mean has none.",
        f"{ICE}&method=ice_generator&m.members=4&member=1",
    ),
    Story(
        "variogram",
        "The right variogram, the wrong places",
        "Temperature of the land from random fields: every scale has its power, and nothing is where it was.",
        "source=lst_run&quantity=field&stage=swipe&shown=estimate,truth&run=true&method=conditional_simulation&member=1",
    ),
    Story(
        "noise",
        "Noise changes the order",
        "Two centimetres of noise on the input: the bare network, left, draws it; the same network, right, is asked "
        "through optimal interpolation.",
        "source=ocean_run&time=2005-01-21&factor=9&noise=0.02&stage=swipe&quantity=vorticity&method=spectral_liif"
        "&m.through=never&method_b=spectral_liif&b.through=always&shown=estimate,b:estimate",
    ),
    Story(
        "descent",
        "4D-Var descends",
        "The flow that carries the rain, found by descending a cost: watch it step by step, then judge the forecast.",
        "page=motion&method=fourdvar&run=true",
    ),
    Story(
        "sea",
        "A real sea",
        "Altimetry of the western Mediterranean: a coarser grid of it, and what the finer one has beside the coast.",
        "source=altimetry_med&method=bicubic&quantity=field&stage=swipe&shown=estimate,truth",
    ),
)
