"""Scores: how good an estimate is, cell by cell, scale by scale, and against its own input.

What a NaN means. Where the truth is NaN (land, missing) nothing is judged, and what the estimate holds there never
matters. Where the truth is valid (or, without a truth, inside the target's mask) the estimate must be finite: if a
single cell is NaN or infinite, the score is NaN, and so is every spectrum; no cell is ever dropped to make a score
possible. A grid, shape or variable other than the scene's is an InputError. Spectra use the largest rectangle without
land (`engine.scores.spectral`), for every curve the same.
"""

from engine.scores.bands import Band, band_power, band_power_ratio, band_skill, bands, bands_between
from engine.scores.detail import agreement, detail, shares
from engine.scores.distribution import densities, gradient_kurtosis, skewness
from engine.scores.ensemble import crps, probability, rank_histogram, reliability, spread_and_skill
from engine.scores.failure import Failure, diagnose
from engine.scores.motion import angular_error, endpoint_error, forecast_rmse, relative_endpoint_error
from engine.scores.part import part
from engine.scores.pointwise import bias, correlation, mae, odc_mu, odc_sigma, relative_improvement, rmse
from engine.scores.reference import bicubic
from engine.scores.scales import RELATIONS, STATISTICS, across_scales, structure_function
from engine.scores.spectral import (
    coherence,
    effective_resolution,
    power_spectrum,
    spectra,
    spectra_or_none,
    spectral_slope,
)
from engine.scores.table import FORMULAS, badness, consistency, consistency_in_noise, table

__all__ = [
    "FORMULAS", "RELATIONS", "STATISTICS", "Band", "Failure", "across_scales", "agreement", "angular_error",
    "badness", "band_power", "band_power_ratio", "band_skill", "bands", "bands_between", "bias", "bicubic", "coherence",
    "consistency", "consistency_in_noise", "correlation", "crps",
    "densities", "detail", "diagnose", "effective_resolution", "endpoint_error",
    "forecast_rmse", "gradient_kurtosis", "mae", "odc_mu", "odc_sigma", "part", "power_spectrum", "probability",
    "rank_histogram", "relative_endpoint_error", "relative_improvement", "reliability", "rmse", "shares", "skewness",
    "spectra", "spectra_or_none", "spectral_slope", "spread_and_skill", "structure_function", "table",
]  # fmt: skip
