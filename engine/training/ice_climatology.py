"""`python -m engine.training.ice_climatology` remembers anomalies of the ice run's training dates."""

import torch

from engine import weights
from engine.nets.memory import Memory
from engine.training.ice_data import VALID, IceCuts, low_pass, run

COUNT = 48


def remembered(count: int = COUNT) -> torch.Tensor:
    """Thickness minus its low-pass, of dates evenly spread over all training runs.

    Args:
        count: How many dates.

    Returns:
        Anomalies (count, y, x), m.
    """
    fields = run("train")
    dates = torch.linspace(0, len(fields) - 1, count).round().long()
    thickness = fields[dates, 0]
    return thickness - low_pass(thickness)


def main() -> None:
    anomalies = remembered()
    net = Memory(*anomalies.shape[:2])
    net.anomalies.copy_(anomalies)
    about = {
        "arguments": {"count": anomalies.shape[0], "size": anomalies.shape[1]},
        "normalisation": {"units": "m"},
        "valid": VALID,
        "command": "python -m engine.training.ice_climatology",
        "data": f"{IceCuts.scene}: {', '.join(IceCuts.runs())}; `finescale simulate` makes them",
        "seed": 0,
        "minutes": 0.0,
        "validation_scores": {},
    }
    print(f"written to {weights.save('ice_climatology', net, about)}")


if __name__ == "__main__":
    main()
