"""One training run: Lightning does the loop; here stand what is trained, on what, and what is written at the end."""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import lightning as L
import torch
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint, RichProgressBar, WeightAveraging
from lightning.pytorch.loggers import CSVLogger
from torch import nn
from torch.utils.data import DataLoader

from engine import device, weights
from engine.paths import cache
from engine.training.data import OceanCuts, collate

Loss = Callable[[nn.Module, Any], torch.Tensor]  # of a network and a batch
Judge = Callable[[nn.Module, Any], Mapping[str, torch.Tensor]]


@dataclass(frozen=True)
class Recipe:
    """How one weight file is made. `judge` gives validation numbers; its first one decides which weights are kept, and
    when to stop early. about: what else the card says."""

    key: str
    build: Callable[..., nn.Module]
    arguments: Mapping[str, Any]
    loss: Loss
    judge: Judge
    rate: float = 1e-3
    batch: int = 2
    steps: int = 3000
    size: int = 432
    weight_decay: float = 1e-4
    data: Any = OceanCuts  # (split, size, runs) -> a data set with its scene, origin, runs(...) and normalisation(...)
    runs: tuple[str, ...] = ()  # names of the training runs; none: all that are here
    collate: Callable = collate
    workers: int = 0  # processes that prepare what comes next
    about: Mapping[str, Any] = field(default_factory=dict)
    valid: Mapping[str, Any] = field(default_factory=dict)  # the observations it is trained for, see engine.validity


class Fit(L.LightningModule):
    """A network, its loss and its validation numbers; AdamW with a linear warm-up and a cosine decay."""

    def __init__(self, recipe: Recipe):
        super().__init__()
        self.recipe, self.net = recipe, recipe.build(**recipe.arguments)
        self.net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

        self.started, self.spent = time.monotonic(), 0.0

    @property
    def seconds(self) -> float:
        """How long this network has been trained, interrupted runs added up."""
        return self.spent + time.monotonic() - self.started

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["seconds"] = self.seconds

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self.spent = checkpoint.get("seconds", 0.0)

    def training_step(self, batch: Any, index: int) -> torch.Tensor:
        loss = self.recipe.loss(self.net, batch)
        self.log("loss", loss, prog_bar=True)
        return loss

    def validation_step(self, batch: Any, index: int) -> None:
        for position, (name, value) in enumerate(self.recipe.judge(self.net, batch).items()):
            self.log("validation" if position == 0 else name, value, prog_bar=position == 0, batch_size=1)
            if position == 0:
                self.log(name, value, batch_size=1)

    def configure_optimizers(self):
        optimiser = torch.optim.AdamW(self.net.parameters(), self.recipe.rate, weight_decay=self.recipe.weight_decay)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, self.recipe.rate, total_steps=self.recipe.steps + 1, pct_start=0.05, final_div_factor=100
        )
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def train(
    recipe: Recipe,
    *,
    seed: int = 0,
    steps: int | None = None,
    resume: bool = True,
    further: bool = False,
    runs: tuple[str, ...] = (),
    **flags: Any,
) -> Path:
    """Train, resume where an interrupted run stopped, write the weights that validate best and a card.

    Args:
        recipe: What is trained, on what.
        seed: Of all that is drawn.
        steps: Optimiser steps; None: the recipe's.
        resume: Whether to go on from an interrupted run.
        further: Start from the weights that are there, at half the rate; the new card keeps what theirs said.
        runs: Names of the training runs; none: all that are here.
        flags: Go to lightning.Trainer as they are (devices, num_nodes, accelerator, precision, ...).

    Returns:
        Folder of the weights.

    Raises:
        InputError: Where the runs to train on, or the weights to start from, are not here.
    """
    recipe = recipe if steps is None else replace(recipe, steps=steps)
    recipe = replace(recipe, runs=runs, rate=recipe.rate / 2 if further else recipe.rate)
    flags = _hardware(flags) | flags
    L.seed_everything(seed, workers=True, verbose=False)
    folder = cache() / "training" / (recipe.key + "_further" * further)
    best = ModelCheckpoint(folder, "best", monitor="validation", enable_version_counter=False)
    trainer = L.Trainer(**(_defaults(recipe, folder, best) | flags))
    last, fit = folder / "last.ckpt", Fit(recipe)
    before = weights.card(recipe.key) if further else {}
    if further:
        fit.net.load_state_dict(weights.load(recipe.key, type(fit.net)).state_dict())
    checkpoint = str(last) if resume and last.is_file() else None
    trainer.fit(fit, _loader(recipe, "train"), _loader(recipe, "validation"), ckpt_path=checkpoint, weights_only=True)
    kept = torch.load(best.best_model_path or last, weights_only=True)
    fit.load_state_dict(kept["state_dict"])
    (scores,) = L.Trainer(**_quiet(recipe, flags)).validate(fit, _loader(recipe, "validation"), verbose=False)
    about = _card(recipe, seed, scores, fit.seconds, trainer.global_step) | {"best_step": kept["global_step"]}
    if further:
        said = ("command", "data", "steps", "minutes", "validation_scores", "sha256", "before")
        about |= {"command": f"{about['command']} --further", "before": {k: before[k] for k in said if k in before}}
    return weights.save(recipe.key, fit.net, about)


def _hardware(flags: Mapping[str, Any]) -> dict[str, Any]:
    """What Lightning is told where FINESCALE_DEVICE alone says where to train; else it looks for itself."""
    if "accelerator" in flags or not os.environ.get(device.VARIABLE):
        return {}
    where = device.find()
    return {"accelerator": where.type, "devices": 1 if where.index is None else [where.index]}


def _loader(recipe: Recipe, split: str) -> DataLoader:
    train = split == "train"
    data, size = recipe.data(split, recipe.size, recipe.runs), recipe.batch if train else 1
    workers = recipe.workers if train else 0
    return DataLoader(
        data, batch_size=size, shuffle=train, collate_fn=recipe.collate, drop_last=train, num_workers=workers,
        persistent_workers=workers > 0,
    )  # fmt: skip


def _defaults(recipe: Recipe, folder: Path, best: ModelCheckpoint) -> dict[str, Any]:
    return {
        "max_steps": recipe.steps,
        "precision": "bf16-mixed",
        "gradient_clip_val": 1.0,
        "log_every_n_steps": 20,
        "enable_model_summary": False,
        "num_sanity_val_steps": 0,
        "val_check_interval": max(1, recipe.steps // 12),
        "check_val_every_n_epoch": None,
        "limit_val_batches": 12,
        "logger": CSVLogger(folder, name="", version="log"),
        "callbacks": [
            WeightAveraging(avg_fn=_averaged),
            EarlyStopping("validation", patience=6, check_finite=True),
            ModelCheckpoint(folder, save_last=True, save_top_k=0, every_n_train_steps=200),
            RichProgressBar(),
            best,  # averaged weights, as they were validated
        ],
    }


def _quiet(recipe: Recipe, flags: Mapping[str, Any]) -> dict[str, Any]:
    """For one more validation, of the weights that are kept: no averaging, nothing written."""
    silent = dict.fromkeys(("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary"), False)
    return {"precision": "bf16-mixed", "limit_val_batches": 12} | dict(flags) | silent


def _averaged(average: torch.Tensor, new: torch.Tensor, count: torch.Tensor) -> torch.Tensor:
    """Exponential mean of the weights over the last 500 steps; over fewer at first, so that the start is forgotten."""
    return torch.lerp(new, average, min(0.998, (1 + int(count)) / (10 + int(count))))


def _card(recipe: Recipe, seed: int, scores: Mapping[str, float], seconds: float, steps: int) -> dict[str, Any]:
    return {
        "arguments": dict(recipe.arguments),
        "normalisation": recipe.data.normalisation(recipe.runs),
        "command": f"python -m engine.training {recipe.key} --seed {seed} --steps {recipe.steps}{_named(recipe.runs)}",
        "data": f"{recipe.data.scene}: {', '.join(recipe.data.runs(recipe.runs))}; {recipe.data.origin}",
        "seed": seed,
        "steps": steps,
        "batch": recipe.batch,
        "rate": recipe.rate,
        "minutes": round(seconds / 60, 1),
        "validation_scores": {name: round(value, 5) for name, value in scores.items() if name != "validation"},
        **({"valid": dict(recipe.valid)} if recipe.valid else {}),
        **recipe.about,
    }


def _named(runs: tuple[str, ...]) -> str:
    return f" --runs {','.join(runs)}" if runs else ""
