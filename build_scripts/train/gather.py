"""Distillation, first: which photographs are distilled on, decoded once and kept small in one file.

All of unlabelled/, the training and validation parts of photos/ (views.py's rule) and the training parts of the rated
sets (held_out.py's rule), whose ratings are not looked at. What is held out is not opened. A photograph belongs to
training or validation by a hash of its name.
"""

import one_thread  # noqa: F401  (before NumPy is loaded)

import argparse
import json
from pathlib import Path

import numpy as np
from PIL import Image

from held_out import HELD_OUT, split_set
from pictures import list_pictures, open_picture, part_of
from progress import Progress, write_whole
from views import SHARES as PHOTO_SHARES

SHARES = {'train': 0.96, 'validation': 0.04}
SHORTER = 256       # pixels that a photograph keeps on its shorter side, if it has as many


def distilled(data):
    """[(path relative to `data`, 'train' or 'validation')] of every photograph that may be distilled on."""
    data = Path(data)
    found = [(path, part_of(path, SHARES)) for path in list_pictures(data / 'unlabelled')]
    parts = [(path, part_of(path, PHOTO_SHARES)) for path in list_pictures(data / 'photos')]
    found += [(path, part) for path, part in parts if part != 'test']
    for folder in HELD_OUT:
        training, _ = split_set(data, folder)
        found += [(path, part_of(path, SHARES)) for path in sorted(data / folder / row['file'] for row in training)]
    return [(str(path.relative_to(data)), part) for path, part in found]


def small(image):
    """At most SHORTER pixels on the shorter side."""
    factor = SHORTER / min(image.size)
    return image if factor >= 1 else image.resize([round(side * factor) for side in image.size], Image.BICUBIC)


def gather(data, work):
    """Writes photographs.json (names, parts, shapes, offsets) and pixels.bin."""
    work.mkdir(parents=True, exist_ok=True)
    listed, offset, rows = distilled(data), 0, []
    progress = Progress('gather', len(listed))
    with open(work / 'pixels.bin', 'wb') as file:
        for done, (name, part) in enumerate(listed, 1):
            pixels = np.asarray(small(open_picture(data / name)))
            rows.append({'file': name, 'part': part, 'shape': pixels.shape[:2], 'offset': offset})
            offset += file.write(pixels.tobytes())
            progress.update(done)
    write_whole(work / 'photographs.json', json.dumps(rows) + '\n')


class Gathered:
    """The photographs that gather.py wrote."""

    def __init__(self, work):
        self.rows = json.loads((work / 'photographs.json').read_text())
        self.pixels = np.memmap(work / 'pixels.bin', np.uint8, 'r')

    def __len__(self):
        return len(self.rows)

    def part(self, name):
        """The numbers of one part's photographs."""
        return np.array([i for i, row in enumerate(self.rows) if row['part'] == name])

    def image(self, number):
        """One photograph, small, as a Pillow image."""
        row = self.rows[number]
        height, width = row['shape']
        pixels = self.pixels[row['offset']:row['offset'] + 3 * height * width]
        return Image.fromarray(pixels.reshape(height, width, 3))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--data', required=True, type=Path, help='folder with unlabelled/, photos/, rated/, …')
    parser.add_argument('--work', required=True, type=Path, help='folder for everything that distillation makes')
    args = parser.parse_args()
    if (args.work / 'photographs.json').exists():
        print('gathered already: remove photographs.json to repeat it.')
        return
    gather(args.data, args.work)


if __name__ == '__main__':
    main()
