"""Convolutions in wavenumber space: every output cell sees the whole domain. The Fourier neural operator."""

import torch
import torch.nn.functional as F
from torch import nn


class SpectralConv(nn.Module):
    """(n, inputs, y, x) -> (n, outputs, y, x): a matrix for each of the lowest `modes` wavenumbers, others dropped.

    Source: Li et al. 2020, doi:10.48550/arXiv.2010.08895, eqs. (4)-(5).
    """

    def __init__(self, inputs: int, outputs: int, modes: int):
        super().__init__()
        self.modes = modes
        scale = 1 / (inputs * outputs)
        self.weight = nn.Parameter(scale * torch.rand(2, inputs, outputs, modes, modes, 2))  # k_y >= 0 and < 0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The lowest wavenumbers, mixed.

        Args:
            x: Features (n, inputs, y, x).

        Returns:
            Features (n, outputs, y, x), float32.
        """
        (ny, nx), weight = x.shape[-2:], torch.view_as_complex(self.weight.float())
        spectrum = torch.fft.rfft2(x.float(), norm="forward")  # the same wave has the same size at every resolution
        my, mx = min(self.modes, ny // 2), min(self.modes, nx // 2 + 1)
        out = spectrum.new_zeros(len(x), weight.shape[2], *spectrum.shape[-2:])
        for half, rows in enumerate((slice(0, my), slice(ny - my, ny))):
            part = weight[half, :, :, :my, :mx] if half == 0 else weight[half, :, :, self.modes - my :, :mx]
            out[:, :, rows, :mx] = torch.einsum("nixy,ioxy->noxy", spectrum[:, :, rows, :mx], part)
        return torch.fft.irfft2(out, s=(ny, nx), norm="forward")


class AxisSpectralConv(nn.Module):
    """The same along y and along x apart, summed. Source: Tran et al. 2023, doi:10.48550/arXiv.2111.13802, eq. (8)."""

    def __init__(self, features: int, modes: int):
        super().__init__()
        self.features, self.modes = features, modes
        scale = 1 / (features * modes**0.5)
        self.weight = nn.Parameter(scale * torch.randn(2, features**2, 2 * modes))  # y and x; no image, so not 4-D

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The lowest wavenumbers along each axis, mixed.

        Args:
            x: Features (n, features, y, x).

        Returns:
            Features (n, features, y, x), float32.
        """
        x, out = x.float(), torch.zeros_like(x, dtype=torch.float32)
        matrices = self.weight.float().reshape(2, self.features, self.features, self.modes, 2)
        for dim, weight in zip((-2, -1), torch.view_as_complex(matrices), strict=True):
            spectrum = torch.fft.rfft(x, dim=dim, norm="ortho").movedim(dim, -1)
            modes = min(self.modes, spectrum.shape[-1])
            mixed = torch.einsum("niyk,iok->noyk", spectrum[..., :modes], weight[..., :modes])
            padded = F.pad(torch.view_as_real(mixed), (0, 0, 0, spectrum.shape[-1] - modes))
            out = out + torch.fft.irfft(
                torch.view_as_complex(padded).movedim(-1, dim), n=x.shape[dim], dim=dim, norm="ortho"
            )
        return out


class Fno(nn.Module):
    """Fourier neural operator: (n, inputs, y, x) -> (n, 1, y, x) at any resolution of one domain.

    Lifted to `width` features, four layers GELU(spectral + 1x1 convolution), then 1x1 convolutions to 128 and 1. The
    domain is padded with zeros by half its size at every resolution: a fixed number of cells would be another domain at
    each, and 16 cells alone could not hold 12 modes. Source: Li et al. 2020, section 4.
    """

    def __init__(self, inputs: int = 3, width: int = 32, modes: int = 12, layers: int = 4):
        super().__init__()
        self.lift = nn.Conv2d(inputs, width, 1)
        self.spectral = nn.ModuleList(SpectralConv(width, width, modes) for _ in range(layers))
        self.local = nn.ModuleList(nn.Conv2d(width, width, 1) for _ in range(layers))
        self.project = nn.Sequential(nn.Conv2d(width, 128, 1), nn.GELU(), nn.Conv2d(128, 1, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The operator at the resolution of what it is given.

        Args:
            x: Fields (n, inputs, y, x) over the whole domain.

        Returns:
            Field (n, 1, y, x).
        """
        ny, nx = x.shape[-2:]
        x = F.pad(self.lift(x), (0, nx // 2, 0, ny // 2))
        for n, (spectral, local) in enumerate(zip(self.spectral, self.local, strict=True)):
            x = spectral(x) + local(x)
            x = F.gelu(x) if n < len(self.local) - 1 else x
        return self.project(x[..., :ny, :nx])


def positions(shape: tuple[int, int], like: torch.Tensor) -> torch.Tensor:
    """Cell centres of the whole domain, each axis from 0 to 1.

    Args:
        shape: Cells (y, x).
        like: Tensor whose dtype and device are taken.

    Returns:
        Positions (2, y, x) in parts of the domain, along y and along x.
    """
    axes = [(torch.arange(n, device=like.device, dtype=like.dtype) + 0.5) / n for n in shape]
    return torch.stack(torch.meshgrid(*axes, indexing="ij"))
