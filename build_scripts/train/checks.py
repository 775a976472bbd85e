"""The checks of a score: changes that should leave it alone, and pictures of a sort that training never saw."""

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter


def turn_hue(image, degrees):
    """Turns every hue, as a change of skin tone or of white balance would, and leaves the lightness."""
    hsv = np.array(image.convert('HSV'))
    hsv[..., 0] = (hsv[..., 0].astype(int) + round(degrees * 256 / 360)) % 256
    return Image.fromarray(hsv, 'HSV').convert('RGB')


def crop_to(image, aspect):
    """The largest crop from the centre of this width over height."""
    width, height = image.size
    w, h = (width, width / aspect) if width / height < aspect else (height * aspect, height)
    left, top = (width - w) / 2, (height - h) / 2
    return image.crop((round(left), round(top), round(left + w), round(top + h)))


def enlarge(image, factor):
    """Resampled by Lanczos."""
    return image.resize([round(side * factor) for side in image.size], Image.LANCZOS)


# Changes that should not move a score of quality or sharpness.
NEUTRAL = {
    'mirrored': lambda image: image.transpose(Image.FLIP_LEFT_RIGHT),
    'brightness -15 %': lambda image: ImageEnhance.Brightness(image).enhance(0.85),
    'brightness +15 %': lambda image: ImageEnhance.Brightness(image).enhance(1.15),
    'hue -20 degrees': lambda image: turn_hue(image, -20),
    'hue +20 degrees': lambda image: turn_hue(image, 20),
    'grey': lambda image: image.convert('L').convert('RGB'),
    'cropped to a square': lambda image: crop_to(image, 1),
    'cropped to 16:9': lambda image: crop_to(image, 16 / 9),
    'cropped to a portrait, 3:4': lambda image: crop_to(image, 3 / 4),
    'twice the pixels': lambda image: enlarge(image, 2),
    'half the pixels': lambda image: enlarge(image, 0.5),
}


def drawing(seed):
    """A flat drawing: a few shapes with outlines on one ground."""
    rng = np.random.default_rng(seed)
    image = Image.new('RGB', (480, 320), tuple(int(v) for v in rng.integers(180, 256, 3)))
    draw = ImageDraw.Draw(image)
    for _ in range(8):
        x, y = rng.integers(0, 420), rng.integers(0, 260)
        box = [int(x), int(y), int(x + rng.integers(30, 150)), int(y + rng.integers(30, 120))]
        fill = tuple(int(v) for v in rng.integers(0, 256, 3))
        (draw.ellipse if rng.random() < 0.5 else draw.rectangle)(box, fill=fill, outline=(20, 20, 20), width=3)
    return image


def screenshot(seed):
    """A page of text in a window."""
    rng = np.random.default_rng(seed)
    image = Image.new('RGB', (480, 320), (250, 250, 250))
    draw = ImageDraw.Draw(image)
    draw.rectangle([0, 0, 480, 26], fill=(60, 70, 90))
    for row in range(18):
        words = [rng.integers(97, 123, rng.integers(2, 10)) for _ in range(9)]
        line = ' '.join(bytes(word.tolist()).decode() for word in words)
        draw.text((16, 36 + 15 * row), line[:70], fill=(30, 30, 30))
    return image


def plain(image):
    """The mean colour of an image, and nothing else."""
    return Image.new('RGB', (480, 320), image.resize((1, 1), Image.BOX).getpixel((0, 0)))


def chart(seed):
    """Bars, or up to three curves, on axes with numbers."""
    rng = np.random.default_rng(seed)
    image = Image.new('RGB', (480, 360), (255, 255, 255))
    draw, count = ImageDraw.Draw(image), int(rng.integers(4, 12))
    draw.line([(50, 20), (50, 320), (460, 320)], fill=(0, 0, 0), width=2)
    for tick in range(5):
        draw.text((20, 310 - 65 * tick), str(20 * tick), fill=(0, 0, 0))
    if seed % 2:
        for left in 60 + 390 * np.arange(count) / count:
            draw.rectangle([left, 320 - rng.uniform(10, 280), left + 300 / count, 319], fill=(31, 119, 180))
        return image
    for colour in ((31, 119, 180), (255, 127, 14), (44, 160, 44))[:rng.integers(1, 4)]:
        heights = np.clip(170 + np.cumsum(rng.normal(0, 14, 40)), 20, 318)
        draw.line([(50 + 10 * place, height) for place, height in enumerate(heights)], fill=colour, width=2)
    return image


def sketch(image):
    """The contours of a photograph, dark on white."""
    edges = image.convert('L').filter(ImageFilter.GaussianBlur(1)).filter(ImageFilter.FIND_EDGES)
    return ImageChops.invert(edges.point(lambda value: min(255, 3 * value))).convert('RGB')


def cartoon(image):
    """A photograph in seven flat colours, with its strongest contours."""
    flat = image.filter(ImageFilter.MedianFilter(7)).quantize(7).convert('RGB')
    contours = sketch(image).convert('L').point(lambda value: 0 if value < 165 else 255)
    return Image.composite(flat, Image.new('RGB', flat.size, (20, 20, 20)), contours)


# Pictures of a sort that training never saw, all without any fault.
STRANGE = {
    'drawings': lambda image, seed: drawing(seed),
    'screenshots': lambda image, seed: screenshot(seed),
    'charts': lambda image, seed: chart(seed),
    'contours of photographs': lambda image, seed: sketch(image),
    'photographs as cartoons': lambda image, seed: cartoon(image),
    'tiny pictures, 64 pixels': lambda image, seed: image.resize((96, 64), Image.LANCZOS),
    'one plain colour': lambda image, seed: plain(image),
}


def moved(clean, changed):
    """{change: mean and spread} of a score's moves; `clean` [pictures], `changed` {change: [pictures]}."""
    moves = {name: np.asarray(values) - np.asarray(clean) for name, values in changed.items()}
    return {name: {'mean': float(move.mean()), 'sd': float(move.std())} for name, move in moves.items()}
