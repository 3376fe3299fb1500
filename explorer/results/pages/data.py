"""The data sets: what is simulated and what is observed, and under which licence."""

from explorer.results.listed import Listed, data_sets
from explorer.results.page import Page

HEAD = ("key", "kind", "what", "dates", "source", "licence", "comes", "what it is not")

PAGE = Page(
    "Data sets and their licences",
    (
        """Every picture says whether its truth is **simulated** or **observed**; nothing simulated is ever called
anything else. What is observed is not in this repository: `finescale data fetch KEY`, or the button on the page, puts
it into the user's cache, checked by sha256; `FINESCALE_DATA` may name a folder that already holds it. The data keep
their licences. Of simulated runs the splits for training and validation are offered once they are made by `finescale
simulate`.""",
        Listed(HEAD, data_sets),
        """With `finescale[copernicus]` installed, and after `copernicusmarine login`, there is also the altimetry of
the Copernicus Marine Service for any day from 1993 to 2023, under its licence: free with attribution.""",
    ),
)
