"""Score methods on many scenes: the names that scripts import; the work is done in `engine.evaluation`."""

from engine.evaluation.evaluate import Evaluation, dates_between, dates_of, evaluate, summary

__all__ = ["Evaluation", "dates_between", "dates_of", "evaluate", "summary"]
