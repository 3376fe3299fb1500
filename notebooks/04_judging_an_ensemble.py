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
# # 4. Judging an ensemble
#
# *Deep Learning and Geophysical Dynamics, fourth notebook. Less than a minute of computing on two cores.*
#
# A diffusion model gives no answer, it gives *many*: members, each a thickness that the ice could have had. What is a
# good set of members? Not one whose members are all close to the truth, and not one whose mean is. This notebook judges
# three ensembles with the same scores and shows what each score sees, and what it does not.
#
# | question | here | section |
# |---|---|---|
# | What is the **problem**? | sea-ice thickness through a 120 km box → thickness at 4 km, 256 × 256 cells | 1 |
# | What is the **split**? | by simulation run: the generator has never seen these two seeds | 1 |
# | What is the **criterion**? | none is minimised here; everything is judged | |
# | Which **approaches** are compared? | our generator; climatology; the input with noise of the right variance | 1 |
# | Which **metrics** judge? | fair CRPS, spread over skill, rank histogram, reliability, spectra | 2, 3, 4, 5 |
#
# Every number in the text is stated once more by an `assert`. The cells under *Change this and look* break nothing.

# %%
import cmocean.cm as cmo
import matplotlib.pyplot as plt
import numpy as np
import xarray as xr

from engine import methods, scenes, scores
from engine.grid import Grid

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


def draw(ax, field, cmap=cmo.ice, limits=(0, 2.6), title=""):
    """One map, its cells drawn as they are; returns the image, for a colour bar."""
    grid = Grid.of(field)
    image = ax.imshow(
        field, origin="lower", extent=grid.extent, cmap=cmap, vmin=limits[0], vmax=limits[1], interpolation="none"
    )
    ax.set_title(title)
    ax.spines[:].set_visible(True)
    ax.set(xlabel="x (km)", ylabel="y (km)")
    ax.label_outer()
    return image


# %% [markdown]
# ## 1. Three ensembles
#
# `ice_run` is **simulated**: brittle ice under random weather, broken by faults and leads. Two runs are shipped that no
# method was trained on. The input is the thickness (and concentration, divergence, shear) seen through a box of 120 km:
# the leads are gone. Three ways to make eight members of it:
#
# - **generator**: `ice_generator`, our diffusion model: noise becomes an anomaly, given the input;
# - **climatology**: the input plus anomalies of *other* dates, of the training runs: real leads in the wrong places;
# - **noise**: the input plus white noise of the anomalies' own variance: nobody's ice.
#
# The input is free of noise, and a box lets some of the fine scales through (its side lobes). The generator has learned
# to read them; a real instrument's noise would hide them. So it does better here than it would outside.

# %%
MEMBERS = 8
run = [run for run in scenes.get("ice_run").runs() if run.split == "test"][-1]
scene = scenes.open("ice_run", time=run.times[8])
truth, low = scene.truth["thickness"], scene.problem.low["thickness"]
print(f"{scene.kind.upper()}, {run.path.stem}, {scene.time}; split: {scene.split}")
assert scene.split == "test"

generator = methods.create("ice_generator", members=MEMBERS)
climatology = methods.create("ice_climatology", members=MEMBERS)
ensembles = {
    "generator": generator.predict(scene.problem)["thickness"],
    "climatology": climatology.predict(scene.problem)["thickness"],
}
variance = float((ensembles["climatology"] - low).var())
noise = np.random.default_rng(0).normal(0, variance**0.5, (MEMBERS, *truth.shape))
ensembles["noise"] = ensembles["climatology"].copy(data=(low.values + noise).astype(np.float32))
COLOURS = {"generator": "#0072B2", "climatology": "#E69F00", "noise": "#D55E00"}

fig, axes = plt.subplots(2, 4, figsize=(14, 7), sharex=True, sharey=True)
draw(axes[0, 0], low, title="Input")
draw(axes[1, 0], truth, title="Truth")
for column, (name, members) in zip(axes.T[1:], ensembles.items()):
    draw(column[0], members[0], title=f"{name}: one member")
    image = draw(column[1], members.mean("member"), title=f"{name}: mean of {MEMBERS}")
fig.colorbar(image, ax=axes, label="thickness (m)", extend="both", shrink=0.8)
fig.suptitle(f"SIMULATED ice, {scene.time}")
plt.show()

# %% [markdown]
# ## 2. CRPS: one number for a whole ensemble
#
# For one number $x$ the absolute error is $|x - y|$. For members $x_1 \ldots x_M$ the continuous ranked probability
# score takes off what their differences among themselves deserve:
#
# $$\mathrm{CRPS} = \frac{1}{M}\sum_i |x_i - y| - \frac{1}{2 M (M-1)} \sum_{i \ne j} |x_i - x_j|.$$
#
# It is in metres, it is the absolute error where all members agree, and no ensemble can win by lying: in expectation it
# is smallest for members drawn from the truth's own distribution. The $M - 1$ makes it *fair*: with $M$ in its place,
# small ensembles would be punished for being small.

# %%
reference = float(scores.mae(low, truth))
table = {name: scores.table(members.to_dataset(name="thickness"), scene) for name, members in ensembles.items()}
print(f"absolute error of the input alone: {reference:.3f} m")
for name, values in table.items():
    print(f"{name:12s} fair CRPS {float(values['crps']):.3f} m, {float(values['crps']) / reference:.2f} of it")

members = ensembles["generator"].values
by_hand = np.abs(members - truth.values).mean(0) - sum(
    np.abs(members[i] - members[j]) for i in range(MEMBERS) for j in range(MEMBERS)
) / (2 * MEMBERS * (MEMBERS - 1))
assert np.isclose(by_hand.mean(), float(table["generator"]["crps"]), rtol=1e-5), "the formula above"
assert float(table["generator"]["crps"]) < 0.95 * float(table["climatology"]["crps"]), "the input tells something"
assert float(table["climatology"]["crps"]) < reference, "even wrong leads beat no leads"

biased = np.abs(members - truth.values).mean(0) - sum(
    np.abs(members[i] - members[j]) for i in range(MEMBERS) for j in range(MEMBERS)
) / (2 * MEMBERS**2)
print(f"with M for M - 1 the generator would score {biased.mean():.3f} m: the more, the fewer members it has")

# %% [markdown]
# Climatology already takes a quarter off. Whoever reports a CRPS without it reports mostly that there *is* a spread.
#
# ## 3. Spread and skill
#
# Members are to differ from each other as much as the truth differs from them: then their standard deviation is the
# error of their mean, up to what a mean of $M$ members errs by chance. Both are in the figure, cell by cell, in bins of
# the spread: a reliable ensemble lies on the diagonal, not only on average.

# %%
fig, axes = plt.subplots(1, 2, figsize=(12, 4.2))
for name, members in ensembles.items():
    spread, skill = scores.spread_and_skill(members, truth)
    print(f"{name:12s} spread {spread:.3f} m, error of the mean {skill:.3f} m, ratio {spread / skill:.2f}")
    variance = members.var("member", ddof=1).values.ravel()
    error = ((members.mean("member") - truth) ** 2).values.ravel() - variance / MEMBERS
    order = np.argsort(variance).reshape(16, -1)
    sizes = variance[order].mean(1) ** 0.5, np.sqrt(np.maximum(error[order].mean(1), 0))
    axes[0].plot(*sizes, "o-", ms=4, color=COLOURS[name], label=name)
axes[0].plot([0, 0.6], [0, 0.6], color="0.5", ls="--", lw=1)
axes[0].set(xlabel="spread (m)", ylabel="error of the mean (m)", title="Does the spread know where the error is?")
axes[0].legend()
draw(axes[1], ensembles["generator"].std("member", ddof=1), cmo.matter, (0, 0.8), "Generator: spread (m)")
plt.show()

spread, skill = scores.spread_and_skill(ensembles["generator"], truth)
assert 0.75 < spread / skill < 1.3, "on one date; over many it is closer to one"

# %% [markdown]
# Climatology and noise may have the right spread *on average*. But they have it everywhere: their points do not move
# along the diagonal. The generator's spread is a map that means something.
#
# ## 4. Ranks and probabilities
#
# Put the truth among the eight members, cell by cell, and count how many lie below it: 0 to 8. If the truth is one more
# member, every rank is equally likely. And if six of eight members say *thinner than one metre*, it should be thinner
# than one metre in three of four such cells.

# %%
THIN = 1.0  # m
fig, axes = plt.subplots(1, 2, figsize=(12, 4))
for number, (name, members) in enumerate(ensembles.items()):
    ranks = scores.rank_histogram(members, truth)
    axes[0].bar(ranks["rank"] + 0.27 * (number - 1), ranks, 0.25, color=COLOURS[name], label=name)
    chances = scores.reliability(members, truth, THIN, below=True)
    enough = chances["cells"] >= 50
    axes[1].plot(chances["forecast"][enough], chances["observed"][enough], "o-", ms=4, color=COLOURS[name], label=name)
    print(f"{name:12s} reliability index of the ranks {ranks.attrs['reliability_index']:.2f} (0 is flat)")
axes[0].axhline(1 / (MEMBERS + 1), color="0.5", ls="--", lw=1)
axes[0].set(xlabel="members below the truth", ylabel="share of cells", title="Where the truth ranks")
axes[1].plot([0, 1], [0, 1], color="0.5", ls="--", lw=1)
axes[1].set(xlabel="probability given", ylabel="how often it happened", title=f"Thinner than {THIN:g} m")
axes[1].legend()
plt.show()

index = {name: scores.rank_histogram(m, truth).attrs["reliability_index"] for name, m in ensembles.items()}
assert index["generator"] < index["noise"], "white noise is not how ice differs from its mean"
chances = scores.reliability(ensembles["generator"], truth, THIN, below=True)
assert float(chances["observed"][-1]) > 2 * chances.attrs["base_rate"], "where all members agree they know something"

# %% [markdown]
# ### Change this and look

# %%
threshold = 0.5  # m: leads, and new ice in them; try 0.3 to 2

chance = scores.probability(ensembles["generator"], threshold, below=True)
fig, axes = plt.subplots(1, 2, figsize=(10, 4.2), sharey=True)
image = draw(axes[0], chance, cmo.tempo, (0, 1), f"Generator: chance of less than {threshold:g} m")
draw(axes[1], (truth < threshold).astype(float), cmo.tempo, (0, 1), f"Truth: less than {threshold:g} m")
fig.colorbar(image, ax=axes, label="probability (1)")
plt.show()

# %% [markdown]
# ## 5. Why the mean wins the RMSE and loses the spectrum
#
# The mean of all possible fields has the smallest squared error: no member can beat it. But it is not a possible field.
# Where members disagree about a lead's place, their mean has no lead. Each member pays for its leads twice: once where
# it puts one, once where the truth has one. If the truth is one more member, a member's squared error is twice that of
# the perfect mean.

# %%
curves = {name: scores.spectra(members.to_dataset(name="thickness"), scene) for name, members in ensembles.items()}
fig, ax = plt.subplots(figsize=(8, 4.6))
wavelength = 1 / curves["generator"].wavenumber
ax.loglog(wavelength, curves["generator"]["truth"], color="0.4", lw=2.5, label="truth")
ax.loglog(wavelength, curves["generator"]["input"], color="0.4", ls=":", lw=1.5, label="input")
for name, one in curves.items():
    ax.loglog(wavelength, one["members"], color=COLOURS[name], label=f"{name}: members")
ax.loglog(wavelength, curves["generator"]["estimate"], color=COLOURS["generator"], ls="--", label="generator: mean")
ax.set(xlim=(1000, 8), ylim=(1e-5, 30), xlabel="wavelength (km)", ylabel="power spectral density (m² km)")
ax.set_xticks([1000, 500, 200, 100, 50, 20, 10], ["1000", "500", "200", "100", "50", "20", "10"])
ax.minorticks_off()
ax.set_title("The mean has the small scales of nobody", pad=8)
ax.legend(fontsize=8)
plt.show()

error = {
    "input": float(scores.rmse(low, truth)),
    "mean": float(scores.rmse(ensembles["generator"].mean("member"), truth)),
    "member": float(np.mean([scores.rmse(member, truth) for member in ensembles["generator"]])),
}
print({name: f"{value:.3f} m" for name, value in error.items()})
assert error["mean"] < min(error["input"], error["member"])
assert 1.25 < error["member"] / error["mean"] < 1.5, "the square root of two: a member is as far off as the truth itself"

bands = scores.bands_between((120, 60, 30, 16))
for name, kind in (("members", "members"), ("mean", "estimate")):
    power = scores.band_power_ratio(curves["generator"], bands, of=kind)
    print(f"generator, {name:8s} power over the truth's:", {band: round(value, 2) for band, value in power.items()})
members_power = scores.band_power_ratio(curves["generator"], bands, of="members")
mean_power = scores.band_power_ratio(curves["generator"], bands)
assert all(abs(np.log(members_power[b])) < abs(np.log(mean_power[b])) for b in ("60_30", "30_16"))

# %% [markdown]
# A right spectrum is not yet ice: white noise through the right filter has it too, and no lead in it. The **kurtosis of
# the gradient** sees that (3 for anything Gaussian, far more for thin sharp lines), and so does the **skewness** (leads
# are thin, so rare values are low).

# %%
spectrum = np.fft.fft2(truth - low)
phases = np.angle(np.fft.fft2(np.random.default_rng(1).standard_normal(truth.shape)))
shuffled = low + np.fft.ifft2(np.abs(spectrum) * np.exp(1j * phases)).real
shown = {"truth": truth, "generator, a member": ensembles["generator"][0], "truth's spectrum, random phases": shuffled}
fig, axes = plt.subplots(1, 3, figsize=(13, 4.3), sharey=True)
for ax, (name, field) in zip(axes, shown.items()):
    field = xr.DataArray(field, dims=("y", "x"), coords=truth.coords, attrs=truth.attrs)
    about = f"gradient kurtosis {scores.gradient_kurtosis(field):.0f}, skewness {scores.skewness(field - low):.1f}"
    image = draw(ax, field, title=f"{name}\n{about}")
fig.colorbar(image, ax=axes, label="thickness (m)", extend="both", shrink=0.85)
plt.show()

kurtosis = {name: scores.gradient_kurtosis(truth.copy(data=np.asarray(field))) for name, field in shown.items()}
assert kurtosis["truth's spectrum, random phases"] < 5, "Gaussian again"
assert kurtosis["generator, a member"] > 3 * kurtosis["truth's spectrum, random phases"], "a member has leads"

# %% [markdown]
# **Exercises.** (a) Make the generator's ensemble overconfident: pull its members half-way to their mean. Which scores
# notice, and in which direction? (b) Does the RMSE of the mean improve from 8 to 16 members? By how much should it?
# (c) Judge eight members that are copies of the truth of *another* date. Which score would you be fooled by?
#
# ## What to take along
#
# - Judge an ensemble against **climatology**, not against nothing.
# - **Spread over skill** says whether it knows how wrong it is; on average is easy, cell by cell is not.
# - A **rank histogram** and a **reliability diagram** test what the ensemble says; they do not ask how much it says.
# - The **mean** has the smallest error and the wrong texture; a **member** has the texture and twice the squared error.
#
# The explorer shows all of it live for any date: members appear as they are made, and the tabs beside them judge.
