"""What a trunk is asked besides content, each by a head that is thrown away after training: colours and layout, and
degradation."""

import torch
import torch.nn.functional as F
from torch import nn

from degrade import KINDS
from descriptors import describe
from model import Head


class Descriptors(nn.Module):
    """Which colours, layout and edge directions does it have (descriptors.py)."""

    def __init__(self, width, mean, spread):
        super().__init__()
        self.head = nn.Linear(width, len(mean))
        self.register_buffer('mean', mean)
        self.register_buffer('spread', spread)

    def forward(self, embedding, views):
        """The loss for uint8 views [count, 3, size, size]."""
        wanted = (describe(views) - self.mean) / self.spread
        return F.smooth_l1_loss(self.head(embedding), wanted)


def descriptor_statistics(crops):
    """Mean and standard deviation of the descriptors of uint8 views."""
    values = torch.cat([describe(part) for part in crops.split(250)])
    return values.mean(0), values.std(0) + 0.02


class Damage(nn.Module):
    """Which degradation, how strong, how much of the original is left, and which of two rungs is the better one."""

    def __init__(self, width):
        super().__init__()
        self.head = Head(width, 256, 2 * len(KINDS) + 2)

    def tell(self, embedding):
        """(kinds, strengths, measures)."""
        return self.head(embedding).split([len(KINDS), len(KINDS), 2], 1)

    def forward(self, embedding, kind, second, strength, quality, detail):
        """`embedding` is [2 * ladders]: the first rungs, then the second, higher ones."""
        kinds, strengths, measures = self.tell(embedding)
        visible = ((strength > 0.12) & (second < 0)).float()
        which = (F.cross_entropy(kinds, kind, reduction='none') * visible).sum() / visible.sum().clamp(min=1)
        alone = (second < 0).float()
        error = F.smooth_l1_loss(strengths.gather(1, kind[:, None])[:, 0], strength, reduction='none', beta=0.1)
        how_much = (error * alone).sum() / alone.sum().clamp(min=1)
        left = F.smooth_l1_loss(measures, torch.stack([quality, detail], 1), beta=0.1)
        first, later = measures[:, 0].chunk(2)
        order = F.relu(0.02 - (first - later)).mean()
        return 0.3 * which + 2 * how_much + 4 * left + 2 * order
