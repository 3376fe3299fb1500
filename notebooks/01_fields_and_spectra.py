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
# # 1. Fields and spectra
#
# *Deep Learning and Geophysical Dynamics, first notebook. Less than a minute of computing on two cores.*
#
# Satellite altimeters map the height of the sea at scales of 100 to 200 km; many of the eddies that stir heat and
# plankton are smaller. Super-resolution tries to give the missing scales back. Before any network is trained, this
# notebook asks what can be given back at all, and how we would know. Every notebook of the course answers the same five
# questions:
#
# | question | here | section |
# |---|---|---|
# | What is the **problem**? | sea surface height: 16 × 16 cells of 108 km → 432 × 432 cells of 4 km | 1, 2 |
# | Which **approaches** are compared? | nearest, bilinear, bicubic; each free, or made to agree with its input | 4 |
# | What is the **criterion** (what is minimised)? | none yet, nothing is learnt; section 7 shows what a squared error asks for | 7 |
# | Which **metrics** judge? | RMSE, power spectrum, spectral skill, effective resolution, agreement with the input | 3, 5 |
# | What is the **split**? | the test is another *run*, or other dates *behind a gap* | 6 |
#
# Every number in the text is stated once more by an `assert`. If you change the date or the region at the top, some of
# them will fail: that is what they are for. The cells under *Change this and look* have one variable each, and break
# nothing.

# %%
import dataclasses

import cmocean.cm as cmo
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import param
import xarray as xr

from engine import observation, methods, scenes, scores
from engine.derived import derive
from engine.evaluate import dates_of, evaluate
from engine.grid import Grid
from engine.lexicon import label

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
COLOURS = {
    "truth": "black",
    "input": "0.55",
    "nearest": "#E69F00",
    "bilinear": "#56B4E9",
    "bicubic": "#0072B2",
    "mine": "#D55E00",
    "other": "#009E73",
}  # told apart by colour-blind readers too


def draw(ax, field, cmap, limits, title=""):
    """One map, its cells drawn as they are; returns the image, for a colour bar."""
    grid = Grid.of(field)
    image = ax.imshow(
        field,
        origin="lower",
        extent=grid.extent,
        cmap=cmap,
        vmin=limits[0],
        vmax=limits[1],
        interpolation="none",
        aspect=1 / grid.aspect,
    )
    ax.set_title(title)
    ax.spines[:].set_visible(True)
    return image


def only_outer_labels(axes, unit="km"):
    """Label the left and the lower edge of a table of maps, and nothing else."""
    for ax in np.ravel(axes):
        ax.set(xlabel=f"x ({unit})", ylabel=f"y ({unit})")
        ax.label_outer()


def wavelength_axis(ax):
    """Wavelengths in km above a logarithmic axis of wavenumbers."""
    ax.set(xscale="log", xlabel="wavenumber (cycles per km)")
    top = ax.secondary_xaxis("top", functions=(inverse, inverse))
    top.set_xlabel("wavelength (km)")
    top.set_xticks([1000, 500, 200, 100, 50, 20, 10], ["1000", "500", "200", "100", "50", "20", "10"])
    top.minorticks_off()


def inverse(k):
    return 1 / np.maximum(k, 1e-9)


# %% [markdown]
# ## 1. A field and its grid
#
# `ocean_run` is a **simulated** ocean: our own two-layer quasi-geostrophic model, one eastward jet and its eddies, in a
# doubly periodic box. It has no coast, no tide, no season. It is there because we know its truth, at every point. A
# *scene* holds the fine truth and the *problem* made from it.

# %%
date = "2005-01-31"
scene = scenes.open("ocean_run", time=date, factor=27)
problem, truth = scene.problem, scene.truth["ssh"]
sst = problem.guides["sst"]

print(f"{scene.title}: {scene.kind.upper()}, {scene.time} (a date of the model, not of a calendar)")
print("Not real in it:", scenes.get("ocean_run").caution)
dy, dx = Grid.of(truth).spacing
print(
    f"truth {truth.shape}, one cell {dx / 1000:g} km; input {problem.low['ssh'].shape}, one cell {27 * dx / 1000:g} km"
)

assert scene.kind == "simulated", "this sea was computed, not measured, and the scene must say so"
assert truth.shape == (432, 432), "the table above says 432 x 432 fine cells"
assert problem.low["ssh"].shape == (16, 16), "the table above says 16 x 16 coarse cells"
assert (dy, dx) == (4000.0, 4000.0), "the fine cells measure 4 km, so the coarse ones 27 x 4 = 108 km"

# %% [markdown]
# Away from the equator the current is nearly in geostrophic balance with the height $\eta$, so the height is a stream
# function: the current runs along its contours, and its vorticity is a second derivative of it,
#
# $$u = -\frac{g}{f}\,\partial_y \eta, \qquad v = \frac{g}{f}\,\partial_x \eta, \qquad \zeta = \frac{g}{f}\,\nabla^2 \eta .$$
#
# A derivative multiplies the amplitude of a wave by its wavenumber: the vorticity shows the small scales that the
# height hides. Look at both, always.

# %%
vorticity = derive(truth, "vorticity")

fig, axes = plt.subplots(1, 3, figsize=(13, 4.3), sharey=True)
panels = [
    (truth, cmo.deep_r, (-0.8, 0.8), "Height looks smooth: a jet and its meanders"),
    (sst, cmo.thermal, (9, 23), "Temperature has filaments and fronts"),
    (vorticity, cmo.curl, (-0.8, 0.8), "Vorticity: eddies and streaks, scales below 100 km"),
]
for ax, (field, cmap, limits, title) in zip(axes, panels):
    image = draw(ax, field, cmap, limits, title)
    fig.colorbar(image, ax=ax, label=label(field), extend="both", orientation="horizontal", shrink=0.8)
only_outer_labels(axes)
fig.suptitle("SIMULATED ocean, whole domain")
plt.show()

rossby = float(vorticity.std())
print(f"height: standard deviation {float(truth.std()):.2f} m; vorticity/f: {rossby:.2f}")
assert 0.25 < float(truth.std()) < 0.35, "the height varies by about 0.3 m"
assert 0.1 < rossby < 0.3, "vorticity/f (a Rossby number) is well below 1: geostrophy is a fair approximation"

# %% [markdown]
# **Now a real one.** Maps of absolute dynamic topography made from satellite altimeters are **observed** fields, but
# not the sea itself: an interpolation in space and time of sparse tracks. Their grid is finer than what they resolve.

# %%
med = scenes.get("altimetry_med")
if med.available:
    real = scenes.open("altimetry_med", region="basin", factor=4)
    adt = real.truth["ssh"]
    fig, ax = plt.subplots(figsize=(10, 4.2))
    ax.set_facecolor("0.6")  # land
    image = draw(ax, adt, cmo.deep_r, (-0.25, 0.25), f"OBSERVED: {med.title}, {real.time} (grey: land)")
    fig.colorbar(image, ax=ax, label=label(adt), extend="both", shrink=0.85)
    ax.set(xlabel="longitude (degrees east)", ylabel="latitude (degrees north)")
    plt.show()
    print(med.caution)
    cell = [step / 1000 for step in Grid.of(adt).spacing]
    print(f"one cell is {cell[0]:.1f} km from south to north and {cell[1]:.1f} km from west to east")
    assert real.kind == "observed", "this one was measured"
    assert abs(float(adt.x[1] - adt.x[0]) - 1 / 8) < 1e-6, "the grid is 1/8 degree"
    assert max(cell) < 130 / 2, "the map resolves some 130 km, so its grid is far finer than what it resolves"
else:
    print("The altimetry is not on this machine: `finescale data fetch` gets it (2 MB); all the rest works without it.")

# %% [markdown]
# ### Change this and look

# %%
quantity = "speed"  # or "field", "gradient", "vorticity"

field = derive(truth, quantity)
fig, ax = plt.subplots(figsize=(5.2, 4.3))
signed = quantity in ("field", "vorticity")
bound = float(abs(field).quantile(0.995))
image = draw(ax, field, cmo.balance if signed else cmo.speed, (-bound if signed else 0, bound), f"{quantity}, {date}")
fig.colorbar(image, ax=ax, label=label(field), extend="both" if signed else "max")
only_outer_labels([ax])
plt.show()

# %% [markdown]
# **Exercises.** (a) Where is the speed largest, and what does the height do there? (b) An eddy turns clockwise around a
# high in this run. Is that a northern or a southern hemisphere ($f = 0.9\cdot10^{-4}\,\mathrm{s}^{-1}$)?

# %% [markdown]
# ## 2. Degradation: what an instrument sees
#
# The input is $y = Hx$: an **observation operator** $H$ applied to the fine field $x$. Four operators, all of the same
# width of 108 km:
#
# - **block mean**: each coarse cell is the mean of 27 × 27 fine cells;
# - **Gaussian** and **box low-pass**: running means with a smooth and with a constant kernel, still on the fine grid;
# - **bicubic resize**: what an image library does when asked for a smaller picture, without smoothing first.

# %%
names = {
    "block_mean": "Block mean",
    "gaussian": "Gaussian low-pass",
    "box": "Box low-pass",
    "bicubic_resize": "Bicubic resize",
}
inputs = {key: scenes.open("ocean_run", time=date, factor=27, degradation=key).problem for key in names}

fig, axes = plt.subplots(1, 5, figsize=(14, 3.6), sharex=True, sharey=True)
draw(axes[0], truth, cmo.deep_r, (-0.8, 0.8), "Truth, 4 km")
for ax, (key, name) in zip(axes[1:], names.items()):
    low = inputs[key].low["ssh"]
    image = draw(ax, low, cmo.deep_r, (-0.8, 0.8), f"{name}\n{low.sizes['y']} × {low.sizes['x']} values")
only_outer_labels(axes)
fig.colorbar(image, ax=axes, label=label(truth), extend="both", shrink=0.85, pad=0.01)
fig.suptitle("Four views of one sea (SIMULATED), all called '108 km'")
plt.show()

# %% [markdown]
# They look alike. To see what differs, show each operator a **plane wave** $\cos(2\pi x/\lambda)$ and measure the
# amplitude that comes out: the *transfer function*. For the block mean and the box of width $\Delta$ it is close to
#
# $$\hat h(\lambda) = \frac{\sin(\pi\Delta/\lambda)}{\pi\Delta/\lambda},$$
#
# which is zero at $\lambda = \Delta$ and *negative* between $\Delta/2$ and $\Delta$: such waves come out with crests
# and troughs exchanged. On a coarse grid there is more to fear: a wave shorter than two cells, $2 \times 108 = 216$ km
# (the *Nyquist wavelength*), cannot be drawn there. What is left of it appears as a longer wave. This is **aliasing**.

# %%
LENGTH = 1728.0  # km, side of the domain


def wave(count):
    """A wave with `count` crests across the domain, of amplitude 1."""
    return xr.zeros_like(truth) + np.cos(2 * np.pi * count * truth.x / LENGTH)


def transfer(key, count):
    """Amplitude of that wave behind the operator, with its sign."""
    seen = inputs[key].observation(wave(count).to_dataset(name="wave"))["wave"]
    there = np.cos(2 * np.pi * count * seen.x / LENGTH)  # the same wave where the operator gives its values
    return float((seen * there).mean() / (there**2).mean())


counts = [n for n in range(1, 44) if n % 8]  # at multiples of 8 the coarse cells lie on the zeros of the wave
wavelength = LENGTH / np.array(counts)
transfers = {key: np.array([transfer(key, n) for n in counts]) for key in names}

short = 14  # crests: a wavelength of 123 km
shown = {
    key: inputs[key].observation(wave(short).to_dataset(name="wave"))["wave"][0]
    for key in ("block_mean", "bicubic_resize")
}

fig, (left, right) = plt.subplots(1, 2, figsize=(13, 4), width_ratios=(1, 1.2))
styles = {
    "block_mean": ("#0072B2", "-"),
    "gaussian": ("#009E73", "-"),
    "box": ("#56B4E9", "--"),
    "bicubic_resize": ("#D55E00", "-"),
}
for key, (colour, style) in styles.items():
    left.plot(wavelength, transfers[key], style, color=colour, label=names[key], lw=2)
left.axvline(216, color="0.5", lw=1, ls=":")
left.text(226, -0.2, "Nyquist wavelength\n216 km", color="0.4")
left.axhline(0, color="0.5", lw=0.8)
left.set(xscale="log", xlabel="wavelength of the wave (km)", ylabel="amplitude that comes out", xlim=(40, 1728))
left.set_xticks([50, 100, 200, 500, 1000], ["50", "100", "200", "500", "1000"])
left.set_title("Three operators damp short waves, the resize lets all of them through", pad=10)
left.legend(loc="center right")
right.plot(truth.x, wave(short)[0], color="0.8", lw=1.2, label="the sea: 123 km")
right.plot(
    shown["bicubic_resize"].x, shown["bicubic_resize"], "o-", color="#D55E00", label="bicubic resize sees 864 km"
)
right.plot(shown["block_mean"].x, shown["block_mean"], "o-", color="#0072B2", label="block mean: nearly nothing")
right.set(xlabel="x (km)", ylabel="height of the wave (1)", ylim=(-1.15, 1.6), xlim=(0, LENGTH))
right.set_title("Aliasing: a short wave poses as a long one", pad=10)
right.legend(loc="upper center", ncols=3, columnspacing=1.2, handlelength=1.5)
plt.show()

at_short = {key: abs(float(transfers[key][counts.index(short)])) for key in names}
for key, value in at_short.items():
    print(f"{names[key]:17s} leaves {100 * value:3.0f} % of the amplitude of a wave of 123 km")
alias = -np.cos(
    2 * np.pi * 2 * shown["bicubic_resize"].x / LENGTH
)  # two crests: 864 km; the sign is a shift by half a wave
assert np.allclose(shown["bicubic_resize"], alias, atol=1e-4), "the resize turns the wave of 123 km into one of 864 km"
assert abs(at_short["bicubic_resize"] - 1) < 1e-4, "with all of its amplitude"
assert at_short["block_mean"] < 0.15, "the block mean leaves less than 15 % of its amplitude"
sinc = np.sinc(108 / wavelength)  # numpy's sinc(x) is sin(pi x) / (pi x)
assert np.allclose(transfers["block_mean"], sinc, atol=0.01), "the block mean's transfer is the sinc of the text"
assert transfers["box"][wavelength < 100].min() < -0.15, "below 108 km the box turns crests into troughs"
assert transfers["gaussian"].min() > -1e-3, "the Gaussian changes no sign"

# %% [markdown]
# A factor of 27 is odd: the centre of each coarse cell is the centre of a fine cell, and the "bicubic" weights fall on
# that one cell. Such a resize reads one fine value in 729 and drops the others. In the sea surface temperature, which
# has more energy at small scales, the spectrum shows what it costs.

# %%
fine_sst = scenes.open("ocean_run", time=date, factor=27, field="sst")
power_sst = scores.power_spectrum(fine_sst.truth["sst"])
low_power = {}
for key in ("block_mean", "bicubic_resize"):
    low = scenes.open("ocean_run", time=date, factor=27, field="sst", degradation=key).problem.low["sst"]
    low_power[key] = scores.power_spectrum(low).isel(wavenumber=slice(0, 8))

fig, ax = plt.subplots(figsize=(7, 4))
ax.loglog(power_sst.wavenumber, power_sst, color="black", label="truth")
for key, power in low_power.items():
    ax.loglog(power.wavenumber, power, "o-", color=styles[key][0], label=names[key])
ax.set(ylabel="power (°C² km)", xlim=(5e-4, 0.02), ylim=(10, 3e3))
ax.set_title("Temperature of 16 × 16 cells: the resize invents energy near its Nyquist wavelength", pad=10)
wavelength_axis(ax)
ax.legend()
plt.show()

near = slice(4, 8)  # the four rings below the Nyquist wavelength: 346 to 216 km
excess = {key: float((power[near] / power_sst[:8][near]).mean()) for key, power in low_power.items()}
print(
    f"energy at 216 to 346 km, over the truth's: resize {excess['bicubic_resize']:.1f}, "
    f"block mean {excess['block_mean']:.1f}"
)
assert excess["bicubic_resize"] > 1.3, "the resize adds energy that the sea has at other scales"
assert excess["block_mean"] < 0.9, "the block mean takes energy away, as its transfer function says"

# %% [markdown]
# ### Agreeing with the input
#
# An estimate $\hat x$ is **consistent** if $H\hat x = y$: seen through the same instrument, it would have given the
# same picture. The truth is consistent (without noise). But consistency alone decides little: there are 256 equations
# for 186 624 unknowns, so all but 0.14 % of the directions are free. Section 7 makes use of that freedom.

# %%
difference = observation.residual(truth, problem.low["ssh"], problem.observation)  # H x - y
equations, unknowns = problem.low["ssh"].size, truth.size
print(f"largest |H x - y| of the truth: {abs(difference).max():.1e} m; {equations} equations for {unknowns} unknowns")
assert abs(difference).max() < 1e-6, "the truth agrees with its own input"
assert (equations, unknowns) == (256, 186_624) and round(100 * equations / unknowns, 2) == 0.14, (
    "the numbers of the text"
)

# %% [markdown]
# ### Change this and look

# %%
width = 250  # km, of the Gaussian; from 4 to 1728

blurred = scenes.open("ocean_run", time=date, degradation="gaussian", width_km=width).problem.low["ssh"]
lost = 1 - float(blurred.var() / truth.var())
fig, axes = plt.subplots(1, 2, figsize=(9, 4.8), sharey=True)
image = draw(
    axes[0], blurred, cmo.deep_r, (-0.8, 0.8), f"Through {width} km: {100 * lost:.0f} % of the variance is gone"
)
fig.colorbar(image, ax=axes[0], label=label(truth), extend="both", orientation="horizontal", shrink=0.8)
image = draw(axes[1], truth - blurred, cmo.balance, (-0.5, 0.5), "What is missing")
fig.colorbar(image, ax=axes[1], label="truth minus blurred (m)", extend="both", orientation="horizontal", shrink=0.8)
only_outer_labels(axes)
plt.show()

# %% [markdown]
# **Exercises.** (a) `scenes.open(..., noise=0.05)` adds independent noise (in m) to the *input*. Suppose instead that
# every *fine* value is noisy before $H$ is applied: by what factor does the block mean reduce the noise? And the
# resize? (b) Land surface temperature is averaged as radiance, $(\overline{T^4})^{1/4}$. Is that operator linear? In
# which variable?

# %% [markdown]
# ## 3. The spectrum
#
# Write the field as a sum of waves, $\hat a(\mathbf k)$ its discrete Fourier transform over $N$ cells. **Parseval's
# theorem** says that variance is shared out among the waves, with nothing lost:
#
# $$\frac1N\sum_{\mathbf x} |a|^2 = \frac{1}{N^2}\sum_{\mathbf k} |\hat a|^2 = \sum_k P(k)\,\mathrm{d}k .$$
#
# $P(k)$ adds up all waves on a ring $|\mathbf k| \approx k$. Its unit is m² km: variance per wavenumber.

# %%
anomaly = (truth - truth.mean()).values.astype(float)
modes = np.abs(np.fft.fft2(anomaly)) ** 2 / anomaly.size**2
print(f"variance in space {np.mean(anomaly**2):.6f} m2, sum over all waves {modes.sum():.6f} m2")
assert np.isclose(modes.sum(), np.mean(anomaly**2), rtol=1e-10), "Parseval, by hand"

# %% [markdown]
# Two things stand between this and a spectrum one can trust. The Fourier transform takes the field as one tile of an
# endless floor. Where a cut-out's left edge does not meet its right edge, the floor has **steps**, and a step contains
# all wavelengths, with a power falling only as $k^{-2}$. A field that itself falls as $k^{-5}$ drowns in it. The engine
# therefore (1) takes off the fitted plane (*detrending*) and (2) multiplies by a *Hann window* $w$ that falls to zero
# at the edges, and divides by the mean of $w^2$ so that the variance comes out right. Parseval then holds for the
# windowed field: $\sum P\,\mathrm dk = \sum (w a')^2 / \sum w^2$.
#
# Our ocean is periodic, so the *whole* domain has no steps and needs no window: a rare chance to check.


# %%
def bare_spectrum(field):
    """Ring sums of |FFT|^2 with neither detrending nor window (square fields)."""
    n, step = field.shape[0], Grid.of(field).spacing[0] / 1000
    power = np.abs(np.fft.fft2(field - field.mean())) ** 2 / field.size**2
    k = np.hypot(*np.meshgrid(np.fft.fftfreq(n, step), np.fft.fftfreq(n, step)))
    ring = np.rint(k * n * step).astype(int)
    density = np.bincount(ring.ravel(), power.ravel())[1 : n // 2 + 1] * n * step
    return xr.DataArray(density, coords={"wavenumber": np.arange(1, n // 2 + 1) / (n * step)}, dims="wavenumber")


def whole_rings(power):
    """Without the corners of the wavenumber plane, beyond the Nyquist wavenumber."""
    return power.where(power.wavenumber <= power.nyquist, drop=True)


FIT = (200, 20)  # km: below the meanders, above the reach of the model's filter
cut = truth.isel(y=slice(108, 324), x=slice(108, 324))  # the middle: 864 x 864 km
power, power_sst = (whole_rings(scores.power_spectrum(field)) for field in (truth, sst))
power_cut, bare_cut, bare_whole = whole_rings(scores.power_spectrum(cut)), bare_spectrum(cut), bare_spectrum(truth)
slope = {
    name: scores.spectral_slope(curve, *FIT)
    for name, curve in {
        "ssh": power,
        "sst": power_sst,
        "cut": power_cut,
        "bare cut": bare_cut,
        "bare": bare_whole,
    }.items()
}

fig, (left, right) = plt.subplots(1, 2, figsize=(13, 4.6), sharex=True)
for curve, name, colour in ((power, "height (m² km)", "black"), (power_sst, "temperature (°C² km)", "#D55E00")):
    left.loglog(curve.wavenumber, curve, color=colour, label=name)
for curve, key, colour in ((power, "ssh", "black"), (power_sst, "sst", "#D55E00")):
    k = np.array([1 / FIT[0], 1 / FIT[1]])
    middle = curve.sel(wavenumber=np.sqrt(k[0] * k[1]), method="nearest")
    left.loglog(k, 6 * float(middle) * (k / float(middle.wavenumber)) ** slope[key], "--", color=colour, lw=1)
    left.text(k[0] * 3.3, 14 * float(middle), f"$k^{{{slope[key]:.1f}}}$", color=colour)
left.axvspan(1 / 11.5, 1 / 8, color="0.5", alpha=0.15, lw=0)
left.text(1 / 12, 3e3, "model's filter", ha="right", va="top", color="0.4", fontsize=9)
left.set_ylabel("power (unit in the legend)")
left.set_title("Height falls far more steeply than temperature", pad=10)
left.legend(loc="lower left")
right.loglog(
    bare_whole.wavenumber, bare_whole, color="black", lw=2.5, alpha=0.35, label="whole periodic domain, no window"
)
right.loglog(
    bare_cut.wavenumber, bare_cut, color="#D55E00", label=f"cut-out, no window: slope {slope['bare cut']:.1f}, false"
)
right.loglog(
    power_cut.wavenumber, power_cut, color="#0072B2", label=f"cut-out, detrended and windowed: slope {slope['cut']:.1f}"
)
right.set_ylabel("power of height (m² km)")
right.set_title("Without a window, the edges of the cut-out drown the small scales", pad=10)
right.legend(loc="lower left")
wavelength_axis(left)
wavelength_axis(right)
plt.show()

# %%
print({name: round(value, 2) for name, value in slope.items()})
assert abs(slope["ssh"] - -5.3) < 0.2, "height: a slope of about -5.3"
assert abs(slope["sst"] - -2.3) < 0.2, "temperature: about -2.3"
assert abs(slope["cut"] - slope["bare"]) < 0.3, "the windowed cut-out finds the slope of the whole periodic domain"
assert slope["bare cut"] - slope["bare"] > 2.5, "without a window it misses by more than 2.5"

hann = np.sin(np.pi * (np.arange(432) + 0.5) / 432) ** 2
w = np.outer(hann, hann)
y, x = np.meshgrid(np.linspace(-1, 1, 432), np.linspace(-1, 1, 432), indexing="ij")
plane = np.stack([np.ones(w.size), y.ravel(), x.ravel()], axis=1)
half = np.sqrt(w.ravel())  # least squares with the window as weight
fit = np.linalg.lstsq(plane * half[:, None], anomaly.ravel() * half, rcond=None)[0]
windowed = w * (anomaly - (plane @ fit).reshape(w.shape))
full = scores.power_spectrum(truth)
area = float(full.sum() * full.ring_width)
by_hand = (windowed**2).sum() / (w**2).sum()
print(f"area under the engine's spectrum {area:.6f} m2, windowed variance by hand {by_hand:.6f} m2")
assert np.isclose(area, by_hand, rtol=1e-6), "Parseval holds for the engine's spectrum"

# %% [markdown]
# Beyond 0.087 cycles per km (11.5 km) there is no sea: the model's filter ends it, and what remains is the rounding of
# the file. A grid of 4 km does not hold waves of 8 km.
#
# The slope is physics. In quasi-geostrophic turbulence (Charney 1971) kinetic energy falls as $k^{-3}$; velocity is one
# derivative of height, so its power is that of height times $k^2$, and height should fall as $k^{-5}$. Ours, with some
# dissipation, is a little steeper. The vorticity's power is that of height times $k^4$: it falls only as about
# $k^{-1}$. Temperature is stirred into fronts, and a front is a step: about $k^{-2}$.
#
# ### Change this and look

# %%
side = 64  # cells of 4 km: the side of a cut-out; try 32 or 216

small = truth.isel(y=slice(216 - side // 2, 216 + side // 2), x=slice(0, side))
small_power = whole_rings(scores.power_spectrum(small))
fig, ax = plt.subplots(figsize=(7, 4))
ax.loglog(power.wavenumber, power, color="black", label="whole domain")
ax.loglog(small_power.wavenumber, small_power, "o-", ms=3, color="#0072B2", label=f"{4 * side} km on the jet")
ax.set_ylabel("power of height (m² km)")
ax.set_title(f"A cut-out of {4 * side} km knows nothing of longer waves", pad=10)
wavelength_axis(ax)
ax.legend()
plt.show()

# %% [markdown]
# **Exercises.** (a) The cut-out on the jet lies above the spectrum of the whole domain at all scales. Why? (b) Why may
# the spectrum of an unwindowed cut-out tempt you to say that a smooth prediction "has the right small scales"?

# %% [markdown]
# ## 4. Three interpolations
#
# A method gets a `Problem`: the input, the target grid with its mask, fine *guides* if there are any (here the
# temperature, which these methods ignore), and $H$. **The truth is not in it**, so nobody can use it by mistake.

# %%
print([field.name for field in dataclasses.fields(problem)])
assert not hasattr(problem, "truth"), "a problem has no truth"
assert "ssh" not in problem.guides, "nor is it hidden among the guides"

# %% [markdown]
# The three are convolutions of the input with a kernel, $\hat x(s) = \sum_i y_i\,w(s - s_i)$: a box (nearest), a
# triangle (bilinear), a cubic with small negative lobes (bicubic). None of them asks how the input was made.
# `consistent=True` adds one step: hand the disagreement back,
#
# $$\hat x \leftarrow \hat x + H^{+}(y - H\hat x),$$
#
# where for block means $H^{+}$ copies each coarse value to its 27 × 27 fine cells. This is an orthogonal projection, so
# Pythagoras applies to any truth $x$ with $Hx = y$:
#
# $$\|\hat x - x\|^2 = \|\hat x_\mathrm{consistent} - x\|^2 + \|\hat x - \hat x_\mathrm{consistent}\|^2 .$$
#
# The error can only fall, and we know by how much *without knowing the truth*.

# %%
THREE = ("nearest", "bilinear", "bicubic")
CHOICES = [(name, {"consistent": consistent}) for name in THREE for consistent in (False, True)]
estimates = {
    (name, options["consistent"]): methods.create(name, **options).predict(problem)["ssh"] for name, options in CHOICES
}


def mean_square(field):
    return float((field.astype(float) ** 2).mean())


for name in THREE:
    free, tied = estimates[name, False], estimates[name, True]
    disagreement = abs(observation.residual(free, problem.low["ssh"], problem.observation)).max()
    before, after, moved = mean_square(free - truth), mean_square(tied - truth), mean_square(tied - free)
    print(
        f"{name:9s} largest |H x - y| {disagreement:.3f} m; "
        f"RMSE {before**0.5:.4f} m -> {after**0.5:.4f} m when consistent"
    )
    assert np.isclose(before, after + moved, rtol=1e-4), "Pythagoras"
    left_over = abs(observation.residual(tied, problem.low["ssh"], problem.observation)).max()
    assert left_over < 1e-5, "the consistent estimate agrees with its input"
assert np.allclose(estimates["nearest", False], estimates["nearest", True], atol=1e-6), "nearest is consistent already"

# %%
columns = {
    "Nearest": estimates["nearest", False],
    "Bilinear": estimates["bilinear", False],
    "Bicubic": estimates["bicubic", False],
    "Bicubic, consistent": estimates["bicubic", True],
    "Truth": truth,
}
fig, axes = plt.subplots(3, 5, figsize=(13.5, 8.4), sharex=True, sharey=True)
for column, (title, field) in zip(axes.T, columns.items()):
    height = draw(column[0], field, cmo.deep_r, (-0.8, 0.8), title)
    error = draw(column[1], field - truth, cmo.balance, (-0.3, 0.3), f"RMSE {mean_square(field - truth) ** 0.5:.3f} m")
    turn = draw(column[2], derive(field, "vorticity"), cmo.curl, (-0.8, 0.8))
axes[1, 4].set_title("no error, by definition")
only_outer_labels(axes)
for row, image, text in zip(axes, (height, error, turn), ("height (m)", "error of height (m)", "vorticity over f (1)")):
    fig.colorbar(image, ax=row, label=text, extend="both", shrink=0.9, pad=0.01)
fig.suptitle("Heights look alike, vorticities do not: interpolation draws its own kernel (SIMULATED)")
plt.show()

# %% [markdown]
# Look at the last row. Nearest has a wall around every cell, bilinear a crease along every line between two centres;
# bicubic is smooth, and the projection, which adds one constant per cell, gives it steps at the cell edges.
#
# ### Change this and look: a method of your own
#
# A method is one class: what it says about itself, its parameters, and `estimate`. This one hands the disagreement back
# by bicubic interpolation rather than by copying, again and again (*iterative back-projection*, Irani and Peleg 1991).
# One sweep is the bicubic method. Registered, it is known to `create` and `evaluate`; as a file in `engine/methods` it
# would be in the explorer too.


# %%
@methods.register("mine")
class BackProjection(methods.Method):
    """Interpolate the input, look what disagrees with it, interpolate that and add it, and so on."""

    title = "Back-projection"
    equations = (r"x \leftarrow x + B\,(y - H x)",)
    source = "Irani and Peleg 1991, doi:10.1016/1049-9652(91)90045-L"

    sweeps = param.Integer(default=15, bounds=(0, 60), doc="How often the disagreement is handed back.")
    start = param.Array(default=None, doc="Field (y, x) to begin with; zero if there is none.", precedence=-1)

    def estimate(self, problem, seed):
        name = problem.variable
        low, bicubic = problem.low[name], methods.create("bicubic")
        values = np.zeros(problem.mask.shape, "float32") if self.start is None else self.start
        for _ in range(self.sweeps):
            missing = -observation.residual(problem.estimate(values)[name], low, problem.observation)  # y - H x
            rest = dataclasses.replace(problem, low=problem.low.copy(data={name: missing}))
            values = values + bicubic.predict(rest)[name].values
        return values


sweeps = 15  # change this, from 1 to 60

mine = methods.create("mine", sweeps=sweeps).predict(problem)["ssh"]
largest = abs(observation.residual(mine, problem.low["ssh"], problem.observation)).max()
rmse = {
    name: mean_square(field - truth) ** 0.5
    for name, field in {"mine": mine, "bicubic": estimates["bicubic", False]}.items()
}
print(
    f"{sweeps} sweeps: RMSE {rmse['mine']:.4f} m (bicubic {rmse['bicubic']:.4f} m), largest |H x - y| {largest:.1e} m"
)
one = methods.create("mine", sweeps=1).predict(problem)["ssh"]
assert np.allclose(one, estimates["bicubic", False], atol=1e-6), "one sweep is bicubic interpolation"
if sweeps >= 15:
    assert largest < 1e-3, "fifteen sweeps agree with the input to a millimetre"
    assert rmse["mine"] < 0.9 * rmse["bicubic"], "and the error falls by more than a tenth"

# %% [markdown]
# **Exercises.** (a) The projection of section 2's *box low-pass* cannot be made by subtracting $H\hat x$ once. What
# does its transfer function say about that? (b) `problem.guides["sst"]` is fine and free. How would you use it without
# training anything?

# %% [markdown]
# ## 5. Judging
#
# - **RMSE**, $\sqrt{\overline{(\hat x - x)^2}}$: one number, ruled by the largest scales that are missing, because they
#   hold most variance.
# - **Power spectrum** of $\hat x$ beside that of $x$: is there as much energy at each scale? It does not ask whether
#   the eddies are in the right place.
# - **Spectral skill**, $s(k) = 1 - P_{\hat x - x}(k) / P_x(k)$: 1 is perfect, 0 is as good as drawing nothing, negative
#   is worse than nothing.
# - **Effective resolution**: the wavelength where the skill falls below 1/2.
# - **Four bands**: *large* scales, which the input resolves (longer than 216 km); *medium*, *fine*, and *finest*, down
#   to two cells of the fine grid. In this run the finest one is mostly behind the model's filter: leave it out of any
#   judgement.

# %%
judged = {
    "nearest": estimates["nearest", False],
    "bilinear": estimates["bilinear", False],
    "bicubic": estimates["bicubic", False],
    "mine": methods.create("mine").predict(problem)["ssh"],
}
curves = {name: scores.spectra(field, scene) for name, field in judged.items()}
edges = scores.bands(scene)


def shade_bands(ax, height):
    """The four bands as strips with their names."""
    low, high = ax.get_xlim()
    for number, band in enumerate(edges):
        a, b = max(low, 1 / band.wavelength_max_km), min(high, 1 / band.wavelength_min_km)
        ax.axvspan(a, b, color="0.5", alpha=0.12 if number % 2 else 0.04, lw=0)
        ax.text(np.sqrt(a * b), height, band.name, ha="center", color="0.35", fontsize=9)


fig, (left, right) = plt.subplots(1, 2, figsize=(13, 4.8), sharex=True)
first = curves["bicubic"]
left.loglog(first.wavenumber, first["truth"], color="black", lw=2.5, label="truth")
for name, curve in curves.items():
    left.loglog(curve.wavenumber, curve["estimate"], color=COLOURS[name], label=name)
    right.semilogx(curve.wavenumber, curve["skill"], color=COLOURS[name], label=name)
    reached = scores.effective_resolution(curve["skill"])
    right.plot(1 / reached, 0.5, "o", color=COLOURS[name], ms=6, zorder=3)
left.loglog(first.wavenumber_input, first["input"], "--", color=COLOURS["input"], lw=2, label="input")
left.set(ylabel="power of height (m² km)", ylim=(1e-8, 3e3), xlim=(1 / 1728, 1 / 11.5))
right.axhline(0.5, color="0.5", lw=0.8, ls=":")
right.axhline(0, color="0.5", lw=0.8)
right.set(ylabel="spectral skill (1)", ylim=(-1, 1.15))
left.set_title("Energy: nearest has far too much of it, bicubic too little", pad=10)
right.set_title("Skill: at wavelengths below 180 km there is none", pad=10)
for ax, height in ((left, 5e2), (right, 1.05)):
    shade_bands(ax, height)
    wavelength_axis(ax)
left.legend(loc="lower left")
right.legend(loc="lower left")
plt.show()

ratio = {name: scores.band_power_ratio(curve, edges) for name, curve in curves.items()}
skill = {name: scores.band_skill(curve, edges) for name, curve in curves.items()}
by_band = (
    pd.DataFrame(ratio).T.round(2).add_prefix("power, ").join(pd.DataFrame(skill).T.round(2).add_prefix("skill, "))
)
print("Power over the truth's, and skill, in each band:")
print(by_band.to_string())
assert ratio["nearest"]["fine"] > 50, "nearest has far too much energy at fine scales: the walls between its cells"
assert skill["nearest"]["fine"] < -50, "and none of it is where it should be"
assert ratio["bicubic"]["fine"] < 0.1, "bicubic has less than a tenth of the fine energy"
beyond = {name: float(curve["skill"].sel(wavenumber=slice(1 / 180, 1 / 11.5)).max()) for name, curve in curves.items()}
assert max(beyond.values()) < 0.15, "at wavelengths below 180 km no interpolation has skill worth the name"

# %% [markdown]
# So much energy in nearest interpolation, and all of it false. **Energy without skill is noise; skill without energy is
# blur.** Read the two together.
#
# One date proves little. `evaluate` runs every method on many dates and writes one table.

# %%
dates = dates_of("ocean_run")[::5]  # every tenth day of the test run
frame = evaluate("ocean_run", [*CHOICES, "mine"], times=dates, factor=27, scheduler="synchronous")
columns = ["rmse", "gradient_rmse", "vorticity_rmse", "effective_resolution", "consistency_max"]
table = frame.groupby("method", sort=False)[columns].mean().sort_values("rmse", ascending=False)
units = ["(m)", "(m km⁻¹)", "(1)", "(km)", "(m)"]
print(f"Means over {len(dates)} dates:")
print(table.rename(columns=dict(zip(columns, map(" ".join, zip(columns, units))))).round(4).to_string())

# %%
daily = frame.pivot(index="time", columns="method", values="rmse")
shown = {
    "nearest(consistent=False)": ("nearest", "nearest", "-"),
    "bilinear(consistent=False)": ("bilinear", "bilinear", "-"),
    "bilinear(consistent=True)": ("bilinear, consistent", "bilinear", "--"),
    "bicubic(consistent=False)": ("bicubic", "bicubic", "-"),
    "bicubic(consistent=True)": ("bicubic, consistent", "bicubic", "--"),
    "mine": ("mine", "mine", "-"),
}
fig, ax = plt.subplots(figsize=(8.5, 4))
for column, (name, colour, style) in shown.items():
    ax.plot(daily.index, daily[column], style, marker="o", ms=4, color=COLOURS[colour])
    ax.annotate(
        name,
        (daily.index[-1], daily[column].iloc[-1]),
        (8, 0),
        textcoords="offset points",
        va="center",
        color=COLOURS[colour],
    )
ax.set(ylabel="RMSE of height (m)", ylim=(0.04, 0.12), xlim=(daily.index[0], daily.index[-1] + pd.Timedelta(days=17)))
ax.set_xticks(daily.index, [f"{day:%d %b}" for day in daily.index])
ax.set_title("Dates differ in difficulty, the order of the methods does not change")
plt.show()

mean = table["rmse"]
free, tied = table.loc["bicubic(consistent=False)"], table.loc["bicubic(consistent=True)"]
gain = 1 - tied["rmse"] / free["rmse"]
print(
    f"consistency takes {100 * gain:.0f} % off the RMSE of bicubic and makes its vorticity "
    f"{tied['vorticity_rmse'] / free['vorticity_rmse']:.1f} times worse"
)
assert mean["nearest(consistent=False)"] > mean["bilinear(consistent=False)"] > mean["bicubic(consistent=False)"], (
    "the order"
)
assert (daily["bicubic(consistent=True)"] < daily["bicubic(consistent=False)"]).all(), (
    "consistency helps on every single date"
)
assert 0.05 < gain < 0.15, "by about a tenth"
assert tied["vorticity_rmse"] > 2 * free["vorticity_rmse"], "but its steps more than double the error of the vorticity"
assert daily["mine"].max() < 0.07 and (daily["mine"] < daily["bicubic(consistent=True)"]).all(), (
    "back-projection is best each day"
)
order = daily[list(shown)].rank(axis=1)
assert (order == order.iloc[0]).all(axis=None), "the order of the methods is the same on every date"
lead = float((daily["bicubic(consistent=True)"] - daily["mine"]).mean())
assert np.ptp(daily["mine"]) > lead > 0, "yet the spread over dates is larger than the lead of the best method"
assert table["effective_resolution"].between(180, 235).all(), (
    "all resolve about 216 km, two cells of the input: no more"
)

# %% [markdown]
# Compare methods **date by date** (a paired comparison): the spread over dates is larger than the lead of the best
# method over the second, yet the lead has the same sign each day. And see how the choice of the metric chooses the
# winner: the consistent bicubic method has the better height and the worse vorticity. Say which metric you will use
# *before* you look.
#
# ### Change this and look

# %%
factor = 9  # fine cells per coarse cell: 2, 3, 4, 8, 9, 16, 27

easier = scenes.open("ocean_run", time=date, factor=factor)
print(f"x{factor}, cells of {4 * factor} km:")
for name in THREE:
    row = scores.table(methods.create(name).predict(easier.problem), easier)
    print(
        f"  {name:9s} RMSE {float(row['rmse']):.4f} m, effective resolution {float(row['effective_resolution']):.0f} km"
    )

# %% [markdown]
# **Exercises.** (a) With factor 9 the RMSE of bicubic is about a centimetre. Is the problem solved? Look at
# `vorticity_rmse`. (b) A colleague reports "effective resolution 8 km" from the spectrum of the estimate alone. What
# did they forget?

# %% [markdown]
# ## 6. The split: why random dates are not a test
#
# A test must be new to the method. The sea has a memory: two days later it is almost the same. Take the standing jet
# out (the mean over time and along $x$) and correlate what is left with itself some days later.

# %%
seas = {time: scenes.open("ocean_run", time=time, factor=27) for time in dates_of("ocean_run")}
stack = np.stack([sea.truth["ssh"].values for sea in seas.values()]).astype(float)
eddies = stack - stack.mean(axis=(0, 2), keepdims=True)
lags = np.arange(0, 20)  # steps of two days
correlation = np.array([np.mean(eddies[: len(eddies) - lag] * eddies[lag:]) for lag in lags]) / np.mean(eddies**2)
days = 2 * lags
print(
    f"correlation after 2 days {correlation[1]:.2f}, after 10 days {correlation[5]:.2f}, "
    f"after 18 days {correlation[9]:.2f}"
)
assert all(np.diff(list(seas)) == np.timedelta64(2, "D")), "the dates are two days apart"
assert correlation[1] > 0.9, "two days later the eddies are almost the same"
assert 0.3 < correlation[5] < 0.6, "after 10 days about half is left"
assert abs(correlation[9]) < 0.1, "after 18 days nothing is left"

# %% [markdown]
# Now an impostor. It learns nothing: it **remembers** the training fields, takes the one whose input looks most like
# the given input, and lets back-projection correct its large scales. Judge it under two splits of the same 31 dates.

# %%
cases = list(seas.values())
inputs_of = np.stack([case.problem.low["ssh"].values for case in cases])


def rmse_of(values, i):
    return float(np.sqrt(np.mean((values - stack[i]) ** 2)))


def impostor(i, j):
    """RMSE (m) on date i of the remembered field of date j, corrected with the input of date i."""
    method = methods.create("mine", start=stack[j].astype("float32"), sweeps=3, consistent=True)
    return rmse_of(method.predict(cases[i].problem)["ssh"].values, i)


def honest(i):
    """RMSE (m) on date i of back-projection without any memory."""
    return rmse_of(methods.create("mine").predict(cases[i].problem)["ssh"].values, i)


def judge(test, training):
    """Mean RMSE of the impostor and of the honest method over the test dates."""
    nearest = [min(training, key=lambda j: np.mean((inputs_of[i] - inputs_of[j]) ** 2)) for i in test]
    return np.mean([impostor(i, j) for i, j in zip(test, nearest)]), np.mean([honest(i) for i in test])


dates_all = np.arange(len(stack))
random_test = np.random.default_rng(0).choice(dates_all, 6, replace=False)
splits = {
    "random dates": (random_test, np.setdiff1d(dates_all, random_test)),
    "last dates,\nno gap": (dates_all[25:], dates_all[:25]),
    "last dates,\ngap of 20 days": (dates_all[25:], dates_all[:16]),
}
verdict = {name: judge(*split) for name, split in splits.items()}
by_lag = np.array([np.mean([impostor(i, i - lag) for i in range(lag, len(stack), 4)]) for lag in lags[1:]])
honest_mean = np.mean([honest(i) for i in dates_all[::4]])

fig, (left, middle, right) = plt.subplots(1, 3, figsize=(13.5, 4), width_ratios=(1, 1, 1.1))
left.axhline(0, color="0.5", lw=0.8)
left.axvline(18, color="0.5", lw=1, ls=":")
left.plot(days, correlation, "o-", color="black", ms=4)
left.text(18.6, 0.75, "18 days", color="0.4")
left.set(xlabel="days between two dates", ylabel="correlation of the eddies (1)")
left.set_title("The eddies are forgotten after 18 days")
middle.plot(days[1:], by_lag, "o-", color="#D55E00", ms=4)
middle.axhline(honest_mean, color="#0072B2")
middle.axhline(np.sqrt(2) * honest_mean, color="#0072B2", ls=":", lw=1)
middle.text(38, honest_mean - 0.002, "back-projection, no memory", color="#0072B2", ha="right", va="top")
middle.text(38, by_lag[-1] + 0.004, "impostor", color="#D55E00", ha="right")
middle.text(
    38, np.sqrt(2) * honest_mean - 0.002, r"$\sqrt{2}$ times back-projection", color="#0072B2", ha="right", va="top"
)
middle.set(xlabel="days to the remembered date", ylabel="RMSE of height (m)", ylim=(0, 0.1))
middle.set_title("Only a memory of two days beats no memory")
bars = np.arange(len(verdict))
for offset, index, name, colour in ((-0.19, 0, "impostor", "#D55E00"), (0.19, 1, "back-projection", "#0072B2")):
    heights = [pair[index] for pair in verdict.values()]
    drawn = right.bar(bars + offset, heights, 0.36, color=colour, label=name)
    right.bar_label(drawn, fmt="%.3f", padding=2, fontsize=9)
right.set_xticks(bars, verdict)
right.set(ylabel="RMSE of height (m)", ylim=(0, 0.1))
right.set_title("The split chooses the winner")
right.legend(loc="upper left", ncols=2)
plt.show()

cheat, fair = verdict["random dates"], verdict["last dates,\ngap of 20 days"]
print(f"random dates: impostor {cheat[0]:.3f} m, back-projection {cheat[1]:.3f} m")
print(f"gap of 20 days: impostor {fair[0]:.3f} m, back-projection {fair[1]:.3f} m")
assert cheat[0] < 0.95 * cheat[1], "on random dates the impostor wins"
assert by_lag[0] < honest_mean < by_lag[1:].min(), "a memory of two days helps, one of four days does not"
assert 1.35 < fair[0] / fair[1] < 1.6, "behind the gap its error is about 1.5 times that of the honest method"
assert abs(by_lag[9:].mean() / honest_mean / np.sqrt(2) - 1) < 0.1, (
    "and tends to the square root of two: section 7 says why"
)

# %% [markdown]
# On random dates nearly every test date has a training date two days away: the impostor looks like the best method we
# have, and a large network can become such an impostor without telling us. Therefore:
#
# - **by run**, where there are several: train on one run, test on another (here every shipped date belongs to the
#   *test* run);
# - **by date with a gap** longer than the memory of the field, where there is one record only. In the altimetry the
#   maps themselves mix observations of neighbouring days: its splits are ten days apart, and a slow eddy may still be
#   in two of them;
# - **never by neighbouring regions** of the same date: an eddy on the border is in both.

# %%
for key in ("ocean_run", "altimetry_med"):
    print(f"{scenes.get(key).title}:", scenes.get(key).splits)
assert {case.split for case in cases} == {"test"}, "all shipped dates of the ocean run are test dates"
ends = [(pd.Timestamp(first), pd.Timestamp(last)) for first, last in med.splits.values()]
between = [(start - stop).days - 1 for (_, stop), (start, _) in zip(ends, ends[1:])]
print("whole days without data between the splits of the altimetry:", between)
assert all(count == 10 for count in between), "ten days lie between two splits of the altimetry"

# %% [markdown]
# ### Change this and look

# %%
gap = 8  # days between the last training and the first test date: even, 2 to 40

bad, good = judge(dates_all[25:], dates_all[: 26 - gap // 2])
print(f"gap of {gap} days: impostor {bad:.3f} m, back-projection {good:.3f} m")

# %% [markdown]
# **Exercises.** (a) How many *independent* dates do 60 days of this run hold? What does that say about the third digit
# of an RMSE? (b) The correlation was computed from the same 60 days. Do you trust its value at a lag of 38 days?

# %% [markdown]
# ## 7. What super-resolution cannot know
#
# Here is a second sea. We take the height of another date, at least 20 days away, and start back-projection from there
# with *our* input $y$; `consistent=True` then calls `engine.observation.project`, which sets $HB = y$ to the last digit.
# All that is left of the other date is what $H$ does not see. The model does not know where $x = 0$ is, so we may also
# shift that date along $x$: four dates and four shifts make sixteen *twins* of our sea.

# %%
A = truth


def twin(time, shift):
    """A sea with the input of ours and the fine scales of another date, shifted eastward by `shift` cells."""
    start = np.roll(seas[time].truth["ssh"].values, shift, axis=1)
    return methods.create("mine", start=start, sweeps=40, consistent=True).predict(problem)["ssh"]


others = [time for time in seas if str(time)[:10] in ("2005-01-01", "2005-01-11", "2005-02-20", "2005-03-02")]
twins = [twin(time, shift) for shift in (0, 108, 216, 324) for time in others]
B = twins[3]
smooth = methods.create("mine", sweeps=40, consistent=True).predict(problem)["ssh"]

H = problem.observation
low_A, low_B, low_smooth = (H(field.to_dataset(name="ssh"))["ssh"] for field in (A, B, smooth))

fig, axes = plt.subplots(2, 4, figsize=(13.5, 8), sharex=True, sharey=True)
for column, (title, field) in zip(axes.T, {"Sea A (the truth)": A, "Sea B": B, "The smooth estimate": smooth}.items()):
    height = draw(column[0], field, cmo.deep_r, (-0.8, 0.8), title)
    turn = draw(column[1], derive(field, "vorticity"), cmo.curl, (-0.8, 0.8))
draw(axes[0, 3], low_B, cmo.deep_r, (-0.8, 0.8), "What all three look like from space")
apart_map = draw(axes[1, 3], B - A, cmo.balance, (-0.3, 0.3), "B minus A: invisible from there")
only_outer_labels(axes)
fig.colorbar(height, ax=axes[0], label="height (m)", extend="both", orientation="horizontal", shrink=0.4, aspect=40)
fig.colorbar(
    turn, ax=axes[1, :3], label="vorticity over f (1)", extend="both", orientation="horizontal", shrink=0.55, aspect=40
)
fig.colorbar(
    apart_map, ax=axes[1, 3], label="difference of height (m)", extend="both", orientation="horizontal", aspect=18
)
fig.suptitle("Two seas, one input (SIMULATED; B is a construction)")
plt.show()

apart = mean_square(B - A) ** 0.5
print(
    f"largest difference of the two inputs {float(abs(low_A - low_B).max()):.1e} m; "
    f"RMS difference of the seas {apart:.3f} m"
)
assert all(abs(H(t.to_dataset(name="ssh"))["ssh"] - low_A).max() < 1e-5 for t in twins), (
    "A and its twins have the same block means"
)
assert float(abs(low_A - low_smooth).max()) < 1e-5, "so has the smooth estimate"
assert apart > 0.07, "and yet B differs from A by more than 7 cm"

# %% [markdown]
# Someone who sees only the input cannot tell $A$ from $B$. Suppose both are equally likely, and an estimate $\hat x$ is
# judged by its squared error. Whatever $\hat x$ is,
#
# $$\tfrac12\left(\|\hat x - A\|^2 + \|\hat x - B\|^2\right) = \left\|\hat x - \tfrac{A+B}{2}\right\|^2 + \tfrac14\|A - B\|^2 ,$$
#
# so the best answer is neither sea but the **midpoint**. With all possible seas it is their mean, the conditional mean
# $\mathbb E[x \mid y]$. This is what a network trained on the squared error learns: not a sea, but the mean of all seas
# that look alike.

# %%
midpoint = (A + B) / 2
expected = {}
for name, guess in {"A itself": A, "B itself": B, "midpoint": midpoint, "smooth": smooth}.items():
    expected[name] = np.sqrt((mean_square(guess - A) + mean_square(guess - B)) / 2)
    right_side = mean_square(guess - midpoint) + mean_square(A - B) / 4
    assert np.isclose(expected[name] ** 2, right_side, rtol=1e-4), "the equation above"
    print(f"answer {name:9s} expected RMSE {expected[name]:.4f} m")
assert min(expected, key=expected.get) == "midpoint", "the midpoint is the best answer"
assert expected["smooth"] < expected["A itself"], (
    "not knowing which it is, even the smooth estimate is a safer answer than the true sea itself"
)


def fine_energy(field):
    """Power in the medium and fine bands (16 to 216 km) over the truth's."""
    curve = scores.spectra(field, scene).sel(wavenumber=slice(1 / 215.9, 1 / 16))
    return float(curve["estimate"].sum() / curve["truth"].sum())


print(
    f"energy at 16 to 216 km over the truth's: B {fine_energy(B):.2f}, midpoint {fine_energy(midpoint):.2f}, "
    f"smooth {fine_energy(smooth):.2f}"
)
assert fine_energy(midpoint) < min(1.0, fine_energy(B)), "the midpoint has less fine energy than either sea"

# %% [markdown]
# Now all sixteen. If the fine scales of the twins and of the truth are independent draws with the same variance $e^2$
# about the smooth estimate, a single twin is $\sqrt2\,e$ away from the truth, and the mean of $M$ twins
#
# $$\mathrm{RMSE}(M) = e\,\sqrt{1 + 1/M}.$$

# %%
members = np.arange(1, len(twins) + 1)
stacked = xr.concat(twins, "member", coords="minimal", compat="override")
order_of = np.random.default_rng(1)
by_size = []
for count in members:  # averaged over twenty random choices of `count` twins
    picks = [order_of.choice(len(twins), count, replace=False) for _ in range(20)]
    by_size.append(np.sqrt(np.mean([mean_square(stacked.values[pick].mean(0) - A.values) for pick in picks])))
by_size = np.array(by_size)
e = mean_square(smooth - A) ** 0.5
mean_twin = stacked.mean("member", keep_attrs=True)

points = {
    "nearest": (estimates["nearest", False], COLOURS["nearest"], "o"),
    "bilinear": (estimates["bilinear", False], COLOURS["bilinear"], "o"),
    "bicubic": (estimates["bicubic", False], COLOURS["bicubic"], "o"),
    "smooth": (smooth, COLOURS["mine"], "o"),
    "mean of 16 twins": (mean_twin, COLOURS["other"], "s"),
    "twins": (B, COLOURS["other"], "x"),
    "truth": (A, "black", "*"),
}
fig, (left, middle, right) = plt.subplots(1, 3, figsize=(14, 4.4))
for name, field, style in (
    ("truth A", A, dict(color="black", lw=2.5)),
    ("twin B", B, dict(color=COLOURS["other"])),
    ("mean of 16 twins", mean_twin, dict(color=COLOURS["other"], ls="--")),
    ("smooth", smooth, dict(color=COLOURS["mine"])),
):
    curve = whole_rings(scores.power_spectrum(field))
    left.loglog(curve.wavenumber, curve, label=name, **style)
left.set(ylabel="power of height (m² km)", ylim=(1e-8, 3e2), xlim=(1 / 1728, 1 / 11.5))
left.set_title("A twin has the truth's spectrum ...")
left.set_xlabel("wavenumber (cycles per km)")
left.legend(loc="lower left")
middle.plot(members, by_size, "o", color=COLOURS["other"], label="mean of $M$ twins")
middle.plot(members, e * np.sqrt(1 + 1 / members), color="black", lw=1, label=r"$e\,\sqrt{1 + 1/M}$")
middle.axhline(e, color=COLOURS["mine"], ls="--", label="smooth: $e$")
middle.set(xlabel="number of twins $M$", ylabel="RMSE of height (m)", ylim=(0.05, 0.085))
middle.set_title("... but their mean has the smaller error")
middle.legend()
for name, (field, colour, marker) in points.items():
    if name == "twins":
        right.plot(
            [fine_energy(t) for t in twins], [mean_square(t - A) ** 0.5 for t in twins], marker, color=colour, ms=5
        )
    else:
        right.plot(
            fine_energy(field), mean_square(field - A) ** 0.5, marker, color=colour, ms=12 if name == "truth" else 7
        )
    below = -15 if name == "smooth" else 6
    right.annotate(
        name, (fine_energy(field), mean_square(field - A) ** 0.5), (7, below), textcoords="offset points", color=colour
    )
right.axvline(1, color="0.5", lw=0.8, ls=":")
right.set(
    xscale="log",
    xlabel="energy at 16 to 216 km over the truth's",
    ylabel="RMSE of height (m)",
    ylim=(-0.005, 0.12),
    xlim=(0.1, 6),
)
right.set_xticks([0.2, 0.5, 1, 2, 5], ["0.2", "0.5", "1", "2", "5"])
right.minorticks_off()
right.set_title("Small error or true energy: no estimate has both")
plt.show()

energies = [fine_energy(t) for t in twins]
errors = [mean_square(t - A) ** 0.5 for t in twins]
print(
    f"twins: energy {min(energies):.2f} to {max(energies):.2f}, RMSE / e {min(errors) / e:.2f} to "
    f"{max(errors) / e:.2f}; smooth: energy {fine_energy(smooth):.2f}"
)
print(f"RMSE: one twin {by_size[0]:.4f} m, mean of 16 {by_size[-1]:.4f} m, smooth {e:.4f} m")
assert abs(by_size[0] / e - np.sqrt(2)) < 0.15, (
    "a twin's error is about the square root of two times that of the smooth estimate"
)
assert np.allclose(by_size, e * np.sqrt(1 + 1 / members), rtol=0.07), "the mean of M twins follows the formula to 7 %"
assert 0.6 < np.mean(energies) < 1.7, "the twins have about the energy of the truth at 16 to 216 km"
assert abs(fine_energy(smooth) - 0.5) < 0.1, "the smooth estimate has about half of it"
assert e < min(errors), "and yet it has a smaller error than any twin"

# %% [markdown]
# (The points lie a little above the curve: twins from four dates are not quite independent, all share the mean shape of
# the jet.)
#
# This is the theme of the whole course. **The estimate with the best RMSE is smooth; the estimate with the right
# spectrum has a worse RMSE. No single field can have both**, because the input does not say where the small eddies are.
#
# - A *deterministic* method aims at the mean. Judge it by RMSE, and do not praise its spectrum.
# - A *generative* method draws seas. Judge its members by their spectrum, their mean by RMSE, and the whole ensemble by
#   whether its spread matches its error.
# - *Learning* comes in because $B$ is not as likely as $A$: look at its streaks, which do not follow its own jet.
#   Knowing which seas are likely, and what the temperature gives away, brings $\mathbb E[x\mid y]$ nearer to the truth
#   than any interpolation.
#
# ### Change this and look

# %%
count = 4  # twins in the mean, 1 to 16

average = stacked[:count].mean("member", keep_attrs=True)
fig, axes = plt.subplots(1, 2, figsize=(9, 4.8), sharey=True)
image = draw(
    axes[0], average, cmo.deep_r, (-0.8, 0.8), f"Mean of {count}: RMSE {mean_square(average - A) ** 0.5:.3f} m"
)
fig.colorbar(image, ax=axes[0], label=label(truth), extend="both", orientation="horizontal", shrink=0.8)
image = draw(
    axes[1],
    derive(average, "vorticity"),
    cmo.curl,
    (-0.8, 0.8),
    f"Energy at 16 to 216 km: {fine_energy(average):.2f} of the truth's",
)
fig.colorbar(image, ax=axes[1], label="vorticity over f (1)", extend="both", orientation="horizontal", shrink=0.8)
only_outer_labels(axes)
plt.show()

# %% [markdown]
# **Exercises.** (a) Why did the impostor of section 6 end near $\sqrt2$ times the honest error? (b) You need (i) the
# height at one place, for a ship, (ii) the mean kinetic energy of the eddies, for a climate budget. Smooth estimate or
# twins? (c) Is `smooth` the conditional mean $\mathbb E[x\mid y]$? What would you compare it with to find out?
#
# **Before you go on**, state for a project of your own: the problem, the split, the criterion, the metrics, and three
# approaches to compare.
