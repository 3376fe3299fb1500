"""Sea surface height: the ocean run at three factors."""

from explorer.results.page import Page
from explorer.results.scored import Column, Row, Scored, Selection

BICUBIC = Row("bicubic", "bicubic", published="0.0672 m, 1")
CONSISTENT = Row("bicubic, consistent", "bicubic", {"consistent": True})
OI = Row("optimal interpolation", "optimal_interpolation")
COKRIGING = Row("co-kriging with SST", "cokriging")
RESAC = Row("RESAC", "resac", published="0.0611 m, 0.91")
RESAC_SST = Row("RESAC with SST", "resac_sst", published="0.0418 m, 0.62")
JIIF = Row("JIIF, trained at x9", "jiif", published="0.0704 m, 1.05")
UNGUIDED = Row("JIIF without its guide", "jiif", {"guided": False})
LIIF = Row("LIIF, trained at x25 to x28", "liif", published="0.0650 m, 0.97")
OURS = Row("**ours** (`spectral_liif`)", "spectral_liif")
FNO = (
    Row("FNO, trained at 16 cells", "fno", {"trained_at": 16}, published="0.262 m"),
    Row("FNO, trained at 48 cells", "fno", {"trained_at": 48}, published="0.199 m"),
    Row("FNO, trained at 144 cells", "fno", published="0.177 m"),
)
ALL = (BICUBIC, CONSISTENT, OI, COKRIGING, *FNO, JIIF, LIIF, RESAC, RESAC_SST, OURS)

RMSE = Column("RMSE (mean of daily)", ("rmse",), "{:.4f} m")
RATIO = Column("over bicubic's", ("rmse",), "{:.2f}", over="rmse")
RESOLUTION = Column("effective resolution", ("effective_resolution",), "{:.0f} km")
VORTICITY = Column("RMSE of vorticity over f", ("vorticity_rmse",), "{:.3f}")
COLUMNS = (RMSE, RATIO, RESOLUTION, VORTICITY)

REPORT = "Le Goff's report: NATL60, four months of 2008, 16 x 16 to 432 x 432, RMSE and its ratio to bicubic's"
FINER = (BICUBIC, CONSISTENT, OI, COKRIGING, JIIF, UNGUIDED, LIIF, RESAC, RESAC_SST, OURS)

BARE = {"through": "never"}
NOISY = (
    BICUBIC, OI, COKRIGING,
    Row("RESAC, bare", "resac", BARE), Row("RESAC", "resac"),
    Row("RESAC with SST, bare", "resac_sst", BARE), Row("RESAC with SST", "resac_sst"),
    Row("JIIF, bare", "jiif", BARE), Row("JIIF", "jiif"),
    Row("ours, bare", "spectral_liif", BARE), OURS,
)  # fmt: skip


def _unpublished(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """The same rows at a factor for which nobody printed a number."""
    return tuple(Row(row.title, row.method, row.settings) for row in rows)


PAGE = Page(
    "Sea surface height",
    (
        """## x27: 16 x 16 cells of 108 km to 432 x 432 cells of 4 km

Simulated truth: `ocean_run`, dates of a run that no method is trained on.""",
        Scored(
            (Selection("ocean_run", factor=27),),
            ALL,
            COLUMNS,
            published_by=REPORT,
        ),
        """The published numbers are from another ocean (NATL60, a realistic simulation, other years to train and to
test); ours is quasi-geostrophic, and its temperature tells more about its currents. Compare the ratios, not the
metres. FNO sees no height at all (of the coarse height the mean alone), and was not trained at 432 cells, which the
machine that trained it could not afford.

Without the vorticity in its loss and with LIIF's linear weights ours left a fine grain: vorticity RMSE 0.141,
effective resolution 43 km. It needed two training runs of the ocean, with different seeds, to generalise.

## x9 and x3""",
        Scored((Selection("ocean_run", factor=9),), _unpublished(FINER), COLUMNS),
        Scored((Selection("ocean_run", factor=3),), _unpublished(FINER), COLUMNS),
        """JIIF is best at the factor it was trained at, as published (0.0704 m at x27, 0.0620 m at x9, 0.0671 m at
x3); LIIF was trained at x25 to x28 alone, and loses to bicubic below. Ours makes the smallest error at x27 and x9 and
has the best vorticity at x27; at x9 RESAC with SST has it by a hair, and at x3, which ours saw in one batch of six,
RESAC with SST is better.

## The same with 2 cm of noise

An input free of noise flatters: none of the networks was trained with any, and bare they are worse than bicubic at
x9 and x3. Optimal interpolation and co-kriging are told how large the noise is, and through them so is a network:
it refines means over blocks of the linear estimate, and the input corrects its answer.""",
        *(
            Scored((Selection("ocean_run", factor=factor, noise=0.02),), _unpublished(NOISY), COLUMNS)
            for factor in (27, 9, 3)
        ),
    ),
)
