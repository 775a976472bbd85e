"""Measures: of a degraded picture against its original, and of scores against what they should be."""

import numpy as np
import torch
import torch.nn.functional as F

from degrade import blur

# BT.601, full range, rows for Y, Cb and Cr.
YCBCR = torch.tensor([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])
SSIM_C1, SSIM_C2 = 0.01 ** 2, 0.03 ** 2
SCALE_WEIGHTS = (0.5, 0.3, 0.2)


def to_ycbcr(pictures):
    """[..., 3, height, width] RGB in 0..1 to YCbCr; chroma is centred on 0."""
    return torch.einsum('ij,...jhw->...ihw', YCBCR, pictures)


def local_mean(planes, window):
    """The mean over a square window around each pixel that has one; planes [count, height, width]."""
    rows = F.avg_pool2d(planes[:, None], (1, window), stride=1)     # two passes: a third of the work of one
    return F.avg_pool2d(rows, (window, 1), stride=1)[:, 0]


def ssim_terms(reference, distorted, window=7):
    """Mean luminance and contrast-structure terms of SSIM (Wang et al., 2004), one of each per distorted picture;
    `reference` is one plane or as many."""
    mean_r, mean_d = local_mean(reference, window), local_mean(distorted, window)
    var_r = local_mean(reference * reference, window) - mean_r * mean_r
    var_d = local_mean(distorted * distorted, window) - mean_d * mean_d
    cov = local_mean(reference * distorted, window) - mean_r * mean_d
    light = (2 * mean_r * mean_d + SSIM_C1) / (mean_r * mean_r + mean_d * mean_d + SSIM_C1)
    structure = (2 * cov + SSIM_C2) / (var_r + var_d + SSIM_C2)
    return light.mean((1, 2)), structure.mean((1, 2))


def full_reference(reference, distorted):
    """How much of the original [3, height, width] is left in each of [count, 3, height, width], 0..1.

    Multi-scale SSIM of the luma (Wang et al., 2003) on three scales, structure weighted 0.5, 0.3 and 0.2
    from the finest and light on the coarsest, times the structure of both chroma planes at half size to
    the power 1/4, which the luma alone would miss, and times detail_left to the power 0.15, since SSIM
    forgives blur more easily than people do. 1 for the original itself.
    """
    detail = detail_left(reference, distorted)
    reference = to_ycbcr(reference)[None]
    distorted = to_ycbcr(distorted)
    luma_r, luma_d = reference[:, 0], distorted[:, 0]
    quality = torch.ones(len(distorted))
    for scale, weight in enumerate(SCALE_WEIGHTS):
        light, structure = ssim_terms(luma_r, luma_d)
        quality = quality * structure.clamp(min=0) ** weight
        if scale == len(SCALE_WEIGHTS) - 1:
            quality = quality * light.clamp(min=0)
        luma_r = F.avg_pool2d(luma_r[:, None], 2)[:, 0]
        luma_d = F.avg_pool2d(luma_d[:, None], 2)[:, 0]
    for channel in (1, 2):
        half_r = F.avg_pool2d(reference[:, channel:channel + 1], 2)[:, 0]
        half_d = F.avg_pool2d(distorted[:, channel:channel + 1], 2)[:, 0]
        _, structure = ssim_terms(half_r, half_d)
        quality = quality * structure.clamp(min=0) ** 0.25
    return (quality * detail ** 0.15).clamp(0, 1)


def detail_left(reference, distorted):
    """How much of the original's fine detail each of [count, 3, height, width] still carries, 0..1.

    The gain of the band finer than a Gaussian of 1 pixel over the gain of the band between 1 and 4 pixels,
    each by regression on the original. Noise is uncorrelated with the original and a change of exposure
    moves both gains alike, so only what takes detail away lowers it. 1 for the original itself.
    """
    luma_r = to_ycbcr(reference)[0]
    luma_d = to_ycbcr(distorted)[:, 0]

    def bands(luma):
        fine, coarse = blur(luma, 1.0), blur(luma, 4.0)
        return luma - fine, fine - coarse

    def gain(band_d, band_r):
        return (band_d * band_r).sum((1, 2)) / (band_r * band_r).sum((1, 2)).clamp(min=1e-6)

    fine_r, coarse_r = bands(luma_r[None])
    fine_d, coarse_d = bands(luma_d)
    base = gain(coarse_d, coarse_r).clamp(min=0.02)
    return (gain(fine_d, fine_r) / torch.where(base < 1, base, torch.ones(()))).clamp(0, 1)


def ranks(values):
    """Ranks from 0; equal values share the mean of their ranks."""
    values = np.asarray(values, dtype=np.float64)
    order = np.argsort(values, kind='stable')
    sorted_values = values[order]
    starts = np.r_[True, sorted_values[1:] != sorted_values[:-1]]
    group = np.cumsum(starts) - 1
    first = np.flatnonzero(starts)
    last = np.r_[first[1:], len(values)] - 1
    result = np.empty(len(values))
    result[order] = ((first + last) / 2)[group]
    return result


def pearson(a, b):
    """Pearson's correlation; 0 where one side does not vary."""
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    a, b = a - a.mean(), b - b.mean()
    scale = np.sqrt((a * a).sum() * (b * b).sum())
    return float((a * b).sum() / scale) if scale > 0 else 0.0


def spearman(a, b):
    """Spearman's rank correlation, ties by mean rank."""
    return pearson(ranks(a), ranks(b))


def within(groups, measure, told, wanted):
    """A measure within each group of rows {name: rows}, averaged by their numbers of rows."""
    return sum(len(rows) * measure(told[rows], wanted[rows]) for rows in groups.values()) / len(wanted)


def bootstrap_interval(statistic, count, seed=0, rounds=2000, level=0.95):
    """The percentile interval of statistic(indices) over resampled pictures 0..count-1."""
    rng = np.random.default_rng(seed)
    values = [statistic(rng.integers(0, count, count)) for _ in range(rounds)]
    tail = (1 - level) / 2 * 100
    low, high = np.percentile(values, [tail, 100 - tail])
    return float(low), float(high)


def prediction_interval(told, wanted, coverage=0.9):
    """How far the true value lay from what was told: an output's `interval` (weights/README.md). Each end is the quantile
    that a new picture stays within by chance alone, (n + 1) q of n values (Vovk, Gammerman and Shafer, 2005)."""
    off = np.sort(np.asarray(wanted, dtype=np.float64) - np.asarray(told, dtype=np.float64))
    rank = min(len(off), int(np.ceil((len(off) + 1) * (1 + coverage) / 2)))
    return {'coverage': coverage, 'below': round(max(0.0, -off[-rank]), 4), 'above': round(max(0.0, off[rank - 1]), 4),
            'pictures': len(off)}
