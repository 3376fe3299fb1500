"""What a method is: parameters, equations, a source, and one generator of visible steps."""

import logging
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

import numpy as np
import param
import torch
import xarray as xr

from engine import device
from engine.lexicon import VARIABLES
from engine.observation import project
from engine.resample import fill_gaps
from engine.scene import Outline, Problem, Scene, Step, Task
from engine.validity import Validity
from engine.weights import card

_log = logging.getLogger(__name__)

FAMILIES = {
    "interpolation": "Interpolation",
    "linear": "Linear estimates, with their error",
    "sharpening": "Sharpening by a fine guide",
    "network": "Trained networks",
    "generator": "Generators of members",
    "variational": "Variational, by a cost",
    "flow": "Flow from image to image",
    "": "Others",
}  # what kind of method there is -> what a list of methods calls it


@dataclass(frozen=True)
class Published:
    """What a method's authors printed: which of our scenes it compares to, their scores, how their protocol differs."""

    scene: str
    factor: int
    scores: dict[str, float]
    protocol: str

    def fits(self, scene: Scene) -> bool:
        """Whether the number may be shown beside a score of this scene.

        Args:
            scene: the scene that is scored.

        Returns:
            True for the same data set at the same factor, made by a known degradation.
        """
        degradation = scene.problem.observation
        return scene.key == self.scene and degradation is not None and degradation.factor == self.factor


class Method(param.Parameterized):
    """One way from a Problem to a fine field. Subclasses give `estimate`, or `steps` if they advance visibly.

    equations: LaTeX, one string each; source: paper and equation numbers; cheap: answers at once, so the page reruns
    it without being asked; published: the numbers its authors printed; weights: the weight files it needs; tables:
    those that it uses for some fields and does without for others. family: its kind, a key of FAMILIES; takes: the
    fields that it can refine (none: any), needs: the guides it cannot do without, cells: whether it needs an input of
    coarse cells; long: one that is not cheap takes minutes rather than seconds.
    """

    key: ClassVar[str] = ""
    title: ClassVar[str] = ""
    task: ClassVar[Task] = "resolution"
    equations: ClassVar[tuple[str, ...]] = ()
    source: ClassVar[str] = ""
    cheap: ClassVar[bool] = False
    network: ClassVar[bool] = False
    published: ClassVar[tuple[Published, ...]] = ()
    weights: ClassVar[tuple[str, ...]] = ()
    tables: ClassVar[tuple[str, ...]] = ()
    family: ClassVar[str] = ""
    takes: ClassVar[tuple[str, ...]] = ()
    needs: ClassVar[tuple[str, ...]] = ()
    cells: ClassVar[bool] = False
    long: ClassVar[bool] = False

    consistent = param.Boolean(
        default=False,
        label="Agree with the input",
        doc="Project the result so that its degradation equals the input, as far as its noise lets it.",
    )
    device = param.String(precedence=-1, doc="Where its networks run, as `engine.device.find` takes it.")

    @classmethod
    def trained_on(cls) -> str:
        """The data that the weights come from, as their cards say it; empty for a method without any."""
        return "; ".join(dict.fromkeys(str(card(key)["data"]) for key in cls.weights))

    @classmethod
    def validities(cls) -> list[Validity]:
        """What the cards of the weights say of the observations that they were trained for."""
        return [valid for key in cls.weights if (valid := Validity.of(card(key))) is not None]

    @classmethod
    def outside(cls, problem: Problem) -> list[str]:
        """How a problem differs from what the weights were trained for, as their cards say it.

        Args:
            problem: all that a method may see.

        Returns:
            Words that go on after 'outside its training: '; none of a method without weights, or where a card says
            nothing.
        """
        return list(dict.fromkeys(reason for valid in cls.validities() for reason in valid.outside(problem)))

    @classmethod
    def unfit(cls, outline: Outline) -> str:
        """Why the method cannot work on a problem, without running it.

        Args:
            outline: what is known of the problem before it is opened.

        Returns:
            Words that go on after its title, 'needs the vegetation index as a guide'; empty where nothing speaks
            against it.
        """
        if outline.task != cls.task:
            return "finds motion in images" if cls.task == "motion" else "refines a single field"
        if cls.takes and outline.variable not in cls.takes:
            return f"is {'trained' if cls.weights else 'made'} for {_named(cls.takes)}"
        missing = [guide for guide in cls.needs if guide not in outline.guides]
        if missing:
            return f"needs the {_named(missing)} as a guide"
        smooth = outline.low_pass or outline.factor == 1
        return "needs an input of coarse cells, such as a block mean gives" if cls.cells and smooth else ""

    @classmethod
    def requirements(cls) -> str:
        """What it needs, in words: the field, guides, an input of coarse cells; empty where anything will do."""
        words = [_named(cls.takes)] if cls.takes else []
        words += [f"the {_named(cls.needs)} as a guide"] if cls.needs else []
        return ", ".join([*words, *(["an input of coarse cells"] if cls.cells else [])])

    @classmethod
    def published_for(cls, scene: Scene) -> Published | None:
        """The published numbers that may be shown beside scores of this scene.

        Args:
            scene: the scene that is scored.

        Returns:
            The first that fits, None where none does.
        """
        return next((numbers for numbers in cls.published if numbers.fits(scene)), None)

    def schedule(self) -> xr.Dataset | None:
        """What a step is told, by `step` from 0 (nothing done) on: noise rate and the like; None for most methods."""
        return None

    def estimate(self, problem: Problem, seed: int) -> np.ndarray:
        """The fine field, without the consistency projection.

        Args:
            problem: all that a method may see.
            seed: of every random number; the same one gives the same field.

        Returns:
            Values (y, x) on the target's grid, in the input's unit; with leading dimensions `steps` has to be given,
            too.

        Raises:
            NotImplementedError: a subclass gives neither this nor `steps`.
        """
        raise NotImplementedError

    def steps(self, problem: Problem, *, seed: int = 0) -> Iterator[Step]:
        """Advance visibly; the last step is the result.

        Args:
            problem: all that a method may see.
            seed: of every random number; the same one gives the same field.

        Yields:
            Steps with fields (member?, time?, y, x) on the target's grid, in the input's unit; here a single one.

        Raises:
            InputError: the method declines the problem.
        """
        start = time.perf_counter()
        values = self.finish(problem, self.estimate(problem, seed))
        trace = {"network_calls": 0.0, "seconds": time.perf_counter() - start}
        yield Step(1, 1, problem.estimate(values), trace)

    def run(self, problem: Problem, *, seed: int = 0) -> Iterator[Step]:
        """The steps on the method's device; where its memory does not suffice, all of them once more on the CPU.

        Args:
            problem: all that a method may see.
            seed: of every random number; the same one gives the same field.

        Yields:
            What `steps` yields; what had to be repeated on the CPU has `repeated` in its trace.

        Raises:
            InputError: there is no such device, or the method declines the problem.
        """
        where = device.find(self.device) if self.device else device.chosen()
        work = partial(self.steps, problem, seed=seed)
        try:
            yield from device.working(where, work)
            return
        except RuntimeError as error:
            if where == device.CPU or not device.short_of_memory(error):
                raise
            _log.warning("The memory of %s did not suffice for %s: the CPU does it.", device.title(where), self.key)
        for step in device.working(device.CPU, work):  # what the error held is free by now
            yield replace(step, trace={**step.trace, "repeated": 1.0})

    def predict(self, problem: Problem, *, seed: int = 0) -> xr.Dataset:
        """The estimate of the last step.

        Args:
            problem: all that a method may see.
            seed: of every random number; the same one gives the same field.

        Returns:
            Fields (member?, time?, y, x) on the target's grid, in the input's unit, NaN outside the mask.

        Raises:
            InputError: the method declines the problem.
        """
        last = deque(self.run(problem, seed=seed), maxlen=1)
        assert last, f"{type(self).__name__}.steps yielded nothing"
        return last[0].estimate

    def finish(self, problem: Problem, values: np.ndarray) -> np.ndarray:
        """Apply the consistency projection where it is asked for and the operator is known.

        Args:
            problem: the problem with its input, mask and degradation.
            values: fine field (member?, time?, y, x) in the input's unit.

        Returns:
            The field of that shape, projected, or the values as they are.
        """
        if not self.consistent or problem.observation is None:
            return values
        low = torch.as_tensor(problem.low[problem.variable].values)
        mask = torch.as_tensor(problem.mask.values)
        return project(torch.as_tensor(values), low, problem.observation, mask).numpy()


def _named(variables: Iterable[str]) -> str:
    """Variables in words."""
    return " and ".join(VARIABLES[name].long_name if name in VARIABLES else name for name in variables)


def input_values(problem: Problem) -> torch.Tensor:
    """The input's values with land and gaps filled smoothly.

    Args:
        problem: the problem; of its input the field in question is taken.

    Returns:
        Coarse field (time?, y, x), float32, without NaN, in the input's unit.
    """
    return torch.as_tensor(fill_gaps(problem.low[problem.variable].values.astype(np.float32)))
