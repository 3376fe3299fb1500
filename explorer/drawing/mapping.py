"""From values to colours in the browser."""

from bokeh.models import ColorMapper, LinearColorMapper, LogColorMapper


def mapped(usual: LinearColorMapper, present: ColorMapper, limits: tuple[float, float], log: bool) -> ColorMapper:
    """The mapper for these limits.

    The browser follows what becomes of the mapper that a figure began with, and of no later one: that of decades is
    made anew whenever it has to be another.

    Args:
        usual: The figure's own, with the palette that is wanted; given the limits where these are linear.
        present: The one in use.
        limits: Lowest and highest value; above zero where they are logarithmic.
        log: Whether equal colours are equal ratios.

    Returns:
        The mapper to use: the usual one, the present one or a new one.
    """
    low, high = limits
    if not log:
        if (usual.low, usual.high) != limits:
            usual.update(low=low, high=high)
        return usual
    same = isinstance(present, LogColorMapper) and (present.low, present.high) == limits
    if same and present.palette == usual.palette:
        return present
    return LogColorMapper(palette=usual.palette, low=low, high=high, nan_color=usual.nan_color)
