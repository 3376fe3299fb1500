# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#       jupytext_version: 1.19.6
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 7. Land surface temperature
#
# *Deep Learning and Geophysical Dynamics, seventh notebook. Less than a minute of computing on two cores.*
#
# A thermal sensor sees pixels of a kilometre; a field of maize has a hundred metres. What is finer has to come from
# somewhere: from another image that is fine (**sharpening**, **dual-image** super-resolution, DISR), or from the
# temperature itself (**single-image**, SISR). Both are usually learned **one scale up**, where a truth can be had by
# averaging, and used below: a *hypothesis of scale invariance*. Here it is measured.
#
# | question | here | section |
# |---|---|---|
# | What is the **problem**? | temperature over 4 x 4 cells → temperature of each, with or without a fine vegetation index | 1 |
# | What is the **split**? | by place: the north of one scene is trained, its south is held out; another city quarter, another month | 3, 5 |
# | What is the **criterion**? | least squares over coarse cells, over details, over fine ones; or none that needs a fine truth | 2-4 |
# | Which **approaches** are compared? | TsHARP, DisTrad, ATPRK, regression of details; MRUNet, DISR with and without fine truth | 2-5 |
# | Which **metrics** judge? | RMSE, distance to the input, statistics from scale to scale | all |
#
# Every number in the text is stated once more by an `assert`. Sections 3 to 5 look at observed scenes; where they are not
# on this machine, `finescale data fetch lst_tvdi` and `finescale data fetch lst_ecostress` get them (8 and 35 MB).

# %%
import cmocean.cm as cmo
import matplotlib.pyplot as plt
import numpy as np
import torch

from engine import hypothesis, methods, scenes, scores
from engine.observation.kernels import BlockMean, RadianceMean
from engine.grid import Grid
from engine.scores.scales import averaged

plt.rcParams.update(
    {
        "figure.constrained_layout.use": True,
        "figure.dpi": 100,
        "font.size": 10,
        "axes.titlesize": 10,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "legend.frameon": False,
    }
)


def draw(ax, field, cmap, limits, title=""):
    """One map."""
    x0, x1, y0, y1 = Grid.of(field).extent
    image = ax.imshow(
        field, origin="lower", extent=(x0, x1, y0, y1), cmap=cmap, vmin=limits[0], vmax=limits[1],
        interpolation="nearest",
    )  # fmt: skip
    ax.set(title=title, xticks=[], yticks=[])
    return image


def rmse(estimate, scene) -> float:
    return float(scores.rmse(estimate["lst"], scene.truth["lst"]))


# %% [markdown]
# ## 1. What a large pixel sees
#
# Radiance adds up, temperature does not: a pixel sees the mean of $T^4$ (Stefan-Boltzmann). Over mixed cells that is
# warmer than the mean temperature, a little.

# %%
land = scenes.open("lst_run", time="country 1", factor=4)
truth, low, index = land.truth["lst"], land.problem.low["lst"], land.problem.guides["ndvi"]

fine = torch.as_tensor(truth.values)
warmer = RadianceMean(4, 0.4).apply(fine) - BlockMean(4, 0.4).apply(fine)
print(f"mean radiance against mean temperature: {float(warmer.mean()):+.3f} K, at most {float(warmer.max()):+.2f} K")
assert 0 < float(warmer.mean()) < 0.2
assert float(warmer.min()) > -1e-3  # Jensen: never colder

fig, axes = plt.subplots(1, 3, figsize=(11, 3.4))
limits = (float(truth.min()), float(truth.max()))
draw(axes[0], low, cmo.thermal, limits, "what is given: 400 m")
shown = draw(axes[1], truth, cmo.thermal, limits, "what is wanted: 100 m")
fig.colorbar(shown, ax=axes[1], label="K")
shown = draw(axes[2], index, cmo.speed, (-0.2, 0.9), "a guide: NDVI, 100 m")
fig.colorbar(shown, ax=axes[2]);

# %% [markdown]
# ## 2. Sharpening: a line through coarse cells
#
# Plants evaporate: where NDVI is high, it is cool. **TsHARP** fits $T = a_0 + a_1 N$ over the coarse cells and uses the
# line below; what it leaves is handed back as it is. **DisTrad** takes a parabola; **ATPRK** brings the rest down by
# kriging from areas to points. Our land has five covers with a line each, so that one line is too few.

# %%
SHARPENERS = ("bicubic", "tsharp", "distrad", "atprk", "atprk_local", "detail_regression")


def compared(scene) -> dict[str, float]:
    """Key -> RMSE in K of every sharpener."""
    errors = {key: rmse(methods.create(key).predict(scene.problem), scene) for key in SHARPENERS}
    for key, error in errors.items():
        print(f"{methods.METHODS[key].title:26s} {error:.2f} K, {error / errors['bicubic']:.2f} of bicubic")
    return errors


errors = compared(land)
assert max(errors["tsharp"], errors["atprk"]) < 0.7 * errors["bicubic"]
assert errors["atprk"] < errors["tsharp"]

coarse = BlockMean(4, 0.4).apply(torch.as_tensor(index.values))
fig, ax = plt.subplots(figsize=(4.6, 3.4))
ax.plot(coarse.flatten(), low.values.ravel(), ".", ms=2, alpha=0.4, label="cells of 400 m")
slope, start = np.polyfit(coarse.flatten(), low.values.ravel(), 1)
span = np.array([-0.2, 0.9])
ax.plot(span, start + slope * span, lw=2, label=f"TsHARP: {slope:.0f} K per unit")
ax.set(xlabel="NDVI", ylabel="temperature (K)")
ax.legend(fontsize=8);

# %% [markdown]
# ## 3. The same on a real oasis: a line of the wrong scale
#
# Landsat over an oasis at the foot of mountains, 480 m to 120 m. What ought to be easy fails: TsHARP is worse than
# interpolation. The statistics across scales say why. The slope of whole fields is the same at every scale, 38 to 41 K
# per unit of NDVI: it is that of oasis against desert. The slope of *details*, of what neighbours differ by, falls from
# 29 K at 480 m to 14 K at 120 m: a hedge is not a small oasis, and the thermal sensor blurs it.

# %%
here = {key: scenes.get(key).available for key in ("lst_tvdi", "lst_ecostress")}
factor = 4
if here["lst_tvdi"]:
    oasis = scenes.open("lst_tvdi", region="south", factor=factor)
    assert oasis.split == "test"
    errors = compared(oasis)
    assert errors["detail_regression"] < min(errors[key] for key in SHARPENERS[:-1])
    if factor == 4:
        assert errors["tsharp"] > errors["bicubic"]
        assert errors["detail_regression"] < 0.6 * errors["bicubic"]

    across = scores.across_scales(oasis.truth["lst"], oasis.problem.guides["ndvi"])
    whole, details = across["guide_slope"], across["detail_slope"]
    print("slopes on NDVI, K:", *(f"{float(at):.2f} km {float(a):.0f}, details {float(b):.0f};" for at, a, b in zip(across["scale"], whole, details)))
    assert -42 < float(whole.min()) < float(whole.max()) < -37
    assert float(details[0] / details[2]) < 0.5
    fig, ax = plt.subplots(figsize=(4.6, 3.2))
    ax.semilogx(across["scale"], whole, "o-", label="whole fields")
    ax.semilogx(across["scale"], details, "o-", label="details")
    ax.set(xlabel="width of a cell (km)", ylabel="slope on NDVI (K)")
    ax.legend();

# %% [markdown]
# **Regression of details** is our answer, and needs no training: fit the slope where it is used, between details
# $\Delta T = T - UHT$ and $\Delta N$, one scale up in the same scene; with a kernel of 3 x 3 cells, as the two sensors blur
# differently; and pull it to zero, as the next scale has less of it. It is told nothing of the fine temperature.

# %% [markdown]
# ## 4. Two images and a network
#
# **DISR** corrects the interpolated temperature by a U-Net that also sees the index; trained on fine temperatures of the
# north of the scene, judged in the south. Where no fine temperature exists at all, the **scale-invariance-free** loss
# asks for two things that need none: averaged, the prediction is what was seen, and its gradient is minus half that of
# the index.

# %%
if here["lst_tvdi"]:
    found = {key: methods.create(key).predict(oasis.problem) for key in ("bicubic", "disr", "disr_free")}
    for key, estimate in found.items():
        print(f"{methods.METHODS[key].title:26s} {rmse(estimate, oasis) / errors['bicubic']:.2f} of bicubic")
    assert factor != 4 or rmse(found["disr"], oasis) < 0.75 * errors["bicubic"]  # it has seen x4 alone

    fig, axes = plt.subplots(1, 4, figsize=(13, 2.6))
    part = {"y": slice(20, 80), "x": slice(60, 160)}
    detail = oasis.truth["lst"].isel(part)
    limits = (float(detail.min()), float(detail.max()))
    for ax, (title, field) in zip(
        axes,
        {
            "bicubic": found["bicubic"]["lst"], "DISR": found["disr"]["lst"],
            "regression of details": methods.create("detail_regression").predict(oasis.problem)["lst"],
            "truth": oasis.truth["lst"],
        }.items(),
        strict=True,
    ):  # fmt: skip
        draw(ax, field.isel(part), cmo.thermal, limits, title)

# %% [markdown]
# ## 5. One image, and the hypothesis
#
# Over Los Angeles ECOSTRESS sees 70 m. **MRUNet** is trained on the western half: one scale up, as one has to where no
# fine truth exists (280 m from 1.1 km), and at the scale of its use (70 m from 280 m). The east, in August, is judged.
# What the first loses against the second is the price of the hypothesis. Not all of it is the scale's: one scale up there
# are sixteen times fewer pixels, and a third network, trained at 70 m on as few, tells the two apart.
#
# The **correction** uses what is known of the change from scale to scale: how much two points differ by their distance,
# the variogram (half the structure function of the tab *Scales*), is measured between the input's cells and brought
# *down* to points, within cells too. Kriging with it is the best linear estimate at this scale, and half of it is mixed
# into what the network learned at another. It helps that network alone: it takes 12 to 29 % of the loss away on the six
# test scenes (three places, two dates), where it adds 0.001 K to the error of one that was trained here.

# %%
if here["lst_ecostress"]:
    city = scenes.open("lst_ecostress", region="pomona", time="2023-08-05 18:27:15", factor=4)
    *_, cost = hypothesis.measured(city)
    for name in hypothesis.VARIANTS:
        print(f"{cost[name].attrs['long_name']:40s} {float(cost[name]):.4f} K")
    loss, scale, removed = (float(cost[name]) for name in ("loss", "scale", "removed"))
    print(f"price of the hypothesis {loss:.4f} K, of it the scale's {scale:.4f} K; the correction removes {removed:.0%}")
    assert float(cost["here"]) < float(cost["bicubic"])
    if city.split == "test":  # both overpasses of August, by day
        assert 0 < scale < loss
        assert 0.1 < removed < 1
        corrected_here = methods.create("mrunet", trained="at this scale", corrected=True).predict(city.problem)
        assert float(cost["here"]) - rmse(corrected_here, city) < 0.2 * removed * loss

    across, moments = scores.across_scales(city.truth["lst"]), scores.structure_function(city.truth["lst"])
    fig, axes = plt.subplots(1, 3, figsize=(11, 3))
    axes[0].loglog(moments["lag"], moments, "o-")
    axes[0].set(xlabel="distance (km)", title="structure function (K$^2$)")
    for f in (1, 4, 16):
        power = scores.power_spectrum(averaged(city.truth["lst"], f))
        axes[1].loglog(power["wavenumber"], power, label=f"{f * float(across['scale'][0]):.2f} km")
    axes[1].set(xlabel="wavenumber (cycles per km)", title="spectra of the field at three scales")
    axes[1].legend()
    axes[2].semilogx(across["scale"], across["flatness"], "o-")
    axes[2].set(xlabel="width of a cell (km)", title=across["flatness"].attrs["long_name"])

# %% [markdown]
# How far the variogram reaches hardly matters: what counts is that it is one of points. And other corrections by the
# statistics across scales do not help. Two gains, on what the network adds and on the contrast of the interpolated field,
# fitted one scale up in the scene, add 7 % to the loss on the six test scenes; carried down by
# the ratio by which the differences of neighbours, or the details per octave, fall from scale to scale, 7 % too;
# continued along their trend over two scales, 24 %. Even gains fitted to the truth take away no more than 4 % on any of
# these scenes: the network has the gains of this scale already, and what it lacks is another shape of details.

# %% [markdown]
# ## 6. Energy
#
# Whatever a method adds, the mean radiance of every large pixel was measured. The projection $x + U(y - Hx)$ gives it
# back; as $H$ is linear in $T^4$ and nearly so in $T$, three rounds are enough.

# %%
for key in ("tsharp", "bicubic"):
    for consistent in (False, True):
        estimate = methods.create(key, consistent=consistent).predict(land.problem)
        away = RadianceMean(4, 0.4).apply(torch.as_tensor(estimate["lst"].values)).numpy() - low.values
        print(f"{key:8s} projected: {consistent!s:5s} RMSE {rmse(estimate, land):.2f} K, away from the input by {np.abs(away).max():.4f} K")
    assert np.abs(away).max() < 0.05

# %% [markdown]
# ### Change this and look
#
# 1. `factor = 8` in section 3: TsHARP is no worse than interpolation now. What do the slopes say to that? And `factor = 2`:
#    what becomes of DISR in section 4, which has seen x4 alone?
# 2. `methods.create("detail_regression", pull=0)`: the hypothesis without any caution. And `pull=10`?
# 3. Another date of `lst_ecostress` (`scenes.get("lst_ecostress").times`): at night there is hardly a price.
# 4. Water is cool by day and has a low NDVI. Switch `dry_only=False` in TsHARP for `lst_run`, and look at the lakes and
#    at their shores.
