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
# # 6. Add your own method
#
# *Deep Learning and Geophysical Dynamics, sixth notebook. Half a minute of computing on two cores.*
#
# Everything that the page shows, a class of yours can be: a **method**, a **scene** to try it on. Both are written in
# cells here, judged like the others, and used in the explorer at the end of this notebook, without a file being changed.
#
# | question | here | section |
# |---|---|---|
# | What is the **problem**? | sea surface height from 108 km cells, and eddies of our own making from 20 km cells | 1, 3 |
# | What is the **split**? | none: nothing is trained | |
# | What is the **criterion**? | the distance to the input, descended step by step | 1 |
# | Which **approaches** are compared? | iterative back projection, written here; bicubic | 2, 3 |
# | Which **metrics** judge? | RMSE, the distance to the input, the power of the fine scales | 2, 3 |
#
# Every number in the text is stated once more by an `assert`. The cells under *Change this and look* break nothing.

# %%
import cmocean.cm as cmo
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import param
import torch
import xarray as xr

from engine import contract, methods, scenes, scores
from engine.grid import Grid, Region
from engine.methods.base import Method, input_values
from engine.resample import upsample
from engine.scene import Step
from engine.scenes.base import DataSet

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


def draw(ax, field, limits, title="", cmap=cmo.balance):
    """One map, its cells drawn as they are."""
    x0, x1, y0, y1 = Grid.of(field).extent
    image = ax.imshow(
        field, origin="lower", extent=(x0, x1, y0, y1), cmap=cmap, vmin=limits[0], vmax=limits[1],
        interpolation="nearest",
    )  # fmt: skip
    ax.set(title=title, xlabel="km")
    return image


# %% [markdown]
# ## 1. A method
#
# Bicubic interpolation of coarse cells, averaged back onto those cells, does not give the cells again. *Iterative back
# projection* (Irani and Peleg 1991) takes what is missing, interpolates that, adds it, and looks again:
#
# $$x_0 = B\, y, \qquad x_{n+1} = x_n + \alpha\, B\, (y - H x_n)$$
#
# with the observation operator $H$ (here a block mean), bicubic interpolation $B$ and the input $y$.
#
# What a method sees is a `Problem`: the input `problem.low`, guides on the fine grid, coordinates and mask of the target,
# and `problem.observation`, the operator $H$. The truth is not in it. What it gives are `Step`s: each is a whole estimate,
# shown as it comes; a run can be cancelled between two of them. `problem.estimate(values)` puts values on the target's
# grid with their unit; `self.finish` serves the switch *Agree with the input* that every method has.
#
# Parameters are declared with `param`: bounds, doc, and on the page a slider.


# %%
@methods.register("back_projection")
class BackProjection(Method):
    """Iterative back projection: what the estimate's coarse cells lack is interpolated and added."""

    title = "Back projection"
    equations = (r"x_0 = B\, y", r"x_{n+1} = x_n + \alpha\, B\, (y - H x_n)")
    source = "Irani and Peleg (1991), Improving resolution by image registration, section 4"

    iterations = param.Integer(default=8, bounds=(1, 50), doc="How often the residual is added.")
    rate = param.Number(default=1.0, bounds=(0.1, 1.5), doc="Share of the residual that is added each time.")

    def steps(self, problem, *, seed=0):
        low, shape, observe = input_values(problem), problem.mask.shape, problem.observation
        x = upsample(low, shape, "bicubic")
        for n in range(1, self.iterations + 1):
            x = x + self.rate * upsample(low - observe.apply(x), shape, "bicubic")
            yield Step(n, self.iterations, problem.estimate(self.finish(problem, x.numpy())), {"network_calls": 0.0})


# %% [markdown]
# `register` has put it beside the methods that come with Finescale: `methods.create` finds it by its key and says what is
# wrong with a setting in one sentence.

# %%
print(sorted(methods.METHODS))
try:
    methods.create("back_projection", rate=3.0)
except ValueError as refusal:
    print(refusal)
assert "back_projection" in methods.METHODS

# %% [markdown]
# ## 2. Scores
#
# The ocean run, from 16 × 16 cells to 432 × 432. Each step is nearer to the input; what does the truth say?

# %%
ocean = scenes.open("ocean_run", time="2005-01-21", factor=27)
steps = list(methods.create("back_projection", iterations=12).steps(ocean.problem))
bicubic = methods.create("bicubic").predict(ocean.problem)
history = [float(scores.table(estimate, ocean)["rmse"]) for estimate in (bicubic, *(step.estimate for step in steps))]

fig, (left, middle, right) = plt.subplots(1, 3, figsize=(12, 3.6), gridspec_kw={"width_ratios": [1, 1, 1.2]})
last = steps[-1].estimate["ssh"]
draw(left, last, (-0.8, 0.8), "back projection, 12 steps")
shown = draw(middle, last - ocean.truth["ssh"], (-0.25, 0.25), "its error")
fig.colorbar(shown, ax=middle, label="m", shrink=0.9)
right.plot(history, "o-", color="#0072b2", markersize=4)
right.set(xlabel="steps (0: bicubic)", ylabel="RMSE (m)", title="distance to the truth")
right.set_ylim(0);

# %%
first, final = (scores.table(estimate, ocean) for estimate in (bicubic, steps[-1].estimate))
for name in ("rmse", "consistency", "gradient_rmse", "effective_resolution"):
    print(f"{name:20s} bicubic {float(first[name]):9.4f}, back projection {float(final[name]):9.4f} {first[name].units}")
gain = {name: 1 - float(final[name] / first[name]) for name in first.data_vars}
assert 0.13 < gain["rmse"] < 0.15
assert history[3] < 1.003 * history[-1]
assert 0.03 < gain["gradient_rmse"] < 0.06
assert 190 < float(final["effective_resolution"]) < 200
assert float(final["consistency"]) < 1e-4

# %% [markdown]
# A seventh of the error goes, nearly all of it in the first three steps, and the estimate agrees with its input to a tenth
# of a millimetre. But the gradients are only a twentieth better, and waves shorter than 194 km (bicubic: 204 km) are still
# not there: the method knows nothing of what is smaller than a coarse cell. That is what a first look at a method of one's
# own should find out.
#
# Whether it keeps the promises on which page, tests and other people's code rely, one call says: coordinates and units of
# the target, values where the mask is true and nowhere else, the same field for the same seed, agreement with the input
# when asked to, a docstring, a source. It runs on a small piece of every data set that is here. (For a file:
# `finescale check mine.py`.)

# %%
faults = contract.check_method("back_projection")
print(faults or "no fault found")
assert not faults

# %% [markdown]
# What it looks like when a promise is broken:


# %%
@methods.register("forgetful")
class Forgetful(BackProjection):
    """The same, but it has lost the unit on the way."""

    title = "Forgetful"

    def steps(self, problem, *, seed=0):
        for step in super().steps(problem, seed=seed):
            del step.estimate[problem.variable].attrs["units"]
            yield step


told = contract.check_method("forgetful")
print(told[0])
assert "None where the input is in" in told[0]

# %% [markdown]
# On the page such a method is refused with that sentence, and everything else goes on.
#
# ## 3. A scene
#
# A `DataSet` states what it is, which dates it has and how one is loaded; `DataSet.open` cuts the region, degrades and
# masks. Ours: a street of Gaussian eddies that drift west, with filaments 10 km wide between them. `kind` is what the page
# writes beside every picture of it: nothing simulated is ever called anything else.


# %%
def eddies(y, x):
    """Height (m) of two rows of alternating Gaussian eddies, 200 km apart."""
    phase = 2 * np.pi * x / 200
    return 0.12 * np.cos(phase) * np.exp(-(((y - 200 - 60 * np.cos(phase)) / 70) ** 2))


def filaments(y, x):
    """Height (m) of waves 10 km long in the middle of the street."""
    return 0.02 * np.sin(2 * np.pi * (x + 0.7 * y) / 12.2) * np.exp(-(((y - 200) / 80) ** 2))


@scenes.register("eddy_street")
class EddyStreet(DataSet):
    """Gaussian eddies of alternating sign that drift west, with filaments between them."""

    title = "Eddy street, 2 km"
    kind = "simulated"
    source = "this notebook: Gaussian eddies and filaments, analytic"
    licence = "CC0"
    caution = "Not realistic: nothing in it obeys an equation of motion."
    fields = ("ssh",)
    factors = (10, 5)
    regions = {"all": Region("Whole domain", (0.0, 400.0), (0.0, 400.0))}
    splits = {"test": ("2024-01-01", "2024-01-31")}

    @property
    def times(self):
        return pd.date_range("2024-01-01", periods=31, freq="D")

    def load(self, time, variables):
        centres = 2.0 * np.arange(200) + 1.0
        here = np.meshgrid(centres, centres + 6.0 * time.day, indexing="ij")
        attributes = {"units": "m", "long_name": "sea surface height"}
        axes = {name: (name, centres, {"units": "km"}) for name in ("y", "x")}
        return xr.Dataset({"ssh": (("y", "x"), eddies(*here) + filaments(*here), attributes)}, axes)


assert contract.check_scene("eddy_street") == []
street = scenes.open("eddy_street", time="2024-01-10")
estimate = methods.create("back_projection").predict(street.problem)["ssh"]
input_, truth = street.problem.low["ssh"], street.truth["ssh"]

fig, axes = plt.subplots(1, 4, figsize=(13, 3.6), sharey=True)
for ax, field, title in zip(axes, (input_, estimate, truth), ("input, 20 km", "back projection", "truth"), strict=False):
    draw(ax, field, (-0.14, 0.14), title)
shown = draw(axes[3], estimate - truth, (-0.03, 0.03), "its error")
fig.colorbar(shown, ax=axes[3], label="m", shrink=0.8);

# %% [markdown]
# The eddies come out, and what is left of the error looks like the filaments. It is them: they are shorter than a cell of
# the input, which does not see them.

# %%
hidden = filaments(*np.meshgrid(truth["y"], truth["x"] + 60.0, indexing="ij"))
rmse, missed = float(np.sqrt(((estimate - truth) ** 2).mean())), float(np.sqrt((hidden**2).mean()))
print(f"RMSE {1000 * rmse:.1f} mm; the filaments have {1000 * missed:.1f} mm")
assert abs(rmse - missed) < 0.1 * missed
assert np.corrcoef((truth - estimate).values.ravel(), hidden.ravel())[0, 1] > 0.95

# %% [markdown]
# **Change this and look.** `rate=0.3` needs more steps. Waves of 60 km (`12.2` to `73.2`) are seen by the input: bicubic
# makes them too low, back projection does not.
#
# ## 4. In the explorer
#
# `embed` serves the page from this kernel, so that it has every class there is now; it takes what a link to the page
# takes. The iframe is a page like any other: change the date, press *Run*, watch the steps, put bicubic beside it as
# *Method B*. (The browser has to reach this machine at the address that is printed: run the notebook where the browser
# is, or forward the port.)

# %%
from explorer.embed import embed

page = embed(source="eddy_street", method="back_projection")
print(page.address)
page

# %% [markdown]
# What the page offers is what is registered:

# %%
from explorer.pages.resolution.session import ResolutionSession

session = ResolutionSession()
offered = session.chosen.param.method.get_range()
print([title for title in offered if title in ("Back projection", "Bicubic")])
assert offered["Back projection"] == "back_projection"
assert session.selection.param.source.get_range()["Eddy street, 2 km"] == "eddy_street"

# %% [markdown]
# ## 5. For others
#
# Put both classes into a file, and
#
# ```
# finescale check mine.py
# finescale serve --plugin mine.py
# ```
#
# or into a package that names them in its `pyproject.toml`, after which they are there wherever it is installed:
#
# ```
# [project.entry-points."finescale.methods"]
# back_projection = "my_package.methods"
# ```
#
# An error that you raise as `engine.errors.InputError` is shown on the page in its own words; of any other the page says
# the kind, and the log has the trace.
#
# `page.stop()` ends the server.
