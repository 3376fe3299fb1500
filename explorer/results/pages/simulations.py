"""How real the simulated runs are."""

from engine.simulate.ice_statistics import ice_statistics
from engine.simulate.statistics import ocean_statistics
from explorer.results.checked import Checked
from explorer.results.page import Page

ICE = ("ice_run_test_9.nc", "ice_run_test_10.nc")

PAGE = Page(
    "How real are the simulations?",
    (
        """## Ocean

Two-layer quasi-geostrophic jet with surface temperature. It has no coasts, tides, seasons or ageostrophic motion, and
its cyclones mirror its anticyclones. Bicubic interpolation of NATL60, a realistic simulation, is published with an
RMSE of 0.0672 m.""",
        Checked(ocean_statistics, ("ocean_run_test.nc",), "ocean"),
        """The training run (another seed, 360 days) is made again by `finescale simulate ocean --split train`: about
eleven minutes on one core.

## Sea ice

Brittle (Bingham-Maxwell). It has no coasts, one thickness category, ridges that slump above 2.2 m and a softened
elastic modulus. Observed deformation (RGPS) scales with an exponent of about -0.2.""",
        Checked(ice_statistics, ICE, "ice"),
        """`finescale simulate ice --split train` (and `validation`, `test`) makes the runs: three seconds a day where
a compiler is there. The shipped ones have seeds 9 and 10, which no method is trained on.""",
    ),
)
