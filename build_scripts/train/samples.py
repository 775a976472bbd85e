"""Renders the sample pictures of the page, each scene clean and degraded, and lists them in samples.json."""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from degrade import degrade, from_image, to_image
from scenes import SCENES

SIZE = (480, 320)
# What is done to each scene: (kind, strength, the word in the file's name and its title, the same in Japanese). Nine pictures in
# all: each is a request of a first visit.
HARMS = {
    'lake': (('gaussian_blur', 0.45, 'blurred', 'ぼけ'),),
    'spheres': (('defocus', 0.45, 'out of focus', 'ピンぼけ'), ('jpeg', 0.92, 'compressed', '強い圧縮')),
    'house': (('overexposure', 0.75, 'overexposed', '露出オーバー'),),
    'pebbles': (('low_contrast', 0.75, 'hazy', 'かすみ'),),
}
JAPANESE = {'lake': '湖', 'spheres': '球', 'house': '家', 'pebbles': '小石'}


def render(name):
    """A scene at its final size."""
    torch.set_num_threads(1)
    picture = np.clip(SCENES[name](), 0, 1)
    image = Image.fromarray((picture * 255).round().astype(np.uint8))
    return image.resize(SIZE, Image.LANCZOS)


def save(image, path):
    """A JPEG with whole chroma, which every decoder reads nearly alike."""
    image.save(path, quality=74, subsampling=0, optimize=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--out', type=Path, default=Path(__file__).parents[2] / 'web' / 'samples')
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    pictures = []
    for name, harms in HARMS.items():
        clean = render(name)
        pictures.append((f'{name}.jpg', name, JAPANESE[name]))
        save(clean, args.out / f'{name}.jpg')
        for kind, strength, word, japanese in harms:
            file = f'{name}-{word.replace(" ", "-")}.jpg'
            save(to_image(degrade(from_image(clean), kind, strength, 1)), args.out / file)
            pictures.append((file, f'{name}, {word}', f'{JAPANESE[name]}（{japanese}）'))
    entries = [{'file': file, 'title': {'en': title.capitalize(), 'ja': japanese}} for file, title, japanese in pictures]
    (args.out / 'samples.json').write_text(json.dumps({'pictures': entries}, indent=1, ensure_ascii=False) + '\n')


if __name__ == '__main__':
    main()
