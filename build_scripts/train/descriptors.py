"""Plain descriptors of a view: what its colours are, where they lie, and which way its edges run.

They are what a picture's content comes down to without any label; the trunk learns to tell them, and the
colour histogram alone is the baseline that the adapters must beat.
"""

import math

import numpy as np
import torch
import torch.nn.functional as F

from measures import to_ycbcr

BINS = 4        # levels per colour in the histogram: the two highest bits
CELLS = 4       # cells per side of the layout
DIRECTIONS = 8


def colour_histogram(views):
    """Square roots of the shares of BINS^3 colours; uint8 views [count, 3, height, width] to [count, 64]."""
    levels = views.long() >> 6
    codes = (levels[:, 0] * BINS + levels[:, 1]) * BINS + levels[:, 2]
    count, bins = len(views), BINS ** 3
    codes = codes.flatten(1) + bins * torch.arange(count)[:, None]
    shares = torch.bincount(codes.flatten(), minlength=bins * count).view(count, bins) / codes.shape[1]
    return shares.sqrt()


def histogram_features(pictures):
    """Colour histograms of pictures, each uint8 views [views, 3, height, width], averaged over its views: [count, 64]."""
    return np.stack([colour_histogram(views).mean(0).numpy() for views in pictures])


def describe(views):
    """uint8 views [count, 3, height, width] to [count, 256]: histogram, layout, contrast, directions."""
    planes = to_ycbcr(views.float() / 255)
    luma = planes[:, :1]
    cell = views.shape[2] // CELLS
    layout = F.avg_pool2d(planes, cell)
    contrast = (F.avg_pool2d(luma * luma, cell) - layout[:, :1] ** 2).clamp(min=0).sqrt()
    smooth = F.avg_pool2d(luma, 2)
    dx = smooth[:, :, 1:-1, 2:] - smooth[:, :, 1:-1, :-2]
    dy = smooth[:, :, 2:, 1:-1] - smooth[:, :, :-2, 1:-1]
    strength, angle = torch.sqrt(dx * dx + dy * dy), torch.atan2(dy, dx) % math.pi
    place = angle / math.pi * DIRECTIONS
    votes = torch.cat([((1 - (place - d).abs()).clamp(min=0) +
                        (1 - (place - d - DIRECTIONS).abs()).clamp(min=0)) * strength
                       for d in range(DIRECTIONS)], 1)
    directions = F.adaptive_avg_pool2d(votes, CELLS).sqrt()
    return torch.cat([colour_histogram(views), layout.flatten(1), contrast.flatten(1),
                      directions.flatten(1)], 1)
