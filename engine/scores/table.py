"""All scores of one estimate of one scene, as a small dataset of numbers that know their unit and their formula."""

from collections.abc import Iterator

import numpy as np
import xarray as xr

from engine import observation
from engine.derived import derive, names, per_km
from engine.errors import InputError
from engine.grid import Grid, gradient
from engine.scene import Scene
from engine.scores import pointwise
from engine.scores.bands import NAMES, Band, bands
from engine.scores.detail import detail, shares
from engine.scores.distribution import gradient_kurtosis, skewness
from engine.scores.ensemble import crps, spread_and_skill
from engine.scores.matching import finite, matched, valid_cells
from engine.scores.motion import motion_table
from engine.scores.reference import bicubic
from engine.scores.spectral import effective_resolution, spectra_or_none

ADDED, THERE = "recovered of the detail added", "recovered of the detail there"

# name -> (long name, better, LaTeX); x the estimate, y the truth, r the reference, H the degradation, z the input;
# R, E_a, E_t: see engine.scores.detail
FORMULAS = {
    "bias": ("mean error", "zero", r"\overline{x - y}"),
    "mae": ("mean absolute error", "lower", r"\overline{|x - y|}"),
    "rmse": ("root mean square error", "lower", r"\sqrt{\overline{(x - y)^2}}"),
    "correlation": ("correlation", "higher", r"\mathrm{cov}(x, y) / (\sigma_x \sigma_y)"),
    "crps": ("fair CRPS", "lower", r"\overline{|x_i - y|} - \sum_{ij} \overline{|x_i - x_j|} / 2M(M-1)"),
    "spread_skill": (
        "spread over skill",
        "one",
        r"\overline{\sigma^2}^{1/2} / (\overline{(m - y)^2 - \sigma^2 / M})^{1/2}",
    ),
    "relative_improvement": ("improvement over the reference", "higher", r"1 - \mathrm{RMSE}(x) / \mathrm{RMSE}(r)"),
    "odc_mu": ("ocean data challenge score", "higher", r"1 - \mathrm{RMS}(x - y) / \mathrm{RMS}(y)"),
    "odc_sigma": ("daily spread of that score", "lower", r"\mathrm{std}_t\, \mu(t)"),
    "gradient_rmse": ("RMSE of the gradient", "lower", r"\sqrt{\overline{|\nabla x - \nabla y|^2}}"),
    "vorticity_rmse": ("RMSE of the vorticity over f", "lower", r"\sqrt{\overline{(\zeta_x - \zeta_y)^2}} / f"),
    "skewness": ("skewness minus the truth's", "zero", r"\gamma_1(x) - \gamma_1(y)"),
    "gradient_kurtosis": ("kurtosis of the gradient over the truth's", "one", r"\beta_2(\nabla x) / \beta_2(\nabla y)"),
    "effective_resolution": ("effective resolution", "lower", r"2\pi / k:\; 1 - P_{x-y}(k) / P_y(k) = 1/2"),
    **{f"precision_{name}": (f"{ADDED}, {name} band", "higher", r"\sum R / \sum E_a") for name in NAMES[1:]},
    **{f"recall_{name}": (f"{THERE}, {name} band", "higher", r"\sum R / \sum E_t") for name in NAMES[1:]},
    "consistency": ("distance to the input", "lower", r"\sqrt{\overline{(Hx - z)^2}}"),
    "consistency_max": ("largest distance to the input", "lower", r"\max |Hx - z|"),
    "consistency_noise": (
        "distance to the input over its noise",
        "one",
        r"\sqrt{\overline{(Hx - z)^2} / \overline{\sigma^2}}",
    ),
}


def table(
    estimate: xr.Dataset | xr.DataArray,
    scene: Scene,
    reference: xr.Dataset | None = None,
    curves: xr.Dataset | None = None,
    edges: list[Band] | None = None,
) -> xr.Dataset:
    """Scores of an estimate; of images in a row those of motion (`engine.scores.motion.motion_table`).

    Members are averaged first, but for the fair CRPS and the spread over skill of two or more; skewness and kurtosis
    are those of the members, the first eight. Without a truth only the consistency is scored; a score that cannot be
    formed (no rectangle without land) is NaN or, where it makes no sense at all (no degradation known), absent. For the
    NaN policy see the package.

    Args:
        estimate: the field, or a dataset with it, (member?, time?, y, x) on the scene's grid.
        scene: the scene.
        reference: what `relative_improvement` is over; None: bicubic interpolation of the input.
        curves: the estimate's `spectra`, if they have been made already.
        edges: bands of the detail's precision and recall (`engine.scores.detail`), which are those of what the estimate
            adds to the reference; None: the scene's own below what the input resolves.

    Returns:
        0-d variables with attributes units, long_name, formula and better (higher, lower, zero or one).

    Raises:
        InputError: the estimate is not the scene's variable on the scene's grid.
    """
    if "lead" in scene.problem.target.coords and isinstance(estimate, xr.Dataset):
        return motion_table(estimate, scene)
    field = matched(estimate, scene)
    units = str(scene.problem.low[scene.variable].attrs["units"])
    out = {}
    members = (*_of_members(estimate, scene, units), *_texture(estimate, scene))
    for name, value, unit in (*_scores(field, scene, reference, curves, edges, units), *members):
        long_name, better, formula = _formula(name)
        attrs = {"units": unit, "long_name": long_name, "better": better, "formula": formula}
        out[name] = xr.DataArray(float(value), attrs=attrs, name=name)
    return xr.Dataset(out, attrs={"variable": scene.variable, "scene": scene.key})


def _scores(
    field: xr.DataArray,
    scene: Scene,
    reference: xr.Dataset | None,
    curves: xr.Dataset | None,
    edges: list[Band] | None,
    units: str,
) -> Iterator[tuple[str, float | xr.DataArray, str]]:
    """Name, value and units of every score the scene allows."""
    if scene.truth is not None:
        truth = scene.truth[scene.variable].astype(float)
        bare, bare_truth = _bare(field), _bare(truth)
        yield from _pointwise(bare, bare_truth, units)
        rival = matched(bicubic(scene.problem) if reference is None else reference, scene)
        yield "relative_improvement", pointwise.relative_improvement(bare, bare_truth, _bare(rival)), "1"
        yield from _derived(field, truth)
        yield "effective_resolution", _effective_resolution(field, scene, curves), "km"
        yield from _detail(field, scene, rival, bands(scene)[1:] if edges is None else edges)
    if scene.problem.observation is not None:
        rms, largest = consistency(field, scene)
        yield "consistency", rms, units
        yield "consistency_max", largest, units
        if scene.problem.observation.noise:
            yield "consistency_noise", consistency_in_noise(field, scene), "1"


def _pointwise(field: xr.DataArray, truth: xr.DataArray, units: str) -> Iterator[tuple[str, xr.DataArray, str]]:
    yield "bias", pointwise.bias(field, truth), units
    yield "mae", pointwise.mae(field, truth), units
    yield "rmse", pointwise.rmse(field, truth), units
    yield "correlation", pointwise.correlation(field, truth), "1"
    yield "odc_mu", pointwise.odc_mu(field, truth), "1"
    if "time" in truth.dims:
        yield "odc_sigma", pointwise.odc_sigma(field, truth), "1"


def _of_members(
    estimate: xr.Dataset | xr.DataArray, scene: Scene, units: str
) -> Iterator[tuple[str, float | xr.DataArray, str]]:
    members = estimate[scene.variable] if isinstance(estimate, xr.Dataset) else estimate
    if scene.truth is not None and members.sizes.get("member", 1) > 1:
        truth = scene.truth[scene.variable]
        spread, skill = spread_and_skill(members, truth)
        yield "crps", crps(members, truth), units
        yield "spread_skill", spread / skill if skill else float("nan"), "1"


def _texture(estimate: xr.Dataset | xr.DataArray, scene: Scene) -> Iterator[tuple[str, float | xr.DataArray, str]]:
    """Skewness and kurtosis of the estimate, or the mean of its first members', beside the truth's."""
    fields = estimate[scene.variable] if isinstance(estimate, xr.Dataset) else estimate
    if scene.truth is None or "time" in fields.dims:
        return
    truth = scene.truth[scene.variable]
    judged = finite(truth)
    members = (fields.isel(member=slice(8)) if "member" in fields.dims else fields.expand_dims("member")).where(judged)
    whole = bool((finite(members) | ~judged).all())
    skew, kurtosis = (
        float(np.mean([moment(member) for member in members])) if whole else float("nan")
        for moment in (skewness, gradient_kurtosis)
    )
    yield "skewness", skew - skewness(truth), "1"
    yield "gradient_kurtosis", kurtosis / gradient_kurtosis(truth), "1"


def _derived(field: xr.DataArray, truth: xr.DataArray) -> Iterator[tuple[str, float | xr.DataArray, str]]:
    """RMSE of the gradient vector and, for sea surface height, of the vorticity over f."""
    grid = Grid.of(truth)
    pairs = zip(gradient(field.values, grid), gradient(truth.values, grid), strict=True)
    errors = [pointwise.rmse(*(xr.DataArray(values, dims=truth.dims) for values in pair)) for pair in pairs]
    yield "gradient_rmse", 1000 * np.hypot(float(errors[0]), float(errors[1])), per_km(truth)
    if "vorticity" in names(str(truth.name)):
        zeta, zeta_true = (derive(values.rename(truth.name), "vorticity") for values in (field, truth))
        yield "vorticity_rmse", pointwise.rmse(_bare(zeta), _bare(zeta_true)), "1"


def _detail(
    field: xr.DataArray, scene: Scene, reference: xr.DataArray, edges: list[Band]
) -> Iterator[tuple[str, float | xr.DataArray, str]]:
    """How much of what was added is real, and how much of what was there is found, by band."""
    found = shares(detail(field, scene, edges, reference))
    for name, values in found.items():
        for band in values["band"].values:
            yield f"{name}_{band}", values.sel(band=band), "1"


def _formula(name: str) -> tuple[str, str, str]:
    """Long name, what is better and the formula of a score; also in a band of a person's own."""
    if name in FORMULAS:
        return FORMULAS[name]
    kind, _, band = name.partition("_")
    about, better, formula = FORMULAS[f"{kind}_{NAMES[-1]}"]
    return about.replace(f"{NAMES[-1]} band", f"{band.replace('_', ' to ')} km"), better, formula


def _bare(field: xr.DataArray) -> xr.DataArray:
    """The values without coordinates: checked once, they need not be aligned again for every score."""
    return xr.DataArray(field.values, dims=field.dims)


def _effective_resolution(field: xr.DataArray, scene: Scene, curves: xr.Dataset | None) -> float:
    """Wavelength in km; NaN where the region has no gap-free rectangle."""
    curves = spectra_or_none(field, scene) if curves is None else curves
    return float("nan") if curves is None else effective_resolution(curves["skill"])


def badness(values: np.ndarray, better: str) -> np.ndarray:
    """A number that is larger where a score is worse.

    Args:
        values: of a score, any shape.
        better: its attribute: higher, lower, zero or one.

    Returns:
        The same shape; NaN stays NaN.
    """
    if better == "lower":
        return values
    return -values if better == "higher" else np.abs(values - (better == "one"))


def consistency(estimate: xr.DataArray, scene: Scene) -> tuple[float, float]:
    """RMS and largest |H x - z| over the input's valid cells; noise in the input counts.

    Args:
        estimate: x, (time?, y, x) on the scene's grid.
        scene: the scene, with its degradation H and input z.

    Returns:
        (RMS, largest) in the field's unit; NaN where the estimate lacks a valid cell.

    Raises:
        InputError: the scene does not know its degradation.
    """
    residual = _residual(estimate, scene)
    residual = residual[np.isfinite(scene.problem.low[scene.variable].values)]
    return float(np.sqrt(np.mean(np.square(residual)))), float(np.abs(residual).max())


def consistency_in_noise(estimate: xr.DataArray, scene: Scene) -> float:
    """RMS of H x - z over the standard deviation of the input's noise: 1 is what the truth has.

    Args:
        estimate: x, (time?, y, x) on the scene's grid.
        scene: the scene, whose degradation has noise.

    Returns:
        The ratio; NaN where the estimate lacks a valid cell.

    Raises:
        InputError: the scene does not know its degradation, or its input has no noise.
    """
    residual, seen = _residual(estimate, scene), scene.problem.observation
    if seen is None or not seen.noise:
        raise InputError("The input has no noise that a distance to it could be told in units of.")
    there = np.isfinite(scene.problem.low[scene.variable].values)
    if not np.isfinite(residual[there]).all():
        return float("nan")
    return observation.in_noise(np.where(there, residual, np.nan), seen.noise)


def _residual(estimate: xr.DataArray, scene: Scene) -> np.ndarray:
    """H x - z on the input's grid; NaN everywhere where the estimate lacks a valid cell. Raises InputError."""
    if scene.problem.observation is None:
        raise InputError("The scene does not say how its input was made, so consistency cannot be judged.")
    low, valid = scene.problem.low[scene.variable], valid_cells(scene)
    if bool((~np.isfinite(estimate) & valid).any()):
        return np.full(low.shape, np.nan)
    return observation.residual(estimate.where(valid), low, scene.problem.observation)
