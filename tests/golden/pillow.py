#!/usr/bin/env python3
"""Writes what the picture module's tests compare with: picture files (pictures/), and pillow.json and pillow.h
with the sums of the pixels that Pillow makes of them. Needs Pillow and numpy; made with Pillow 9.4.0 and
libjpeg-turbo 2.1.5 of Debian 12.

    tests/golden/pillow.py
"""
import hashlib
import io
import json
import pathlib
import zlib
from fractions import Fraction

import numpy as np
from PIL import Image, ImageOps

from generator import mix32
from pillow_files import bmp_files, gif_files, jpeg_files, noise, orientation_files, png_files, webp_files

HERE = pathlib.Path(__file__).parent
RESAMPLING = Image.Resampling
FILTERS = [RESAMPLING.BILINEAR, RESAMPLING.BICUBIC, RESAMPLING.NEAREST, RESAMPLING.LANCZOS]  # in the order of enum picture_filter
SIDES = [1, 2, 3, 5, 7, 8, 13, 16, 31, 33, 64, 100, 127, 160]


def digest(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def synthetic(width, height, seed):
    """Noise; for odd seeds only black and white, which drives the bicubic filter out of range."""
    values = noise(width * height * 3, seed)
    if seed % 2:
        values = np.where(values < 128, 0, 255).astype(np.uint8)
    return values.reshape(height, width, 3)


def resized(array, width, height, filter_number):
    return np.asarray(Image.fromarray(array).resize((width, height), FILTERS[filter_number]))


def pick(values, seed, index):
    return values[int(mix32(seed, np.array([index], np.uint32))[0]) % len(values)]


def size_pairs():
    """(width, height, new width, new height), both sides of every pair of which differ by at most 255."""
    pairs = [(1, 1, 1, 1), (1, 1, 9, 5), (200, 1, 3, 1), (1, 200, 1, 3), (1, 150, 40, 2), (300, 200, 224, 149),
             (640, 480, 298, 224), (480, 640, 384, 512), (97, 61, 97, 30), (97, 61, 40, 61), (50, 50, 50, 50),
             (255, 254, 256, 255), (257, 129, 256, 128), (224, 224, 223, 225), (1000, 750, 299, 224), (1024, 3, 224, 1),
             (2, 2, 224, 224), (3, 1024, 1, 224), (33, 7, 231, 49), (999, 1001, 10, 11)]
    for index in range(200):
        pairs.append(tuple(pick(SIDES, seed, index) for seed in (1, 2, 3, 4)))
    return pairs


def resample_cases():
    cases, pixels = [], []
    for seed, (width, height, new_width, new_height) in enumerate(size_pairs()):
        source = synthetic(width, height, seed)
        for filter_number in range(len(FILTERS)):
            result = resized(source, new_width, new_height, filter_number)
            cases.append({'width': width, 'height': height, 'toWidth': new_width, 'toHeight': new_height,
                          'filter': filter_number, 'seed': seed, 'sha256': digest(result)})
            pixels.append(result)
    return cases, pixels


def shorter_size(width, height, shorter):
    """torchvision's Resize(int): the longer side is int(shorter * longer / shorter side)."""
    if width <= height:
        return shorter, int(shorter * height / width)
    return int(shorter * width / height), shorter


def center_view(array, size):
    """torchvision's CenterCrop: int(round((side - size) / 2.0)), Python's rounding."""
    height, width = array.shape[:2]
    top, left = int(round((height - size) / 2.0)), int(round((width - size) / 2.0))
    return array[top:top + size, left:left + size]


def center_cases():
    cases = []
    for index in range(48):
        width, height = 20 + pick(range(300), 11, index), 20 + pick(range(300), 12, index)
        shorter = pick([1, 7, 16, 31, 32, 56, 64, 101], 13, index)
        size = max(1, shorter - pick(range(8), 14, index))
        new_width, new_height = shorter_size(width, height, shorter)
        result = resized(synthetic(width, height, index), new_width, new_height, index % 2)
        cases.append({'width': width, 'height': height, 'shorter': shorter, 'filter': index % 2, 'seed': index,
                      'size': size, 'sha256': digest(center_view(result, size))})
    return cases


def center_view_down(array, size):
    """transformers' center_crop: (side - size) // 2."""
    height, width = array.shape[:2]
    top, left = (height - size) // 2, (width - size) // 2
    return array[top:top + size, left:left + size]


def longer_size(width, height, longer):
    """open_clip's ResizeKeepRatio(longer, longest=1): round(side / ratio), Python's rounding."""
    ratio = max(width, height) / longer
    return round(width / ratio), round(height / ratio)


def padded(array, size, grey):
    """open_clip's CenterCropOrPad on a picture that is not larger than `size`: // 2 of what is missing comes first."""
    height, width = array.shape[:2]
    result = np.full((size, size, 3), grey, np.uint8)
    top, left = (size - height) // 2, (size - width) // 2
    result[top:top + height, left:left + width] = array
    return result


def other_center_cases():
    """The longer side with grey around it, and the centre rounded down."""
    cases = []
    for index in range(48):
        width, height = 20 + pick(range(300), 31, index), 20 + pick(range(300), 32, index)
        side, grey, filter_number = pick([7, 16, 31, 32, 56, 64, 101], 33, index), pick([0, 114, 255], 34, index), index % 4
        source = synthetic(width, height, index)
        case = {'width': width, 'height': height, 'side': side, 'filter': filter_number, 'seed': index, 'grey': grey}
        fitted = resized(source, *longer_size(width, height, side), filter_number)
        covering = resized(source, *shorter_size(width, height, side), filter_number)
        cases.append({**case, 'padded': digest(padded(fitted, side, grey)), 'down': digest(center_view_down(covering, side))})
    return cases


def grid_positions(count, side, size):
    return [int((i + 0.5) * (side - size + 1) / count) for i in range(count)]


def edge_positions(count, side, size):
    """From edge to edge in equal steps, half a pixel up; a single one as in the other grids."""
    if count == 1:
        return grid_positions(count, side, size)
    return [int(np.floor(float(Fraction(i * (side - size), count - 1)) + 0.5)) for i in range(count)]


def grid_cases(positions, salt):
    """Views whose rows and columns begin at `positions`; `salt` chooses sizes."""
    cases = []
    for index in range(40):
        width, height = 20 + pick(range(80), salt, index), 20 + pick(range(80), salt + 1, index)
        size = 1 + pick(range(min(width, height)), salt + 2, index)
        rows, columns = 1 + pick(range(6), salt + 3, index), 1 + pick(range(6), salt + 4, index)
        source = synthetic(width, height, index)
        views = [source[top:top + size, left:left + size] for top in positions(rows, height, size)
                 for left in positions(columns, width, size)]
        cases.append({'width': width, 'height': height, 'seed': index, 'rows': rows, 'columns': columns,
                      'size': size, 'sha256': digest(np.stack(views))})
    return cases


def detail_cases():
    """Views in a grid of the picture at one scale, and behind them views at a larger one, where the picture has the pixels."""
    cases = []
    for index in range(40):
        width, height = 30 + pick(range(200), 51, index), 30 + pick(range(200), 52, index)
        shorter = pick([24, 32, 40, 64], 53, index)
        finer = shorter + 1 + pick(range(90), 54, index)
        size = shorter - pick(range(8), 55, index)
        rows, columns, detail_rows, detail_columns = (1 + pick(range(3), seed, index) for seed in (56, 57, 58, 59))
        filter_number, edges = index % 2, index % 3 > 0
        source = synthetic(width, height, index)
        first = resized(source, *shorter_size(width, height, shorter), filter_number)
        place = edge_positions if edges else grid_positions
        views = [first[top:top + size, left:left + size] for top in place(rows, first.shape[0], size)
                 for left in place(columns, first.shape[1], size)]
        if min(width, height) > shorter:
            fine = resized(source, *shorter_size(width, height, min(finer, width, height)), filter_number)
            views += [fine[top:top + size, left:left + size] for top in grid_positions(detail_rows, fine.shape[0], size)
                      for left in grid_positions(detail_columns, fine.shape[1], size)]
        cases.append({'width': width, 'height': height, 'seed': index, 'preprocess': {
            'resize': {'shorter': shorter, 'interpolation': ['bilinear', 'bicubic'][filter_number]},
            'views': {'grid': [rows, columns], 'size': size, **({'edges': True} if edges else {})},
            'detail': {'shorter': finer, 'grid': [detail_rows, detail_columns]},
        }, 'count': len(views), 'sha256': digest(np.stack(views))})
    return cases


def rgb(picture):
    """convert("RGB"), but for 16-bit grey: Pillow clips it at 255, which leaves a white picture. The module takes
    the high byte there, as Pillow does for 16-bit colours."""
    if picture.mode == 'I':
        return np.repeat((np.asarray(picture) >> 8).astype(np.uint8)[:, :, None], 3, axis=2)
    return np.asarray(picture.convert('RGB'))


AFTER = (19, 14)


def converted_after(content):
    """RGB after it was resized, by each filter; null for 16-bit grey, which Pillow clips (see rgb)."""
    picture = Image.open(io.BytesIO(content))
    if picture.mode == 'I':
        return None
    return [digest(np.asarray(ImageOps.exif_transpose(picture).resize(AFTER, each).convert('RGB'))) for each in FILTERS]


def file_cases(folder):
    """Every file, as Pillow decodes it: as it lies, and upright."""
    files = {**png_files(), **bmp_files(), **gif_files(), **jpeg_files(), **orientation_files(), **webp_files()}
    for old in folder.glob('*'):
        old.unlink()
    cases = []
    for name, content in sorted(files.items()):
        (folder / name).write_bytes(content)
        upright = rgb(ImageOps.exif_transpose(Image.open(io.BytesIO(content))))
        plain = rgb(Image.open(io.BytesIO(content)))
        cases.append({'file': name, 'width': upright.shape[1], 'height': upright.shape[0],
                      'sha256': digest(upright), 'crc32': zlib.crc32(upright.tobytes()),
                      'ignoredWidth': plain.shape[1], 'ignoredSha256': digest(plain), 'after': converted_after(content)})
    return cases


def header_text(cases, pixels, files):
    """The same for the native tests, with CRC-32 in place of SHA-256."""
    lines = ['/* Written by pillow.py. */', '#ifndef GOLDEN_PILLOW_H', '#define GOLDEN_PILLOW_H', '',
             '#include <stdint.h>', '',
             '/* Resampled noise of size width x height (seed as in pillow.py: synthetic). */',
             'struct golden_resample {', '    uint16_t width, height, to_width, to_height, filter, seed;',
             '    uint32_t crc;', '};', '', 'static const struct golden_resample golden_resamples[] = {']
    for case, result in zip(cases, pixels):
        numbers = [case[key] for key in ('width', 'height', 'toWidth', 'toHeight', 'filter', 'seed')]
        crc = zlib.crc32(np.ascontiguousarray(result).tobytes())
        lines.append(f'    {{{", ".join(map(str, numbers))}, 0x{crc:08X}}},')
    lines += ['};', '', '/* The upright pixels of the files in pictures/. */', 'struct golden_file {',
              '    const char *name;', '    uint16_t width, height;', '    uint32_t crc;', '};', '',
              'static const struct golden_file golden_files[] = {']
    for case in files:
        lines.append(f'    {{"{case["file"]}", {case["width"]}, {case["height"]}, 0x{case["crc32"]:08X}}},')
    return '\n'.join(lines + ['};', '', '#endif', ''])


def main():
    folder = HERE / 'pictures'
    folder.mkdir(exist_ok=True)
    cases, pixels = resample_cases()
    files = file_cases(folder)
    (HERE / 'pillow.h').write_text(header_text(cases, pixels, files))
    for case in files:
        del case['crc32']
    groups = {'resample': cases, 'center': center_cases(), 'otherCenter': other_center_cases(), 'grid': grid_cases(grid_positions, 21), 'edges': grid_cases(edge_positions, 41),
              'detail': detail_cases(), 'files': files}
    lines = ['  "%s": [\n%s\n  ]' % (name, ',\n'.join('    ' + json.dumps(case) for case in group))
             for name, group in groups.items()]
    (HERE / 'pillow.json').write_text('{\n' + ',\n'.join(lines) + '\n}\n')


if __name__ == '__main__':
    main()
