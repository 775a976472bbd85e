"""The fixed views of a photograph that the teachers are asked about and the student learns from.

View 0 is the whole photograph, squeezed to a square as the traits' tasks see it; the next ones are cuts of a fifth to all
of the area. The rest are mixtures with another photograph, blended (mixup: Zhang et al., 2018) or with a rectangle of the
other one in its place (CutMix: Yun et al., 2019). The teachers say what they see in a mixture as in any picture, so the
student learns what they do where there are no photographs (Beyer et al., 2022: function matching).
"""

import zlib

import numpy as np
from PIL import Image

WHOLE = 0, 0, 1, 1  # a box: see random_box
CUTS = 5            # views of the photograph alone; those from here on are mixtures
BLEND = 0.2, 0.8    # the photograph's own share of a blend
PATCH = 0.2, 0.6    # the other's share of the area where it lies in a rectangle


def random_box(rng, least=0.2, most=1):
    """(left, top, right, bottom) of a rectangle of that share of the area, in shares of the sides."""
    area, aspect = rng.uniform(least, most), np.exp(rng.uniform(-0.3, 0.3))
    w, h = min(1, np.sqrt(area * aspect)), min(1, np.sqrt(area / aspect))
    left, top = rng.uniform(0, 1 - w), rng.uniform(0, 1 - h)
    return left, top, left + w, top + h


def cut_box(image, box, size):
    """The view of a box, uint8 [size, size, 3]."""
    width, height = image.size
    pixels = box[0] * width, box[1] * height, box[2] * width, box[3] * height
    return np.asarray(image.resize((size, size), Image.BICUBIC, box=pixels))


def mix(own, other, rng):
    """Two views of one size as one: a blend, or a rectangle of the other."""
    if rng.random() < 0.5:
        share = rng.uniform(*BLEND)
        return (share * own + (1 - share) * other + 0.5).astype(np.uint8)
    left, top, right, bottom = (round(len(own) * place) for place in random_box(rng, *PATCH))
    mixed = own.copy()
    mixed[top:bottom, left:right] = other[top:bottom, left:right]
    return mixed


class FixedViews:
    """The views of gathered photographs; all follows from the seed, the file's name and the number of the view."""

    def __init__(self, gathered, seed):
        self.gathered, self.seed, self.others = gathered, seed, gathered.part('train')

    def cut(self, number, view, size, image=None):
        """One view, uint8 [size, size, 3], of `image` or of the gathered photograph; a mixture is with a training one."""
        image = image or self.gathered.image(number)
        if view == 0:
            return cut_box(image, WHOLE, size)
        rng = np.random.default_rng([self.seed, zlib.crc32(self.gathered.rows[number]['file'].encode()), view])
        own = cut_box(image, random_box(rng), size)
        if view < CUTS:
            return own
        other = self.gathered.image(self.others[rng.integers(len(self.others))])
        return mix(own, cut_box(other, random_box(rng), size), rng)
