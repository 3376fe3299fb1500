"""Trained weights: half-precision tensors in safetensors, all else in a card; checksums are compared on loading."""

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from engine.device import chosen
from engine.errors import InputError
from engine.paths import assets

Net = TypeVar("Net", bound=nn.Module)
TENSORS, CARD = "model.safetensors", "card.json"


def folder(key: str) -> Path:
    """Where the weights of a name lie, or would.

    Args:
        key: their name.

    Returns:
        A folder of the assets.
    """
    return assets() / "weights" / key


def trained(key: str) -> bool:
    """Whether there are weights of that name.

    Args:
        key: their name.

    Returns:
        True where their card is there.
    """
    return (folder(key) / CARD).is_file()


@lru_cache(maxsize=32)
def card(key: str) -> dict[str, Any]:
    """The card of a weight file: arguments, normalisation, training command, data, seed, scores, sha256.

    Args:
        key: name of the weights.

    Returns:
        The card as its JSON stands, one per process.

    Raises:
        InputError: there are no such weights.
    """
    path = folder(key) / CARD
    if not path.is_file():
        raise InputError(f"The weights {key!r} are not here; make them with `finescale train {key}`.")
    return json.loads(path.read_text())


def load(key: str, build: type[Net]) -> Net:
    """The network `build(**card["arguments"])` with its weights, in evaluation mode, one per process and device.

    Args:
        key: name of the weights.
        build: the network's class.

    Returns:
        The network on `engine.device.chosen()`, without gradients.

    Raises:
        InputError: the file is missing or is not the one its card describes.
    """
    return cast(Net, _load(key, build, chosen()))  # type: ignore[arg-type]


@lru_cache(maxsize=32)
def _load(key: str, build: type[nn.Module], device: torch.device) -> nn.Module:
    path, about = folder(key) / TENSORS, card(key)
    if not path.is_file() or sha256(path) != about["sha256"]:
        raise InputError(f"The weights {key!r} are missing or damaged: {path.name} does not match its card.")
    net = build(**about["arguments"])
    net.load_state_dict(load_file(path))
    return net.eval().requires_grad_(False).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]


def save(key: str, net: nn.Module, about: dict[str, Any]) -> Path:
    """Write the weights, in half precision, and the card.

    Args:
        key: name of the weights.
        net: the network.
        about: the card; its sha256 and number of parameters are filled in.

    Returns:
        The folder that holds both.
    """
    where = folder(key)
    where.mkdir(parents=True, exist_ok=True)
    tensors = {name: value.detach().half().cpu().contiguous() for name, value in net.state_dict().items()}
    save_file(tensors, where / TENSORS)
    complete = {**about, "sha256": sha256(where / TENSORS), "parameters": sum(p.numel() for p in net.parameters())}
    (where / CARD).write_text(json.dumps(complete, indent=2) + "\n")
    card.cache_clear()  # what was there before is no longer what is meant
    _load.cache_clear()
    return where


def sha256(path: Path) -> str:
    """Checksum of a whole file.

    Args:
        path: the file.

    Returns:
        64 hexadecimal digits.
    """
    return hashlib.sha256(path.read_bytes()).hexdigest()
