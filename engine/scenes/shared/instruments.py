"""The noise of real instruments, which the simulated truths state beside their published inputs free of noise.

Each is the error that differs from cell to cell: what a whole scene has in common is no noise of this kind.
"""

from engine.observation.noise import Instrument

# Of heights at 1 Hz along a track; SWOT is required to have no more than 2.7 cm in cells of 1 km (Chelton et al. 2022,
# doi:10.1175/JTECH-D-21-0167.1), which means over larger cells reduce and maps between tracks raise again.
ALTIMETER = Instrument(
    0.02, "altimeters: about 2 cm along the track (Dufau et al. 2016, doi:10.1002/2015JC010904)"
)  # fmt: skip
# In means over some 50 km, which see through clouds; an infrared radiometer has 0.16 K, where it sees anything.
MICROWAVE = Instrument(
    0.42, "the microwave radiometer AMSR-E: 0.42 K (O'Carroll et al. 2008, doi:10.1175/2007JTECHO542.1)"
)  # fmt: skip
# A round number of their order: cells of 25 km are worse than those that many tracks, or SMOS, see.
MERGED_ICE = Instrument(
    0.10, "CryoSat-2 and SMOS merged: of the order of 10 cm (Ricker et al. 2017, doi:10.5194/tc-11-1607-2017)"
)  # fmt: skip
# The standard deviation at homogeneous sites under a clear sky; emissivity adds what is common to a cover.
THERMAL = Instrument(
    0.5, "MODIS land surface temperature: about 0.5 K (Wan 2014, doi:10.1016/j.rse.2013.08.027)"
)  # fmt: skip
