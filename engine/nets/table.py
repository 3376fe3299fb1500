"""A table of a few numbers by wavenumber, kept as weights are: what was fitted where nothing had to be trained."""

from collections.abc import Sequence

import torch
from torch import nn


class Table(nn.Module):
    """Columns of numbers; `values` (column, row) in the order of `columns`."""

    values: torch.Tensor

    def __init__(self, columns: Sequence[str], rows: int):
        super().__init__()
        self.columns = tuple(columns)
        self.register_buffer("values", torch.zeros(len(columns), rows))

    def column(self, name: str) -> torch.Tensor:
        """One column, (row,), float64, on the processor.

        Args:
            name: of the column.

        Returns:
            Its numbers.
        """
        return self.values[self.columns.index(name)].cpu().double()
