"""The methods: where each comes from, and what its training took."""

from functools import partial

from explorer.results.listed import Listed, all_methods
from explorer.results.page import Page

HEAD = ("key", "what", "source", "training, one core")

PAGE = Page(
    "Methods",
    (
        """Weights ship in `assets/weights/`, each with a card: command, data, seed, scores, minutes, sha256. What the
methods score is told by the other pages.

## A finer field""",
        Listed(HEAD, partial(all_methods, "resolution")),
        """`spectral_liif` and `any_observation` learned from two runs of the ocean, `ssh_generator` from a third
(`finescale simulate ocean --split train --seed 4 --days 132 --every-days 3`). `jiif`, `liif`, `resac_sst`, `fno_16` and
`fno_48` are from before the averaging of weights forgot its start: their commands give not quite the same weights.
`any_observation`, `ssh_generator`, `mrunet_above`, `mrunet_few`, `mrunet_here`, `disr` and `disr_free` are the averaged
weights that validated best; the others are of their last step.

## Motion between images""",
        Listed(HEAD, partial(all_methods, "motion")),
    ),
)
