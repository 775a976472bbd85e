"""Pictures that are no photographs, drawn from a seed: one colour, gradients, patterns, flat shapes, strokes, pages of text,
windows. familiarity.py fits the line between photographs and these; checks.py draws its own, and others, to try it."""

import string

import numpy as np
from PIL import Image, ImageDraw

PALE, DARK = (235, 256), (0, 60)
LETTERS = np.array(list(string.ascii_letters))


def colour(rng, low=0, high=256):
    """A random one."""
    return tuple(int(value) for value in rng.integers(low, high, 3))


def ground(rng):
    """Paper, a dark ground, or any colour."""
    return colour(rng, *[PALE, PALE, DARK, (0, 256)][rng.integers(4)])


def ink_on(paper):
    """What can be read on it."""
    return (20, 20, 20) if sum(paper) > 380 else (240, 240, 240)


def sides(rng):
    """Width and height."""
    width = int(rng.integers(240, 640))
    return width, int(width * rng.uniform(0.55, 1.4))


def canvas(rng):
    """(image, what draws on it, its size, its colour)."""
    size, paper = sides(rng), ground(rng)
    image = Image.new('RGB', size, paper)
    return image, ImageDraw.Draw(image), size, paper


def words(rng, count):
    """So many of one to ten letters."""
    return ' '.join(''.join(rng.choice(LETTERS, rng.integers(1, 11))) for _ in range(count))


def plain(rng):
    """One colour."""
    return Image.new('RGB', sides(rng), colour(rng))


def gradient(rng):
    """From one colour to another, across or from a centre."""
    width, height = sides(rng)
    first, last = (np.array(colour(rng), float) for _ in range(2))
    y, x = np.mgrid[0:height, 0:width] / [[[height]], [[width]]]
    angle = rng.uniform(0, 2 * np.pi)
    share = np.cos(angle) * x + np.sin(angle) * y if rng.random() < 0.6 else np.hypot(x - rng.random(), y - rng.random())
    share = (share - share.min()) / np.ptp(share)
    return Image.fromarray((first + (last - first) * share[..., None]).astype(np.uint8))


def pattern(rng):
    """Checks, stripes or dots of two colours."""
    width, height = sides(rng)
    y, x = np.mgrid[0:height, 0:width]
    step = int(rng.integers(6, 60))
    dots = np.hypot(x % step - step / 2, y % step - step / 2) < step * rng.uniform(0.2, 0.5)
    chosen = [(x // step + y // step) % 2, (x // step) % 2, ((x + y) // step) % 2, dots][rng.integers(4)]
    return Image.fromarray(np.where(chosen.astype(bool)[..., None], colour(rng), colour(rng)).astype(np.uint8))


def shapes(rng):
    """Flat polygons and ellipses, outlined or not."""
    image, draw, (width, height), _ = canvas(rng)
    outline = colour(rng, *DARK) if rng.random() < 0.5 else None
    for _ in range(rng.integers(3, 20)):
        x, y, radius = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(0.03, 0.3) * width
        if rng.random() < 0.3:
            draw.ellipse([x - radius, y - radius / 2, x + radius, y + radius / 2], fill=colour(rng), outline=outline)
            continue
        turns = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 8)))
        corners = [(x + radius * np.cos(turn), y + radius * np.sin(turn)) for turn in turns]
        draw.polygon(corners, fill=colour(rng), outline=outline)
    return image


def strokes(rng):
    """Wandering lines."""
    image, draw, size, paper = canvas(rng)
    for _ in range(rng.integers(4, 40)):
        path = np.cumsum(rng.normal(0, 0.06 * size[0], (rng.integers(3, 12), 2)), 0) + rng.uniform(0, size)
        draw.line([tuple(map(float, point)) for point in path], fill=ink_on(paper) if rng.random() < 0.8 else colour(rng), width=int(rng.integers(1, 6)))
    return image


def text(rng):
    """A page in Pillow's own letters, as they are or larger."""
    paper, scale = ground(rng), int(rng.integers(1, 4))
    width, height = (side // scale for side in sides(rng))
    image = Image.new('RGB', (width, height), paper)
    draw, left = ImageDraw.Draw(image), int(rng.integers(2, 20))
    for top in range(int(rng.integers(0, 14)), height, 14):
        if rng.random() < 0.85:
            draw.text((left, top), words(rng, 14)[:int((width - left) / 6 * rng.uniform(0.3, 1))], fill=ink_on(paper))
    return image.resize((width * scale, height * scale), Image.BICUBIC)


def window(rng):
    """Bars and boxes with labels."""
    image, draw, (width, height), _ = canvas(rng)
    draw.rectangle([0, 0, width, int(rng.integers(0, 50))], fill=colour(rng))
    draw.rectangle([0, 0, int(rng.uniform(0, 0.3) * width), height], fill=colour(rng))
    for _ in range(rng.integers(3, 20)):
        left, top, fill = rng.uniform(0, width), rng.uniform(0, height), colour(rng)
        right, bottom = left + rng.uniform(0.05, 0.5) * width, top + rng.uniform(0.03, 0.2) * height
        draw.rectangle([left, top, right, bottom], fill=fill, outline=colour(rng, *DARK))
        draw.text((left + 4, top + 3), words(rng, 3), fill=ink_on(fill))
    return image


FAMILIES = plain, gradient, pattern, shapes, strokes, text, window


def made(seed):
    """One of them; the families take turns."""
    return FAMILIES[seed % len(FAMILIES)](np.random.default_rng([11, seed]))
