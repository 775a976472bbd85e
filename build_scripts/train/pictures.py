"""Pictures as the engine sees them: decoding, Pillow resampling, views, and the split into parts."""

import hashlib
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps

MEAN = (0.48145466, 0.4578275, 0.40821073)
STD = (0.26862954, 0.26130258, 0.27577711)
FILTERS = {'bilinear': Image.BILINEAR, 'bicubic': Image.BICUBIC}
SUFFIXES = {'.jpg', '.jpeg', '.png', '.bmp', '.gif'}


def list_pictures(folder):
    """The picture files of a folder, sorted by name."""
    files = sorted(path for path in Path(folder).iterdir() if path.suffix.lower() in SUFFIXES)
    if not files:
        raise SystemExit(f'{folder} holds no JPEG, PNG, BMP or GIF file.')
    return files


def part_of(path, shares):
    """Assigns a photograph to a part by a hash of its name: shares is {part: share}, adding up to 1."""
    point = int.from_bytes(hashlib.sha256(Path(path).stem.encode()).digest()[:6], 'big') / 2 ** 48
    for part, share in shares.items():
        if point < share:
            return part
        point -= share
    return next(reversed(shares))


def open_picture(path, orientation='apply'):
    """Decodes to RGB, upright unless the recipe ignores EXIF."""
    with Image.open(path) as image:
        if orientation == 'apply':
            image = ImageOps.exif_transpose(image)
        return image.convert('RGB')


def resize(image, rule):
    """Resamples by a recipe's `resize`, with torchvision's rounding of the longer side."""
    width, height = image.size
    if 'shorter' in rule:
        shorter = rule['shorter']
        if width <= height:
            size = (shorter, int(shorter * height / width))
        else:
            size = (int(shorter * width / height), shorter)
    else:
        size = (rule['width'], rule['height'])
    return image if size == image.size else image.resize(size, FILTERS[rule['interpolation']])


def middle(part, parts, free):
    """Where the view in the middle of one of the `parts` cells begins, of `free` + 1 places."""
    return (2 * part + 1) * (free + 1) // (2 * parts)


def from_edge_to_edge(part, parts, free):
    """The same where the first and the last view touch the edges."""
    if parts == 1:
        return middle(part, parts, free)
    return (2 * part * free + parts - 1) // (2 * (parts - 1))


def cut_views(image, rule):
    """Cuts by a recipe's `views`: uint8 [count, 3, size, size]."""
    pixels = np.asarray(image)
    height, width = pixels.shape[:2]
    if 'center' in rule:
        size = rule['center']
        corners = [(int(round((height - size) / 2.0)), int(round((width - size) / 2.0)))]
    else:
        size, (rows, columns) = rule['size'], rule['grid']
        place = from_edge_to_edge if rule.get('edges') else middle
        corners = [(place(i, rows, height - size), place(j, columns, width - size)) for i in range(rows) for j in range(columns)]
    views = np.stack([pixels[top:top + size, left:left + size] for top, left in corners])
    return torch.from_numpy(views).permute(0, 3, 1, 2).contiguous()


def detail_views(image, preprocess):
    """The views of a recipe's `detail`, which looks at a larger picture, though at none that was enlarged; [] where the picture
    has no more pixels than `resize` leaves it."""
    detail, shorter = preprocess.get('detail'), min(image.size)
    if not detail or shorter <= preprocess['resize']['shorter']:
        return []
    larger = resize(image, {**preprocess['resize'], 'shorter': min(detail['shorter'], shorter)})
    return [cut_views(larger, {'grid': detail['grid'], 'size': preprocess['views']['size']})]


def views_of(image, preprocess):
    """All views of an image by a recipe's `preprocess`: uint8 [count, 3, size, size]."""
    return torch.cat([cut_views(resize(image, preprocess['resize']), preprocess['views']), *detail_views(image, preprocess)])


def normalize(views, mean=MEAN, std=STD):
    """uint8 views to what the tower takes: (value / 255 - mean) / std."""
    mean, std = torch.tensor(mean).view(3, 1, 1), torch.tensor(std).view(3, 1, 1)
    return (views.float() / 255 - mean) / std
