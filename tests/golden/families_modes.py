#!/usr/bin/env python3
"""Writes families/modes.json: what open_clip's own code and OpenAI's order make of pictures that are not RGB: palettes, single bits,
transparent ones, inks. Both resize and cut them first, and make them RGB then.

  python3 tests/golden/families_modes.py     needs open_clip_torch, torchvision, Debian 12's Pillow 9.4

The pictures are of pictures/. Of each result the SHA-256 of its bytes is kept, [IMAGE, IMAGE, 3].
"""
import hashlib
import json
import pathlib

from open_clip.transform import PreprocessCfg, image_transform_v2, merge_preprocess_dict
from PIL import Image
from torchvision.transforms import CenterCrop, Compose, InterpolationMode, Normalize, Resize, ToTensor

HERE = pathlib.Path(__file__).parent
IMAGE = 14
PLAIN = {'mean': [0, 0, 0], 'std': [1, 1, 1]}  # so that the tensor holds the bytes' 255th parts
FILES = ['png-color2-8bit.png', 'png-palette-8bit.png', 'png-palette-short.png', 'png-palette-4bit-transparent-interlaced.png', 'gif-still.gif',
         'gif-short-palette.gif', 'bmp-8bit.bmp', 'bmp-1bit.bmp', 'png-palette-1bit.png', 'png-color0-1bit.png', 'png-color4-8bit.png', 'png-color6-8bit.png',
         'webp-lossless-transparent.webp', 'jpeg-cmyk.jpg']
CASES = {
    'shortest': {},
    'bilinear': {'interpolation': 'bilinear'},
    'squash': {'resize_mode': 'squash'},
    'longest': {'resize_mode': 'longest'},
    'longest-white': {'resize_mode': 'longest', 'fill_color': 255},
    'longest-seven': {'resize_mode': 'longest', 'fill_color': 7},
}


def open_clip_transform(cfg):
    return image_transform_v2(PreprocessCfg(**merge_preprocess_dict({'size': IMAGE}, {**PLAIN, **cfg})), is_train=False)


def openai_transform():
    """clip.py's _transform, step by step."""
    return Compose([Resize(IMAGE, interpolation=InterpolationMode.BICUBIC), CenterCrop(IMAGE), lambda image: image.convert('RGB'), ToTensor(),
                    Normalize(PLAIN['mean'], PLAIN['std'])])


def digests(transform):
    results = {}
    for name in FILES:
        tensor = transform(Image.open(HERE / 'pictures' / name))
        results[name] = hashlib.sha256((tensor * 255).round().byte().permute(1, 2, 0).numpy().tobytes()).hexdigest()
    return results


def main():
    cases = [{'name': 'openai', 'expected': digests(openai_transform())}]
    cases += [{'name': name, 'preprocess_cfg': {**PLAIN, **cfg}, 'expected': digests(open_clip_transform(cfg))} for name, cfg in CASES.items()]
    text = ',\n'.join(json.dumps(case) for case in cases)
    (HERE / 'families' / 'modes.json').write_text('{"image": %d, "cases": [\n%s\n]}\n' % (IMAGE, text))


if __name__ == '__main__':
    main()
