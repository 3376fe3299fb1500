"""RESAC: a cascade of x3 stages, each with weights of its own, each correcting an upsampled sea surface height."""

import torch
import torch.nn.functional as F
from torch import nn

from engine.nets.blocks import ResidualBlock, conv, silent


class Stage(nn.Module):
    """One x3 stage: (n, 1, y, x) height and (n, guides, 3y, 3x) guide -> (n, 1, 3y, 3x) height.

    The height is upsampled by bicubic interpolation and, as features, by subpixel convolution; residual blocks see both
    and the guide, and predict the correction. `fold` > 1 works on pixel-unshuffled features, at 1/fold of the size.
    """

    def __init__(self, guides: int, features: int, blocks: int, fold: int):
        super().__init__()
        self.fold, subpixel = fold, 4
        self.subpixel = nn.Sequential(conv(1, 9 * subpixel), nn.PixelShuffle(3))
        self.head = conv((1 + subpixel + guides) * fold**2, features)
        self.body = nn.Sequential(*(ResidualBlock(features) for _ in range(blocks)))
        self.tail = silent(conv(features, fold**2))

    def forward(self, height: torch.Tensor, guide: torch.Tensor | None) -> torch.Tensor:
        """The upsampled height, corrected.

        Args:
            height: Sea surface height (n, 1, y, x), over its scale; 3y and 3x are multiples of `fold`.
            guide: Covariates (n, guides, 3y, 3x); None for a stage without any.

        Returns:
            Height (n, 1, 3y, 3x).
        """
        up = F.interpolate(height, scale_factor=3, mode="bicubic", align_corners=False)
        seen = [up, self.subpixel(height)] + ([guide] if guide is not None else [])
        features = self.body(self.head(F.pixel_unshuffle(torch.cat(seen, dim=1), self.fold)))
        return up + F.pixel_shuffle(self.tail(features), self.fold)


class Cascade(nn.Module):
    """Stages in order, coarse to fine. Source: Archambault et al. 2022 (RESACsub); own weights per stage."""

    def __init__(
        self,
        guides: int = 0,
        features: tuple[int, ...] = (64, 64, 64),
        blocks: tuple[int, ...] = (8, 6, 4),
        folds: tuple[int, ...] = (1, 1, 3),
    ):
        super().__init__()
        shapes = zip(features, blocks, folds, strict=True)
        self.guides = guides
        self.stages = nn.ModuleList(Stage(guides, width, depth, fold) for width, depth, fold in shapes)

    def forward(
        self, height: torch.Tensor, guide: torch.Tensor | None = None, first: int = 0, last: int | None = None
    ) -> list[torch.Tensor]:
        """Heights after the stages `first` to `last` (exclusive); the guide, on the finest grid, is averaged down.

        Args:
            height: What the stage `first` begins with, (n, 1, y, x), over its scale.
            guide: Covariates (n, guides, Y, X) on the finest grid; None for a cascade without any.
            first: Number of the first stage, from 0.
            last: Number of the stage before which to stop; None: none is left out.

        Returns:
            A height for each stage, (n, 1, 3y, 3x) first and three times as fine each time.
        """
        out = []
        for stage in self.stages[first:last]:
            size = (3 * height.shape[-2], 3 * height.shape[-1])
            height = stage(height, None if guide is None else F.adaptive_avg_pool2d(guide, size))
            out.append(height)
        return out
