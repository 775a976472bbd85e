#!/usr/bin/env python3
"""Writes recipes.json: what the authors' own code makes of a dozen pictures, preprocessing included, with the tiny
checkpoints of checkpoints.py in place of the published ones. Pillow resizes; orientation tags are ignored, as they do.

  python3 tests/golden/recipes.py      needs PyTorch, numpy and Pillow
"""
import json
import pathlib

import numpy as np
import torch
from PIL import Image

import generator
from checkpoints import EMOTION, QUALITY, SIZES, head_of, percept_adapter, round_like_openai, seeded_tower
from clip import Tower, apply_head
from pillow import center_view, grid_positions, shorter_size

FILES = ['jpeg-3x33.jpg', 'jpeg-420.jpg', 'jpeg-cmyk.jpg', 'exif-6.jpg', 'png-palette-8bit.png', 'gif-still.gif', 'png-as-webp-lossless-transparent.png']
SEED = 301
SYNTHETIC = [[640, 480], [480, 640], [800, 260], [224, 224], [301, 777], [500, 500]]  # width, height: cut from seeded squares
HERE = pathlib.Path(__file__).parent
SIZE = SIZES['image']  # of a view, where the published towers have 224; pictures are resized as for them


def center(picture, filter_name):
    """Resize(224), CenterCrop"""
    size = shorter_size(*picture.size, 224)
    return [center_view(np.asarray(picture.resize(size, filter_name).convert('RGB')), SIZE)]


def crops(picture):
    """Resize((512, 384)), then crops: the authors' 15 are random, ours lie on a grid of 5 x 3."""
    pixels = np.asarray(picture.resize((384, 512), Image.Resampling.BILINEAR))
    return [pixels[top:top + SIZE, left:left + SIZE] for top in grid_positions(5, 512, SIZE) for left in grid_positions(3, 384, SIZE)]


def layers_of(outputs, seed, activation):
    chain = [(weight.double(), bias.double(), activation) for weight, bias in head_of(outputs, seed)]
    return [*chain[:-1], (*chain[-1][:2], 'identity')]


def mean_score(views, tower, adapter, layers, normalize=False):
    weights = {name: tensor.double() for name, tensor in tower.items()}
    with torch.no_grad():
        embeddings = Tower(SIZES, 'quick_gelu', weights).embed(torch.from_numpy(np.stack(views)), adapter)
        return [float(f'{value:.8g}') for value in apply_head(embeddings, layers, normalize).mean(dim=0)]


def score(picture):
    tower, openai = seeded_tower(), round_like_openai(seeded_tower())
    rgb = picture.convert('RGB')  # PerceptCLIP's code converts first, openai/CLIP's and LAION's when the picture was resized
    bilinear, bicubic = center(rgb, Image.Resampling.BILINEAR), center(picture, Image.Resampling.BICUBIC)
    quality, emotion = percept_adapter(QUALITY), percept_adapter(EMOTION)
    regression = layers_of([8, 4, 1], QUALITY, 'relu')
    return {
        'perceptclip-l14': {
            'quality': mean_score(crops(rgb), tower, quality, regression),
            'memorability': mean_score(bilinear, tower, quality, regression),
            'emotion': mean_score(bilinear, tower, emotion, layers_of([8, 4, 8], EMOTION, 'relu')),
        },
        'laion-aesthetic-l14': {
            'aesthetic-linear': mean_score(bicubic, openai, {}, layers_of([1], 31, 'identity'), True),
            'aesthetic-mlp': mean_score(bicubic, openai, {}, layers_of([16, 8, 4, 3, 1], 32, 'identity'), True),
        },
        **{name: {'embedding': mean_score(bicubic, openai, {}, [])} for name in ('clip-b32', 'clip-l14')},
    }


def synthetic(index):
    width, height = SYNTHETIC[index]
    return Image.fromarray(generator.synthetic_view(max(width, height), SEED, index)[:height, :width])


def main():
    opened = [Image.open(HERE / 'pictures' / name) for name in FILES]
    expected = [score(picture) for picture in opened + [synthetic(index) for index in range(len(SYNTHETIC))]]
    results = {'files': FILES, 'seed': SEED, 'synthetic': SYNTHETIC, 'expected': expected}
    (HERE / 'recipes.json').write_text(json.dumps(results, separators=(',', ':')) + '\n')


if __name__ == '__main__':
    main()
