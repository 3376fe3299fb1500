"""Colours and sizes of the pages, light and dark: text is 12 px or more, and what has the focus shows it."""

from typing import Any

# Bokeh's text is sized in em of htmlFontSize, of which the smallest, 0.9 em, are 12 px; fontSize is scaled so that the
# widgets come out at 13 px.
TEXT: dict[str, Any] = {"typography": {"htmlFontSize": 13.4, "fontSize": 10.95, "h3": {"fontSize": "1.3rem"}}}
RAISED = {"transform": "translate(14px, -10px) scale(0.93)"}  # the label of a field that holds something
FOCUS = {"&.Mui-focusVisible": {"outline": "2px solid #ff3d7f", "outlineOffset": "1px"}}
STYLES = {
    "MuiButtonBase": FOCUS,
    "MuiButton": {"&.MuiButton-sizeSmall": {"fontSize": "calc(12*var(--px,1px))"}},
    "MuiToggleButton": {"&.MuiToggleButton-sizeSmall": {"fontSize": "calc(12*var(--px,1px))"}},
    "MuiInputAdornment": {"& .MuiIconButton-root": {"color": "inherit"}},  # dark on dark else
    "MuiInputLabel": {"&.MuiInputLabel-shrink.MuiInputLabel-outlined": RAISED},
    "MuiOutlinedInput": {"& .MuiOutlinedInput-notchedOutline legend": {"fontSize": "0.93em"}},
}
TEXT |= {"components": {name: {"styleOverrides": {"root": style}} for name, style in STYLES.items()}}
TEXT["components"]["MuiTooltip"] = {"styleOverrides": {"tooltip": {"fontSize": "calc(12*var(--px,1px))"}}}
THEMES = {
    "light": TEXT | {"palette": {"primary": {"main": "#12506e"}}},
    "dark": TEXT | {"palette": {"primary": {"main": "#5fb0d3"}}},
}
