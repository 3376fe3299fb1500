"""`python -m engine.training KEY` makes one weight file; --devices and the like are Lightning's own."""

import argparse
import importlib
import pkgutil
import sys

import torch

from engine import training
from engine.errors import InputError
from engine.training.loop import Recipe, train

LIGHTNING = ("accelerator", "devices", "num_nodes", "precision", "strategy")


def recipes() -> dict[str, Recipe]:
    """Key -> recipe, from every file of this package that has RECIPES."""
    names = [module.name for module in pkgutil.iter_modules(training.__path__) if not module.name.startswith("_")]
    found = [getattr(importlib.import_module(f"engine.training.{name}"), "RECIPES", ()) for name in names]
    return {recipe.key: recipe for recipes in found for recipe in recipes}


def main(arguments: list[str] | None = None) -> None:
    """Train one method's weights as the command line says.

    Args:
        arguments: What follows the program's name; None takes those of the process.

    Raises:
        SystemExit: With one sentence where there is nothing to train on, or for arguments that are not understood.
    """
    known = recipes()
    parser = argparse.ArgumentParser(prog="python -m engine.training", description="Train one method's weights.")
    parser.add_argument("key", choices=sorted(known))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=None, help="optimiser steps (default: the recipe's)")
    parser.add_argument("--threads", type=int, default=None, help="CPU threads")
    parser.add_argument("--afresh", action="store_true", help="do not resume an interrupted run")
    parser.add_argument(
        "--further", action="store_true", help="start from the weights that are there, at half the rate"
    )
    parser.add_argument(
        "--runs", default="", help="names of the training runs, with commas between (default: all that are here)"
    )
    for flag in LIGHTNING:
        kind = int if flag in ("devices", "num_nodes") else str
        parser.add_argument(f"--{flag.replace('_', '-')}", type=kind, default=None, help="as in lightning.Trainer")
    chosen = vars(parser.parse_args(arguments))
    if chosen["threads"]:
        torch.set_num_threads(chosen["threads"])
    flags = {name: chosen[name] for name in LIGHTNING if chosen[name] is not None}
    recipe, again = known[chosen["key"]], not chosen["afresh"]
    try:
        where = train(
            recipe, seed=chosen["seed"], steps=chosen["steps"], resume=again, further=chosen["further"],
            runs=tuple(filter(None, chosen["runs"].split(","))), **flags,
        )  # fmt: skip
    except InputError as error:
        sys.exit(str(error))
    print(f"written to {where}")


if __name__ == "__main__":
    main()
