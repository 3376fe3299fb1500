"""What somebody else might write: a method and a data set, as the text of a file."""

SOUND = '''
import numpy as np
from engine.methods import register
from engine.methods.base import Method

@register("{key}")
class {name}(Method):
    """Every cell as its mean."""
    title, source, equations, cheap = "{name} title", "none", ("x = y",), True

    def estimate(self, problem, seed):
        rows, columns = problem.mask.shape
        low = problem.low[problem.variable].values
        return np.kron(low, np.ones((rows // low.shape[0], columns // low.shape[1])))
'''
SEA = """
import pandas as pd
import xarray as xr
from engine.grid import Region
from engine.scenes import register
from engine.scenes.base import DataSet

@register("plugged_sea")
class PluggedSea(DataSet):
    title, kind, source, licence = "Plugged sea", "simulated", "analytic", "CC0"
    fields, factors, splits = ("ssh",), (2,), {"test": ("2020-01-01", "2020-01-02")}
    regions = {"all": Region("Everything", (0.0, 8.0), (0.0, 8.0))}
    times = pd.date_range("2020-01-01", periods=2)

    def load(self, time, variables):
        centres = [float(n) + 0.5 for n in range(8)]
        axes = {name: (name, centres, {"units": "km"}) for name in ("y", "x")}
        values = [[float(time.day + x * y) for x in range(8)] for y in range(8)]
        return xr.Dataset({"ssh": (("y", "x"), values, {"units": "m"})}, coords=axes)
"""
