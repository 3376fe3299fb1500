"""Dense optical flow of OpenCV between successive images: what an assimilation has to be better than."""

import time
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import param
import torch

from engine.methods import register
from engine.methods.shared.motion import RAIN, Images, MotionMethod
from engine.physics.variational import forecast
from engine.scene import Problem, Step

SUBSTEPS = 10  # of a forecast, between two lead times


@register("optical_flow")
class OpticalFlow(MotionMethod):
    """Flow from each image to the next; the mean of all carries the last image on."""

    title = "Optical flow"
    cheap = True
    family = "flow"
    equations = (r"I_{k+1}(x + d_k(x)) \approx I_k(x), \qquad w = \overline{d_k / \Delta t_k}",)
    source = (
        "OpenCV: Farneback 2003, doi:10.1007/3-540-45103-X_50 (polynomial expansion); Kroeger et al. 2016, "
        "doi:10.1007/978-3-319-46493-0_29 (dense inverse search)"
    )

    algorithm: Any = param.Selector(
        default="dis", objects={"Dense inverse search": "dis", "Farneback": "farneback"}, label="Algorithm",
        doc="Which of OpenCV's dense optical flows.",
    )  # fmt: skip
    window = param.Integer(
        default=21, bounds=(5, 61), label="Window", doc="Cells that Farneback's flow is fitted over."
    )

    def steps(self, problem: Problem, *, seed: int = 0) -> Iterator[Step]:
        started, images = time.perf_counter(), Images.of(problem)
        pictures = [_eight_bits(image) for image in _scaled(images, problem)]
        dy, dx = images.spacing
        flows = []
        for number, gap in enumerate(images.gaps):
            if bool(images.telling[number : number + 2].all()):
                cells = self._between(pictures[number], pictures[number + 1])
                flows.append(np.stack([cells[..., 0] * dx, cells[..., 1] * dy]) / gap)
        still = np.zeros((2, *pictures[0].shape))
        flow = torch.as_tensor(np.mean(flows or [still], axis=0), dtype=torch.float32)
        step = images.leads[0] / SUBSTEPS if images.leads else 1.0
        ahead = list(
            forecast(flow, images.values[-1], images.leads, step, images.spacing, carries_flow=False, iterations=2)
        )
        made = images.wrapped(problem, [flow] * len(images.values), list(images.values), ahead)
        yield Step(1, 1, made, {"network_calls": 0.0, "seconds": time.perf_counter() - started})

    def _between(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Displacement (y, x, 2) in cells, along x and along the rows."""
        still = np.zeros((*first.shape, 2), np.float32)
        if self.algorithm == "dis":
            found = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(first, second, still)
        else:
            found = cv2.calcOpticalFlowFarneback(first, second, still, 0.5, 4, self.window, 5, 7, 1.5, 0)
        return np.asarray(found)


def _scaled(images: Images, problem: Problem) -> torch.Tensor:
    """Rain by its logarithm, everything between the 1st and the 99th part of a hundred of all images."""
    values = images.values
    if problem.variable in RAIN:
        values = torch.log1p(values.clamp(min=0) * RAIN[problem.variable])
    low, high = np.quantile(values.numpy(), (0.01, 0.99))
    return ((values - low) / max(high - low, 1e-6)).clamp(0, 1)


def _eight_bits(image: torch.Tensor) -> np.ndarray:
    return np.ascontiguousarray((255 * image).round().numpy().astype(np.uint8))
