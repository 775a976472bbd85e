"""A start for the patch embedding: band-pass filters of all sizes and directions, at equal loudness.

In photographs the coarse parts of a patch are a hundred times stronger than the fine ones, so random filters
hear only brightness, and a small training run ends before it has found the fine detail where blur, noise and
coding show. Gabor-like filters, each scaled to unit variance over training patches, hear both from the first
step. They are learnt further like every other weight.
"""

import math

import numpy as np
import torch
import torch.nn.functional as F

# Luma, and the two colour differences that photographs vary along most (Ruderman et al., 1998).
COLOURS = np.array([[1, 1, 1], [1, 0, -1], [1, -2, 1]]) / np.sqrt([[3], [2], [6]])
COLOUR_SHARES = (0.7, 0.18, 0.12)


def gabor(patch, rng):
    """One filter [3, patch, patch]: a wave under a Gaussian, 1 to 1/2 cycle a patch or pixel."""
    frequency = math.exp(rng.uniform(math.log(0.5 / patch), math.log(0.5)))
    angle, phase = rng.uniform(0, math.pi), rng.uniform(0, 2 * math.pi)
    sigma = min(patch, rng.uniform(0.4, 1.2) / frequency)
    centre = rng.uniform(0.15 * patch, 0.85 * patch, 2)
    y, x = np.mgrid[0:patch, 0:patch] - (centre - 0.5).reshape(2, 1, 1)
    wave = np.cos(2 * math.pi * frequency * (x * math.cos(angle) + y * math.sin(angle)) + phase)
    plane = wave * np.exp(-(x * x + y * y) / (2 * sigma * sigma))
    if frequency > 1 / patch:
        plane = plane - plane.mean()
    return COLOURS[rng.choice(3, p=COLOUR_SHARES)][:, None, None] * plane


def filter_bank(width, patch, pixels, seed):
    """`width` filters [width, 3, patch, patch] with responses of unit variance on `pixels` [n, 3, s, s]."""
    rng = np.random.default_rng([seed, 13])
    bank = torch.from_numpy(np.stack([gabor(patch, rng) for _ in range(width)])).float()
    responses = F.conv2d(pixels, bank, stride=patch)
    return bank / responses.std((0, 2, 3)).clamp(min=1e-4).view(-1, 1, 1, 1)
