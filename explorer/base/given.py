"""What something is made with, as a parameter."""

from typing import TypeVar, cast

import param

T = TypeVar("T")


def given(class_: type[T], **options) -> "param.ClassSelector[T]":
    """A parameter of a class, for what is set when its owner is made: from then on it is never None."""
    return cast("param.ClassSelector[T]", param.ClassSelector(class_=class_, **options))
