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
# # 3. Diffusion from scratch
#
# *Deep Learning and Geophysical Dynamics, third notebook. About two minutes of computing on two cores.*
#
# The second notebook's networks gave **one** answer, and a squared error asks that answer to be the mean of all that
# is possible: smooth where nothing is known. Here a network learns to *draw* fields instead, each as rough as the
# truth and each another one. It learns a single thing, to see the noise in a noisy field; the rest is a loop of a
# dozen lines. We write it all: the schedule, the loss, the training, the loop.
#
# | question | here | section |
# |---|---|---|
# | What is the **problem**? | sea-ice thickness: a 120 km low-pass of it → 256 × 256 cells of 4 km, many answers | 1 |
# | What is the **split**? | by *run*: one simulation to train, another one to test | 1 |
# | What is the **criterion**? | squared error on the noise that was mixed in | 2, 3 |
# | Which **approaches** are compared? | the input; diffusion of anomaly and of full field; random anomalies | 4, 5 |
# | Which **metrics** judge? | power spectra of members, CRPS, spread, agreement with the input | 4, 5 |
#
# Every number in the text is stated once more by an `assert`. The cells under *Change this and look* break nothing.

# %%
import math
import time

import cmocean.cm as cmo
import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
import xarray as xr

from engine import observation, scenes, scores
from engine.grid import Grid
from engine.nets import diffusion
from engine.nets.diffusion import AngleNet

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
THICKNESS = {"cmap": cmo.ice, "limits": (0, 3)}  # m
STANDARD = {"cmap": cmo.balance, "limits": (-3, 3)}  # standard deviations


def draw(ax, field, cmap, limits, title=""):
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


def wavelength_axis(ax):
    """A logarithmic axis of wavelengths in km, the largest on the left."""
    ax.set(xscale="log", xlim=(1000, 8), xlabel="wavelength (km)")
    ax.set_xticks([1000, 500, 200, 100, 50, 20, 10], ["1000", "500", "200", "100", "50", "20", "10"])
    ax.minorticks_off()


# %% [markdown]
# ## 1. The problem and the split
#
# `ice_run` is **simulated**: brittle sea ice that breaks under random weather. Where it opens, thin ice and water
# show, the *leads*; where it is pushed together, *ridges* pile up. A sensor that sees means over 120 km sees neither.
# It also sees the concentration and the deformation, as blurred: these say that there are leads, not where.
#
# What the input $Hh$ leaves out is the **anomaly** $y = h - Hh$. This is what will be generated. Two runs are
# shipped, of 14 dates each. We train on the one and test on the other: another start, other weather, no lead in
# common. They are not alike: the anomalies of the test run are 1.4 times as strong. A split by run is honest, it is
# not always kind.

# %%
FIELDS = ["thickness", "concentration", "divergence", "shear"]
data = scenes.get("ice_run")
train, test = sorted((run for run in data.runs() if run.split == "test"), key=lambda run: run.times[0])


def stack(run):
    """Scenes of a run, its thickness (date, 1, y, x) in m, and its input (date, 4, y, x)."""
    opened = [scenes.open("ice_run", time=date) for date in run.times]
    fine = np.stack([scene.truth[["thickness"]].to_array() for scene in opened])
    low = np.stack([scene.problem.low[FIELDS].to_array() for scene in opened])
    return opened, torch.as_tensor(fine), torch.as_tensor(low)


_, fine, low = stack(train)
test_scenes, test_fine, test_low = stack(test)
shown = 4  # of the test run: the date that is drawn
scene = test_scenes[shown]
anomaly = (scene.truth - scene.problem.low)["thickness"]

print(f"{scene.kind.upper()}; {len(train.times)} dates to train, {len(test.times)} dates of another run to test")
print("Not real in it:", data.caution)
print("The input:", scene.problem.low.attrs["degradation"])

strength = float((test_fine - test_low[:, :1]).std() / (fine - low[:, :1]).std())
assert train.path != test.path and len(train.times) == len(test.times) == 14, "a split by run"
assert not set(train.times) & set(test.times)
assert scene.kind == "simulated" and fine.shape == (14, 1, 256, 256) and Grid.of(anomaly).spacing == (4000, 4000)
assert abs(strength - 1.4) < 0.1, "the anomalies of the test run are stronger"

fig, axes = plt.subplots(1, 4, figsize=(15, 4.2), sharey=True)
panels = [
    (scene.problem.low["thickness"], cmo.ice, (0, 3), "Input: thickness $Hh$ (m)"),
    (scene.problem.low["concentration"], cmo.ice, (0.75, 1), "Input: concentration (1)"),
    (scene.truth["thickness"], cmo.ice, (0, 3), "Truth: thickness $h$ (m)"),
    (anomaly, cmo.balance, (-1.5, 1.5), "Anomaly $y = h - Hh$ (m)"),
]
for ax, (field, cmap, limits, title) in zip(axes, panels):
    fig.colorbar(draw(ax, field, cmap, limits, title), ax=ax, orientation="horizontal", shrink=0.8, extend="both")
fig.suptitle(f"SIMULATED sea ice of the test run, {scene.time} (a date of the model)")
plt.show()

# %% [markdown]
# ## 2. Angles and noise
#
# Take a field $y$ of unit variance and white noise $\epsilon$ of unit variance, and mix them:
#
# $$z_t = \cos\gamma_t\; y + \sin\gamma_t\; \epsilon, \qquad \gamma_t = \gamma_0 + t\,(\gamma_1 - \gamma_0).$$
#
# The **angle** grows evenly with the time $t$ of the diffusion, from $\cos\gamma_0 = 0.95$ to $\cos\gamma_1 = 0.02$.
# (That time has nothing to do with that of the ice.) Because $\cos^2 + \sin^2 = 1$, $z_t$ has unit variance at every
# $t$: the network never sees anything large. At $t = 1$ there is nothing left but noise; at $t = 0$ the noise is
# still 0.31, too little to hide anything.
#
# White noise is as strong in a short wave as in a long one; the field is not. Its short waves drown first, its long
# ones last. Where signal and noise are equal (45°), waves longer than about 20 km are still above the noise. On the
# way back, then, the long waves are decided first, the details last.

# %%
GAMMA = math.acos(0.95), math.acos(0.02)


def rates(t):
    """Signal and noise rate at the time t."""
    angle = GAMMA[0] + t * (GAMMA[1] - GAMMA[0])
    return math.cos(angle), math.sin(angle)


def mix(y, noise, t):
    signal_rate, noise_rate = rates(t)
    return signal_rate * y + noise_rate * noise


t = np.linspace(0, 1, 101)
schedule = np.array([rates(one) for one in t])
angle = np.degrees(np.arctan2(schedule[:, 1], schedule[:, 0]))
half = (45 - angle[0]) / (angle[-1] - angle[0])

y = anomaly / anomaly.std()
noise = y.copy(data=np.random.default_rng(0).standard_normal(y.shape).astype(np.float32))

fig, axes = plt.subplots(1, 3, figsize=(14, 3.8))
axes[0].plot(t, schedule[:, 0], color="#0072B2", label=r"signal rate $\cos\gamma_t$")
axes[0].plot(t, schedule[:, 1], color="#D55E00", label=r"noise rate $\sin\gamma_t$")
axes[0].set(xlabel="t", ylabel="rate (1)", title="What is mixed")
axes[0].legend(loc="lower center")
axes[1].plot(t, angle, color="black")
axes[1].axhline(45, color="0.5", lw=0.8, ls=":")
axes[1].set(xlabel="t", ylabel="angle (degrees)", title="The angle is a straight line", ylim=(0, 92))
of_field, of_noise = scores.power_spectrum(y), scores.power_spectrum(noise)
length = 1 / of_field.wavenumber
for one, colour in zip((0, half, 0.9), ("#56B4E9", "#0072B2", "#CC79A7")):
    ratio = (rates(one)[0] / rates(one)[1]) ** 2 * of_field / of_noise
    axes[2].loglog(length, ratio, color=colour, label=f"t = {one:.2g}")
axes[2].axhline(1, color="0.5", lw=0.8, ls=":")
wavelength_axis(axes[2])
axes[2].set(ylabel="power of signal over noise (1)", title="Short waves drown first")
axes[2].legend()
plt.show()

equal = float(length[(of_field < of_noise).values.argmax()])
print(f"angle from {angle[0]:.0f} to {angle[-1]:.0f} degrees; at t = {half:.2f}, waves below {equal:.0f} km drown")
assert abs(schedule[0, 0] - 0.95) < 1e-9 and abs(1 / schedule[-1, 0] - 50) < 1e-6, "the ends; 50 is for section 3"
assert np.allclose((schedule**2).sum(axis=1), 1)
assert np.allclose(schedule.T, np.stack(diffusion.rates(torch.as_tensor(t)))), "the engine's own schedule"
assert abs(schedule[0, 1] - 0.31) < 0.005, "noise that is left at t = 0"
assert 16 < equal < 26, "about 20 km"

fig, axes = plt.subplots(1, 6, figsize=(15, 3), sharey=True)
for ax, one in zip(axes, (0, 0.2, 0.4, 0.6, 0.8, 1)):
    z = mix(y, noise, one)
    image = draw(ax, z, **STANDARD, title=f"t = {one:g}")
    assert abs(float(z.std()) - 1) < 0.05, "unit variance at all times"
fig.colorbar(image, ax=axes, label="standard deviations", extend="both", shrink=0.8)
fig.suptitle("$z_t$: a field of ice sinks into noise (SIMULATED)")
plt.show()

# %% [markdown]
# ## 3. The network and its training
#
# The network is given $z_t$, the four fields of the input, and the noise rate; it answers with the noise that it
# sees:
#
# $$\mathcal{L} = \overline{\left(f_\theta(z_t, \sin\gamma_t, x) - \epsilon\right)^2},$$
#
# over all dates, places, noises, and times $t$ evenly from 0 to 1. That is the whole **criterion**. It is a squared
# error, so the best answer is the mean of all noises that are possible given $z_t$. The trick of diffusion is to ask
# for it many times, in small steps, instead of once.
#
# Ours is a small U-Net (the engine's `AngleNet`), two levels and a hundred thousand parameters. It works on cells of
# 8 and 16 km and is told the noise rate as sines and cosines of it. One thing is not obvious: what the U-Net gives,
# $F$, is a *correction*,
#
# $$f = \sin\gamma_t\; z_t + \cos\gamma_t\; F.$$
#
# Near $t = 1$, $z_t$ **is** the noise, nearly; and there an error of $f$ counts $1/\cos\gamma_1 = 50$ times in the
# field. So $F$ may only add what is small there.
#
# An untrained $F$ is zero. Its loss can be computed: $\cos^2\gamma_t$, 0.39 on average. Training starts from there.
#
# Its **augmentation**: squares of 64 × 64 cells from anywhere, turned and mirrored. Nothing that the network sees has
# a direction. (The ice does drift somewhere, but the drift is not among the inputs.)

# %%
STEPS, BATCH, SIZE = 640, 8, 64
mean, spread = low.mean(dim=(0, 2, 3), keepdim=True), low.std(dim=(0, 2, 3), keepdim=True)
told, test_told = (low - mean) / spread, (test_low - mean) / spread


def cut(fields):
    """A batch of random squares of (date, channel, y, x), turned and mirrored."""
    squares = []
    for _ in range(BATCH):
        date, (top, left) = torch.randint(len(fields), ()), torch.randint(fields.shape[-1] - SIZE + 1, (2,))
        square = fields[date, :, top : top + SIZE, left : left + SIZE].rot90(int(torch.randint(4, ())), (-2, -1))
        squares.append(square.flip(-1) if torch.rand(()) < 0.5 else square)
    return torch.stack(squares)


def small():
    """A new network; always the same one."""
    torch.manual_seed(0)
    return AngleNet(inputs=5, widths=(16, 32), blocks=1, fold=2).to(memory_format=torch.channels_last)


def fit(net, target, steps=STEPS, rate=6e-3):
    """Minimise the squared error on the noise in a target (date, 1, y, x) of unit variance; returns the losses."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # squares of 64 x 64 are too small to be shared between threads
    both = torch.cat([target, told], dim=1)
    optimiser = torch.optim.AdamW(net.parameters(), rate, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, steps, pct_start=0.1)
    losses = []
    for _ in range(steps):
        squares = cut(both)
        clean, seen = squares[:, :1], squares[:, 1:]
        signal_rate, noise_rate = diffusion.rates(torch.rand(BATCH))
        noise = torch.randn_like(clean)
        noisy = signal_rate[:, None, None, None] * clean + noise_rate[:, None, None, None] * noise
        loss = F.mse_loss(net(noisy, seen, noise_rate), noise)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        losses.append(float(loss.detach()))
    torch.set_num_threads(threads)
    return losses


@torch.inference_mode()
def loss_at(net, t, target, told):
    """The loss at one time, on whole fields, always with the same noise."""
    noise = torch.randn(target.shape, generator=torch.Generator().manual_seed(1))
    return float(F.mse_loss(net(mix(target, noise, t), told, torch.full((len(target),), rates(t)[1])), noise))


scale = {"anomaly": float((fine - low[:, :1]).std())}  # m
target, test_target = (fine - low[:, :1]) / scale["anomaly"], (test_fine - test_low[:, :1]) / scale["anomaly"]

nets, losses = {"anomaly": small()}, {}
times, some = (0, 0.1, 0.3, 0.5, 0.7, 0.9, 1), slice(None, None, 5)
untrained = [loss_at(nets["anomaly"], one, target[some], told[some]) for one in times]

start = time.perf_counter()
losses["anomaly"] = fit(nets["anomaly"], target)
count = sum(p.numel() for p in nets["anomaly"].parameters())
print(f"{count} parameters, {STEPS} steps, {time.perf_counter() - start:.0f} s")
seen = [loss_at(nets["anomaly"], one, target[some], told[some]) for one in times]
unseen = [loss_at(nets["anomaly"], one, test_target[some], test_told[some]) for one in times]


def smooth(values, width=25):
    return np.convolve(values, np.ones(width) / width, mode="valid")


average = float((schedule[:, 0] ** 2).mean())
fig, axes = plt.subplots(1, 2, figsize=(12, 3.8))
axes[0].plot(losses["anomaly"], color="#56B4E9", lw=0.5)
axes[0].plot(np.arange(12, STEPS - 12), smooth(losses["anomaly"]), color="#0072B2", label="mean of 25 steps")
axes[0].axhline(average, color="0.5", ls=":", label="untrained")
axes[0].set(xlabel="step", ylabel="squared error on the noise (1)", ylim=(0, 0.7), title="Training")
axes[0].legend()
axes[1].plot(t, schedule[:, 0] ** 2, color="0.5", ls=":", label=r"untrained: $\cos^2\gamma_t$")
axes[1].plot(times, seen, "o-", color="#0072B2", label="training run")
axes[1].plot(times, unseen, "s-", color="#D55E00", label="test run")
axes[1].set(xlabel="t", title="Little noise is hard to see")
axes[1].legend()
plt.show()

last = np.mean(losses["anomaly"][-100:])
print(f"loss: {average:.2f} untrained, {last:.3f} in the last hundred steps")
print("by t, training run and test run:", {one: (round(a, 3), round(b, 3)) for one, a, b in zip(times, seen, unseen)})
assert 1e5 < count < 1.2e5, "a hundred thousand"
assert abs(average - 0.39) < 0.005
assert np.allclose(untrained, [rates(one)[0] ** 2 for one in times], rtol=0.15, atol=0.01), "as computed"
assert last < 0.4 * average, "it has learnt something"
assert unseen[0] > unseen[3] > unseen[5], "little noise is hard to see"
assert sum(seen) < sum(unseen), "another run, stronger anomalies: it is harder"

# %% [markdown]
# ## 4. From noise to a field
#
# The way back. Start from noise, $t = 1$. The network says what it takes for noise; take it away, and what is left is
# the field that we are heading for, $\hat y = (z_t - \sin\gamma_t\,\hat\epsilon)/\cos\gamma_t$. Do not go there at
# once: mix the *same* $\hat y$ and the *same* $\hat\epsilon$ anew, with a little less noise, and ask again (Song et
# al. 2021, DDIM, eq. 12 with $\sigma = 0$).
#
# Nothing is random in this loop but the start. One noise, one field: another **member** is another noise.

# %%
@torch.inference_mode()
def generate(net, seen, start, steps=10):
    """From noise (member, 1, y, x) and an input (4, y, x) down the angles: (z, clean field so far) at every step."""
    z, film = start, []
    for k in range(steps):
        (signal_rate, noise_rate), (next_signal, next_noise) = rates(1 - k / steps), rates(1 - (k + 1) / steps)
        found = net(z, seen.expand(len(z), -1, -1, -1), torch.full((len(z),), noise_rate))
        clean = (z - noise_rate * found) / signal_rate
        film.append((z, clean))
        z = next_signal * clean + next_noise * found
    return film


def white(members, seed):
    return torch.randn(members, 1, *fine.shape[-2:], generator=torch.Generator().manual_seed(seed))


film = generate(nets["anomaly"], test_told[shown], white(1, seed=0))

with torch.inference_mode():

    def ask(z, noise_rate):
        return nets["anomaly"](z, test_told[[shown]], torch.tensor([noise_rate]))

    *_, (last_clean, _) = diffusion.descend(ask, white(1, seed=0), diffusion.angle_times(10))
apart = float((last_clean - film[-1][1]).abs().max())
print(f"our loop and the engine's differ by {apart:.0e} standard deviations at most")
assert len(film) == 10 and apart < 1e-3, "the same to rounding"

fig, axes = plt.subplots(2, 5, figsize=(14, 5.8), sharex=True, sharey=True)
for column, k in zip(axes.T, (0, 2, 4, 6, 9)):
    for ax, values, name in zip(column, film[k], ("$z_t$", r"$\hat y$")):
        field = y.copy(data=values[0, 0])
        image = draw(ax, field, **STANDARD, title=f"{name}, step {k + 1}, t = {1 - k / 10:g}")
fig.colorbar(image, ax=axes, label="standard deviations", extend="both", shrink=0.7)
fig.suptitle("Above what the network sees, below where it is heading (made from SIMULATED ice)")
plt.show()

deviation = [float(clean.std()) for _, clean in film]
change = [float((after - before).std()) for (_, before), (_, after) in zip(film[:-1], film[1:])]
print("standard deviation of the clean field so far:", np.round(deviation, 2))
print("and of its change from step to step:", np.round(change, 2))
assert change[-1] < 0.5 * change[0], "less and less is undecided"
assert deviation[-1] > 1.4 * deviation[0], "what cannot be known is pale at first, and is decided on the way"

# %% [markdown]
# The first $\hat y$ is pale: given noise alone, the best guess is the mean of all possible anomalies. It is the
# answer that a network of the second notebook would give. (Trained to the end it would be smooth, too; the grain is
# an error.) Then chance decides, the long waves first, and each step takes the earlier decisions as given. From step
# to step, less changes.
#
# Now six members for each of four dates of the test run, and for comparison the cheapest ensemble there is: **random
# anomalies**, cut from the training run without a look at the input. They have the right texture (they are true
# anomalies), in places that have nothing to do with the input.

# %%
MEMBERS, chosen = 6, range(0, 14, 4)


def members(kind, date, shift=0.0, count=MEMBERS, steps=10):
    """Thickness (member, y, x) in m; the input made thicker by `shift` m."""
    thicker = test_told[date].clone()
    thicker[0] += shift / spread[0, 0]
    clean = generate(nets[kind], thicker, white(count, seed=date), steps)[-1][1][:, 0]
    background = test_low[date, 0] + shift if kind == "anomaly" else fine.mean()
    values = background + scale[kind] * clean
    return test_scenes[date].problem.estimate(values.numpy(), member=np.arange(count))["thickness"]


def random_anomalies(date):
    """The input with anomalies of random training dates, rolled at random."""
    random = np.random.default_rng(date)
    rolled = [np.roll(target[n, 0], random.integers(256, size=2), (0, 1)) for n in random.permutation(14)[:MEMBERS]]
    values = test_low[date, 0].numpy() + scale["anomaly"] * np.stack(rolled)
    return test_scenes[date].problem.estimate(values, member=np.arange(MEMBERS))["thickness"]


made = {
    "anomaly": {date: members("anomaly", date) for date in chosen},
    "random": {date: random_anomalies(date) for date in chosen},
}
drawn = made["anomaly"][shown]

fig, axes = plt.subplots(2, 3, figsize=(12, 7.6), sharex=True, sharey=True)
panels = [
    (scene.problem.low["thickness"], "Input"),
    (scene.truth["thickness"], "Truth"),
    (drawn.mean("member"), "Mean of six members"),
    (drawn[0], "Member 1"),
    (drawn[1], "Member 2"),
    (made["random"][shown][0], "Input and a random anomaly"),
]
for ax, (field, title) in zip(axes.flat, panels):
    image = draw(ax, field, **THICKNESS, title=title)
fig.colorbar(image, ax=axes, label="thickness (m)", extend="max", shrink=0.7)
fig.suptitle(f"One input, many answers (SIMULATED, {scene.time})")
plt.show()

# %% [markdown]
# What can a model do that was trained for a minute, and what not?

# %%
pairs = {date: (test_scenes[date].truth["thickness"], test_scenes[date].problem.low["thickness"]) for date in chosen}


def judge(date, name):
    """CRPS, spread, RMSE of the mean and of a member (m), and whether the roughness lies where it should (1)."""
    field, (truth, low) = made[name][date], pairs[date]
    blur = test_scenes[date].problem.observation.apply
    squares = ((field - low) ** 2).mean("member"), (truth - low) ** 2
    rough = [blur(torch.as_tensor(square.values)).ravel() for square in squares]
    wide, off = scores.spread_and_skill(field, truth)
    return {
        "CRPS": scores.crps(field, truth),
        "spread": wide,
        "error of mean": float(scores.rmse(field.mean("member"), truth)),
        "error of member": float(scores.rmse(field[0], truth)),
        "spread over skill": wide / off,
        "roughness": float(np.corrcoef(*rough)[0, 1]),
    }


table = {name: [judge(date, name) for date in chosen] for name in made}
result = {name: {key: float(np.mean([row[key] for row in rows])) for key in rows[0]} for name, rows in table.items()}
result["input"] = {
    "CRPS": float(np.mean([scores.mae(low, truth) for truth, low in pairs.values()])),  # what it is for one answer
    "error of mean": float(np.mean([scores.rmse(low, truth) for truth, low in pairs.values()])),
}
for name, row in result.items():
    print(f"{name:8s}", {key: round(value, 3) for key, value in row.items()})


def mean_curves(name):
    parts = [scores.spectra(made[name][date].to_dataset(name="thickness"), test_scenes[date]) for date in chosen]
    return xr.concat(parts, "date", combine_attrs="drop_conflicts").mean("date")


def power(curves, name, longest, shortest):
    """Power of a curve over that of the truth in a band of wavelengths (km)."""
    inside = ((curves.wavenumber > 1 / longest) & (curves.wavenumber <= 1 / shortest)).values
    return float(curves[name].values[inside].sum() / curves["truth"].values[inside].sum())


BANDS = [(2000, 240), (240, 120), (120, 60), (60, 30), (30, 16), (16, 8)]
curves = {name: mean_curves(name) for name in made}
for name, of in (("anomaly", "members"), ("anomaly", "estimate"), ("random", "members"), ("anomaly", "input")):
    print(f"{name:8s} {of:9s}", {band: round(power(curves[name], of, *band), 3) for band in BANDS})

fig, ax = plt.subplots(figsize=(8, 4.5))
lines = [
    ("anomaly", "truth", "black", "truth"),
    ("anomaly", "input", "0.55", "input"),
    ("anomaly", "members", "#D55E00", "members"),
    ("anomaly", "estimate", "#0072B2", "mean of six members"),
    ("random", "members", "#009E73", "input and random anomalies"),
]
for name, of, colour, label in lines:
    ax.loglog(1 / curves[name].wavenumber, curves[name][of].values, color=colour, label=label)
wavelength_axis(ax)
ax.set(ylabel="power (m² km)", ylim=(1e-4, 40))
ax.set_title("The input ends at 120 km, the members do not (SIMULATED)", pad=8)
ax.legend()
plt.show()

reach, fine_end = [power(curves["anomaly"], "members", *band) for band in ((120, 30), (16, 8))]
assert power(curves["anomaly"], "input", 120, 60) < 0.02, "the input: one percent"
assert 0.45 < reach < 1.15, "the members: from half to all"
assert fine_end < 0.75, "too smooth at the shortest waves"
assert power(curves["anomaly"], "estimate", 120, 30) < 0.5 * reach, "a mean is smooth"
assert result["anomaly"]["CRPS"] < 0.85 * result["input"]["CRPS"], "better than one answer"
assert 0.85 < result["anomaly"]["CRPS"] / result["random"]["CRPS"] < 1, "and a little better than random anomalies"
assert result["anomaly"]["roughness"] > 0.5 > 0.3 > result["random"]["roughness"], "it knows where the ice is broken"
assert result["anomaly"]["error of member"] > result["input"]["error of mean"], "a member is always worse than a mean"
assert result["anomaly"]["error of mean"] > 0.97 * result["input"]["error of mean"], "but not where each lead runs"
assert result["anomaly"]["spread over skill"] < 0.95, "too sure of itself"
negative = float(np.mean([(field < 0).mean() for field in made["anomaly"].values()]))
print(f"cells below zero: {100 * negative:.2f} %")
assert 0 < negative < 0.02, "nobody told it that ice is not thinner than nothing"

# %% [markdown]
# It **can** make the right kind of roughness. Between 60 and 120 km the input holds a hundredth of the truth's power;
# the members hold from half to all of it, down to 30 km. And it knows *where* the ice is broken, which the input
# tells: the roughness of its members, blurred to 120 km, goes with that of the truth. Random anomalies cannot know.
# As an ensemble it is much better than the input alone (the CRPS of one answer is its mean absolute error). But so
# are the random anomalies, nearly: chance in the right amount is most of the gain, and knowing where is the small
# rest.
#
# It **cannot** say where each lead runs. One member is worse than the input by RMSE: it draws sharp things in the
# wrong places and pays twice. Even the mean of its members is no better. Its leads are patches, not the long lines of
# the truth; below 16 km it is too smooth; its spread is too small for its errors (the test run is rougher than the
# ice it has seen); a few cells have less than no thickness. The project's own `ice_diffusion` is this loop around a
# deeper network, trained for hours. Where the leads run is not in the input, and no training puts it there.
#
# ### Change this and look

# %%
steps = 3  # network calls per member; try 1, 2, 5, 20, 50

looked = members("anomaly", shown, count=2, steps=steps)
fig, axes = plt.subplots(1, 2, figsize=(9, 4.2), sharey=True)
for ax, (name, field) in zip(axes, (("ten steps", drawn[0]), (f"steps = {steps}", looked[0]))):
    image = draw(ax, field, **THICKNESS, title=f"The same noise, {name}")
fig.colorbar(image, ax=axes, label="thickness (m)", extend="max")
plt.show()

# %% [markdown]
# **Exercises.** (a) Start two members from noises that differ in one corner only. How far does the difference reach?
# (b) Start from $\cos\alpha\,\epsilon_1 + \sin\alpha\,\epsilon_2$ and turn $\alpha$ from 0 to 90°: one member becomes
# another. Are those in between as rough? (c) Train with half of the steps, and with twice as many. Which waves gain?

# %% [markdown]
# ## 5. The anomaly or the full field?
#
# Why the anomaly, and not $h$ itself? The input is among the things that the network sees; it could learn to copy the
# long waves from there. Let us see. The **same** network from the same start, the same squares, the same noise, the
# same number of steps; only the target is another one: $h$ less its mean over the training run, over its standard
# deviation.

# %%
scale["full field"] = float(fine.std())  # m
full_target = (fine - fine.mean()) / scale["full field"]

nets["full field"] = small()
start = time.perf_counter()
losses["full field"] = fit(nets["full field"], full_target)
print(f"{time.perf_counter() - start:.0f} s; last hundred steps {np.mean(losses['full field'][-100:]):.3f}")
assert np.mean(losses["full field"][-100:]) < last, "a smoother target: its noise is easier to see"

made["full field"] = {date: members("full field", date) for date in chosen}

# %% [markdown]
# How well a field agrees with its input can be asked without any truth: treat it as the truth was treated, and
# compare, $H\hat h - Hh$. For the truth this is zero. For the input itself it is not, 0.05 m: the mean of means is
# not the mean.

# %%
def left(field, date, shift=0.0):
    """What the low-passed field has more than its input, in m."""
    problem = test_scenes[date].problem
    return observation.residual(field, problem.low["thickness"] + shift, problem.observation)


def rms(values):
    return float(np.sqrt(np.mean(values**2)))


kinds = {"anomaly": "#D55E00", "full field": "#CC79A7"}
bias = {name: np.mean([rms(left(made[name][date], date)) for date in chosen]) for name in kinds}
bias["input"] = np.mean([rms(left(low, date)) for date, (_, low) in pairs.items()])
bias["truth"] = np.mean([rms(left(truth, date)) for date, (truth, _) in pairs.items()])
print("low-passed minus input, RMS (m):", {name: round(float(value), 3) for name, value in bias.items()})

curves["full field"] = mean_curves("full field")
long = {name: power(curves[name], "members", *BANDS[0]) for name in kinds}
long["input"] = power(curves["anomaly"], "input", *BANDS[0])
print("power of waves above 240 km over the truth's:", {name: round(value, 2) for name, value in long.items()})

assert bias["truth"] < 1e-5 and abs(bias["input"] - 0.05) < 0.01, "zero by definition; the mean of means"
assert bias["full field"] > 1.05 * bias["anomaly"] > bias["input"], "the full field strays farther"
assert long["full field"] < long["input"] < 0.85 < long["anomaly"] < 1.4, "and has lost long waves that it was shown"

# %% [markdown]
# Both stray from the input, the full field farther. Its long waves have less power than the *input* has, which it was
# given to copy: through ten steps, never quite right. The anomaly's members have them by addition.
#
# That was ice of about the thickness that both were trained on. Now let the ice be thicker, everywhere by the same.
# Nothing else changes, so the right answers are the old ones, thicker by the same.

# %%
MORE = (0, 0.25, 0.5, 1)  # m
astray = {name: [left(members(name, shown, more, count=2), shown, more) for more in MORE] for name in kinds}
for name, found in astray.items():
    print(f"{name:10s} ice thicker by {MORE} m: low-passed minus input {[round(rms(one), 2) for one in found]} m")

fig, axes = plt.subplots(1, 2, figsize=(12, 4))
for name, of, colour, label in [*lines[:2], *((name, "members", colour, name) for name, colour in kinds.items())]:
    axes[0].loglog(1 / curves[name].wavenumber, curves[name][of].values, color=colour, label=label)
wavelength_axis(axes[0])
axes[0].set(ylabel="power (m² km)", ylim=(1e-3, 40), title="Members, and what they should be")
axes[0].legend()
for name, colour in kinds.items():
    axes[1].plot(MORE, [rms(one) for one in astray[name]], "o-", color=colour, label=name)
axes[1].axhline(bias["input"], color="0.5", ls=":", label="input alone")
axes[1].set(xlabel="ice thicker by (m)", ylabel="low-passed minus input, RMS (m)", ylim=(0, None))
axes[1].set_title("What is added need not be learnt")
axes[1].legend()
fig.suptitle("SIMULATED")
plt.show()

fig, axes = plt.subplots(1, 2, figsize=(9, 4.2), sharey=True)
for ax, (name, found) in zip(axes, astray.items()):
    image = draw(ax, anomaly.copy(data=found[2].mean(axis=0)), cmo.balance, (-0.4, 0.4), name)
fig.colorbar(image, ax=axes, label="low-passed minus input (m)", extend="both")
fig.suptitle(f"Ice thicker by {MORE[2]} m (SIMULATED)")
plt.show()

far = {name: rms(found[-1]) for name, found in astray.items()}
assert far["anomaly"] < 0.2 and far["full field"] > 0.4, "a tenth of a metre, more than half a metre"
assert far["full field"] > 2.5 * far["anomaly"]

# %% [markdown]
# With one metre more, the anomaly's members are still off by about a tenth of a metre; the full field's by more than
# half a metre. It falls back to the ice that it knows. The anomaly has no such memory of a thickness: what it has not
# learnt, it cannot get wrong. (It has not learnt how thick ice *breaks* either. Its texture is a guess there; look at
# it.)
#
# ### Change this and look

# %%
thicker = -0.5  # m; try 0.1, 2

for name in kinds:
    field = members(name, shown, thicker, count=2)
    print(f"{name:10s} mean {float(field.mean()):.2f} m, should be {float(test_low[shown, 0].mean()) + thicker:.2f} m")

# %% [markdown]
# **Exercises.** (a) `engine.observation.project` makes any member agree with its input (second notebook, section 5). Is
# the full field then as good as the anomaly? Look at its power below 120 km, for thicker ice too. (b) Train with the
# input made thicker at random, up to one metre. Which of the two needs it? (c) Give the network `fold=4`: its cells
# are coarser, it sees twice as far. What happens to the long waves of the full field, and what to the short ones?

# %% [markdown]
# ## What to take along
#
# - A diffusion model learns one thing, to see noise; a loop of a dozen lines makes fields of it.
# - The loop is deterministic: all chance is in its first noise. Long waves are decided first.
# - A member is rough like the truth, in other places. Judge the ensemble (CRPS, spread), not the member's RMSE.
# - Generate what the input leaves out, and **add** the rest: what is added need not be learnt.
# - A minute of training gives texture. Compare with something cheap before you call it skill.
#
# The explorer shows trained models at work: the film of a member on its way, all members, and where they agree.
