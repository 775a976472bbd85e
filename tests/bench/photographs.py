"""Writes photographs of 12 megapixels that nobody took: clouds of several sizes with grain, as JPEG.

    /usr/bin/python3 tests/bench/photographs.py FOLDER [COUNT]

Needs numpy and Pillow.
"""
import pathlib
import sys

import numpy
from PIL import Image

WIDTH, HEIGHT = 4000, 3000


def photograph(seed):
    random = numpy.random.default_rng(seed)
    pixels = numpy.zeros((HEIGHT, WIDTH, 3), numpy.float32)
    for cells in (4, 32, 256):
        coarse = random.integers(0, 256, (cells * 3 // 4, cells, 3), numpy.uint8)
        pixels += numpy.asarray(Image.fromarray(coarse).resize((WIDTH, HEIGHT), Image.BICUBIC), numpy.float32) / 3
    pixels += random.normal(0, 6, (HEIGHT, WIDTH, 1)).astype(numpy.float32)
    return Image.fromarray(pixels.clip(0, 255).astype(numpy.uint8))


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(int(sys.argv[2]) if len(sys.argv) > 2 else 24):
        photograph(number).save(folder / f"{number:03}.jpg", quality=90)


main()
