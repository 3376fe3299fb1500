"""What something is made with, as a parameter."""

from typing import TypeVar, cast

import param

T = TypeVar("T")


def given(class_: type[T], **options) -> "param.ClassSelector[T]":
    """A parameter for what is set when its owner is made: from then on it is never None.

    Args:
        class_: What it is an instance of.
        options: As of any parameter.

    Returns:
        The parameter.
    """
    return cast("param.ClassSelector[T]", param.ClassSelector(class_=class_, **options))
