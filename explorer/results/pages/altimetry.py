"""Real altimetry: what weights that were trained on a simulation are worth there."""

from explorer.results.page import Page
from explorer.results.scored import Column, Row, Scored, Selection

BASINS = ("basin", "algerian", "ionian", "levantine", "tyrrhenian")
THROUGH = {"through": "always"}
ROWS = (
    Row("bicubic", "bicubic"),
    Row("bicubic, consistent", "bicubic", {"consistent": True}),
    Row("optimal interpolation", "optimal_interpolation"),
    Row("LIIF, trained at x25 to x28", "liif"),
    Row("LIIF through optimal interpolation", "liif", THROUGH),
    Row("RESAC", "resac"),
    Row("RESAC through optimal interpolation", "resac", THROUGH),
    Row("JIIF without its guide", "jiif", {"guided": False}),
    Row("JIIF without its guide, through optimal interpolation", "jiif", {"guided": False, **THROUGH}),
    Row("any observation", "any_observation"),
)

PAGE = Page(
    "Real altimetry",
    (
        """Observed: `altimetry_med`, Mediterranean, 1/8 degree. Weights that were trained on a simulated ocean of 4 km
cells: the RMSE against bicubic's. Optimal interpolation takes its covariance from the input itself here: that of the
simulated ocean is taken for cells like its own alone.""",
        Scored(
            (Selection("altimetry_med", regions=BASINS, factor=9),),
            ROWS,
            tuple(Column(name, ("rmse",), "{:+.1f} %", over="rmse", change=True, region=name) for name in BASINS),
        ),
        """There is no fine temperature beside these maps: only methods that need none are here. The maps resolve
wavelengths of about 130 km (Ballarotta et al. 2019, doi:10.5194/os-15-1091-2019): what is finer in this truth is the
smoothness of the mapping, not the sea. The network for any observation was trained on the simulated ocean's cells of
4 km and says so: here it is outside its training, and worse than bicubic in one of five regions. In the whole basin,
where six cells in ten are land, LIIF through optimal interpolation is worse than optimal interpolation alone.""",
    ),
)
