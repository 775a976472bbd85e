"""Degradations of photographs at known strength.

Every kind maps a picture [3, height, width], float32 in 0..1, and a strength in 0..1 to a degraded picture of
the same size, quantised to 8 bits as a file would be. Strength 0 returns the picture itself. The physical
parameter of a kind (a sigma in pixels, a JPEG quality, stops of light) is chosen so that the harm, seen by the
full-reference measure of measures.py, grows about evenly with the strength; a pixel is one of a picture whose
shorter side is about 320 pixels.

A kind has variants (say, how the light is lost), drawn once from a seed, so that the strengths of one
ladder differ in nothing else.
"""

import io
import math

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

BLUR_KINDS = ('gaussian_blur', 'defocus', 'motion_blur', 'downscaling', 'pixelation')
NOISE_KINDS = ('gaussian_noise', 'shot_noise', 'impulse_noise')
OTHER_KINDS = ('jpeg', 'banding', 'low_light', 'overexposure', 'low_contrast')
KINDS = BLUR_KINDS + NOISE_KINDS + OTHER_KINDS


def quantize(picture):
    """Rounds to the 256 levels that a file holds."""
    return (picture.clamp(0, 1) * 255).round() / 255


def gaussian_kernel(sigma):
    """A normalised row of 2 * ceil(3 sigma) + 1 samples of a Gaussian."""
    radius = max(1, math.ceil(3 * sigma))
    x = torch.arange(-radius, radius + 1, dtype=torch.float32)
    kernel = torch.exp(-x * x / (2 * sigma * sigma))
    return kernel / kernel.sum()


def convolve(picture, kernel):
    """Convolves each channel with one kernel [rows, columns]; the border is replicated.

    Tap by tap, and only where there is one: on a single channel that takes a fifth of the time of conv2d.
    """
    rows, columns = kernel.shape
    padding = (columns // 2, columns // 2, rows // 2, rows // 2)
    padded = F.pad(picture[:, None], padding, mode='replicate')[:, 0]
    height, width = picture.shape[1:]
    result = torch.zeros_like(picture)
    for y, x in kernel.nonzero().tolist():
        result.add_(padded[:, y:y + height, x:x + width], alpha=float(kernel[y, x]))
    return result


def blur(picture, sigma):
    """Gaussian blur, as two passes of a row kernel."""
    kernel = gaussian_kernel(sigma)
    return convolve(convolve(picture, kernel[None, :]), kernel[:, None])


def disc_kernel(radius):
    """A disc with an antialiased rim: the circle of confusion of a lens out of focus."""
    reach = math.ceil(radius)
    axis = torch.arange(-reach, reach + 1, dtype=torch.float32)
    distance = torch.sqrt(axis[:, None] ** 2 + axis[None, :] ** 2)
    kernel = (radius + 0.5 - distance).clamp(0, 1)
    return kernel / kernel.sum()


def line_kernel(length, angle):
    """A straight stroke of `length` pixels at `angle` radians: a hand that moved during the exposure."""
    reach = max(1, math.ceil(length / 2))
    kernel = torch.zeros(2 * reach + 1, 2 * reach + 1)
    samples = 8 * reach + 1
    for i in range(samples):
        t = (i / (samples - 1) - 0.5) * length
        x, y = reach + t * math.cos(angle), reach + t * math.sin(angle)
        left, top = min(int(x), 2 * reach - 1), min(int(y), 2 * reach - 1)
        dx, dy = x - left, y - top
        kernel[top, left] += (1 - dx) * (1 - dy)
        kernel[top, left + 1] += dx * (1 - dy)
        kernel[top + 1, left] += (1 - dx) * dy
        kernel[top + 1, left + 1] += dx * dy
    return kernel / kernel.sum()


def to_image(picture):
    """A Pillow image of a tensor."""
    return Image.fromarray((picture.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy())


def from_image(image):
    """A tensor [3, height, width] in 0..1 of a Pillow image."""
    return torch.from_numpy(np.array(image.convert('RGB'))).permute(2, 0, 1).float() / 255


def to_linear(picture):
    """sRGB to linear light (IEC 61966-2-1)."""
    return torch.where(picture <= 0.04045, picture / 12.92, ((picture + 0.055) / 1.055) ** 2.4)


def to_srgb(light):
    """Linear light to sRGB, clipped to what the file can hold."""
    light = light.clamp(0, 1)
    return torch.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def expose(picture, stops, variant):
    """Changes the exposure: in linear light, on the coded values, or by a gamma curve."""
    if variant == 0:
        return to_srgb(to_linear(picture) * 2.0 ** stops)
    if variant == 1:
        return picture * 2.0 ** (stops / 2.2)
    return picture ** (2.0 ** (-stops / 2.2))


def normal(shape, rng):
    """Standard normal noise from NumPy's generator."""
    return torch.from_numpy(rng.standard_normal(shape, dtype=np.float32))


def gaussian_blur(picture, t, rng):
    return blur(picture, 0.35 + 4.0 * t ** 1.5)


def defocus(picture, t, rng):
    return convolve(picture, disc_kernel(0.4 + 6.5 * t ** 1.4))


def motion_blur(picture, t, rng):
    return convolve(picture, line_kernel(1.2 + 22 * t ** 1.4, rng.uniform(0, math.pi)))


def downscaling(picture, t, rng):
    filters = (Image.BILINEAR, Image.BICUBIC, Image.BOX, Image.LANCZOS)
    down, up = filters[rng.integers(4)], filters[rng.integers(2)]
    image, factor = to_image(picture), 1 + 7 * t ** 1.3
    small = [max(4, round(side / factor)) for side in image.size]
    return from_image(image.resize(small, down).resize(image.size, up))


def pixelation(picture, t, rng):
    image, factor = to_image(picture), 1.3 + 7 * t ** 1.5
    small = [max(4, round(side / factor)) for side in image.size]
    return from_image(image.resize(small, Image.BOX).resize(image.size, Image.NEAREST))


def gaussian_noise(picture, t, rng):
    grey = rng.random() < 0.3
    noise = normal((1,) + picture.shape[1:] if grey else picture.shape, rng)
    return picture + 0.3 * t ** 1.5 * noise


def shot_noise(picture, t, rng):
    sigma = 0.45 * t ** 1.5
    return picture + sigma * normal(picture.shape, rng) * torch.sqrt(picture.clamp(0.02, 1))


def impulse_noise(picture, t, rng):
    chance = torch.from_numpy(rng.random(picture.shape[1:], dtype=np.float32))
    share = 0.25 * t ** 1.7
    picture = torch.where(chance < share / 2, torch.zeros(()), picture)
    return torch.where(chance > 1 - share / 2, torch.ones(()), picture)


def jpeg(picture, t, rng):
    subsampling = int(rng.choice([0, 2]))
    quality = round(64 * (1 - t) ** 2 + 3)
    buffer = io.BytesIO()
    to_image(picture).save(buffer, 'JPEG', quality=quality, subsampling=subsampling)
    return from_image(Image.open(buffer))


def banding(picture, t, rng):
    levels = 2 + 20 * (1 - t) ** 2
    return (picture * (levels - 1)).round() / (levels - 1)


def low_light(picture, t, rng):
    variant, noisy = int(rng.integers(3)), rng.random() < 0.5
    noise = normal(picture.shape, rng)
    dark = expose(picture, -5.5 * t, variant)
    return dark + 0.03 * t * noise if noisy else dark


def overexposure(picture, t, rng):
    return expose(picture, 4.2 * t, int(rng.integers(2)))


def low_contrast(picture, t, rng):
    veil = (picture.mean(), 0.5, 0.75, 0.95)[rng.integers(4)]
    return picture + 0.92 * t * (veil - picture)


APPLY = {f.__name__: f for f in (gaussian_blur, defocus, motion_blur, downscaling, pixelation, gaussian_noise,
                                 shot_noise, impulse_noise, jpeg, banding, low_light, overexposure,
                                 low_contrast)}


def degrade(picture, kind, strength, seed):
    """The picture with one degradation; the same seed gives the same variant, stroke angle and noise."""
    if strength <= 0:
        return quantize(picture)
    return quantize(APPLY[kind](picture, float(strength), np.random.default_rng(seed)))
