#!/usr/bin/env python3
"""Writes families/pictures.json: what transformers' and open_clip's own code makes of pictures, by the configurations that they
and the field's publications write.

  python3 tests/golden/families_pictures.py     needs transformers (4 or 5), open_clip_torch, torchvision, Pillow, numpy

With "--check" it writes nothing, and says what the installed versions make otherwise. Of each result the sum of all its values and some of them are kept. transformers' processors of the Pillow kind are asked.
"""
import json
import pathlib
import sys
import tempfile

import numpy as np
import transformers
from open_clip.transform import PreprocessCfg, image_transform_v2, merge_preprocess_dict
from PIL import Image
from transformers import SiglipImageProcessor, ViTImageProcessor
try:
    from transformers import CLIPImageProcessorPil as CLIPImageProcessor
    from transformers import SiglipImageProcessorPil as SiglipImageProcessor
    from transformers import ViTImageProcessorPil as ViTImageProcessor
except ImportError:
    from transformers import CLIPImageProcessor

from pillow import synthetic

HERE = pathlib.Path(__file__).parent / 'families'
SIZES = [(61, 43), (40, 83), (35, 32), (97, 50)]  # width, height
IMAGE = 32
MEAN, STD = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]
HALF = [0.5, 0.5, 0.5]
NEW = {'do_convert_rgb': True, 'do_resize': True, 'size': {'shortest_edge': IMAGE}, 'resample': 3, 'do_center_crop': True,
       'crop_size': {'height': IMAGE, 'width': IMAGE}, 'do_rescale': True, 'rescale_factor': 1 / 255, 'do_normalize': True,
       'image_mean': MEAN, 'image_std': STD, 'image_processor_type': 'CLIPImageProcessor'}
OLD = {'crop_size': IMAGE, 'do_center_crop': True, 'do_normalize': True, 'do_resize': True, 'feature_extractor_type': 'CLIPFeatureExtractor',
       'image_mean': MEAN, 'image_std': STD, 'resample': 3, 'size': IMAGE}

# name: (file, config); `nested` configs lie in processor_config.json, as transformers 5 writes them
CLIP_CASES = {
    'clip-2021': OLD,
    'clip-2023': NEW,
    'nearest': {**NEW, 'resample': 0},
    'lanczos': {**NEW, 'resample': 1},
    'bilinear': {**NEW, 'resample': 2},
    'larger-size': {**NEW, 'size': {'shortest_edge': 37}},
    'squash-and-crop': {**NEW, 'size': {'height': 40, 'width': 37}},
    'no-rescale': {**NEW, 'do_rescale': False, 'image_mean': [120.0, 110.0, 100.0], 'image_std': [70.0, 66.0, 71.0]},
    'other-factor': {**NEW, 'rescale_factor': 1 / 127.5, 'image_mean': [1.0, 1.0, 1.0], 'image_std': [1.0, 1.0, 1.0]},
    'no-normalize': {**NEW, 'do_normalize': False},
    'one-mean': {**NEW, 'image_mean': 0.5, 'image_std': 0.25},
    'own-mean': {**NEW, 'image_mean': [0.4, 0.5, 0.6], 'image_std': [0.2, 0.3, 0.4]},
    'null-normalize': {**NEW, 'do_normalize': None},
    'null-rescale': {**NEW, 'do_rescale': None, 'image_mean': [120.0, 110.0, 100.0], 'image_std': [70.0, 66.0, 71.0]},
    'null-crop': {**NEW, 'do_center_crop': None, 'size': {'height': IMAGE, 'width': IMAGE}},
    'left-out': {word: NEW[word] for word in ('size', 'crop_size', 'image_processor_type')},
}
OTHER_CASES = {
    'vit': (ViTImageProcessor, {'do_resize': True, 'size': {'height': IMAGE, 'width': IMAGE}, 'image_mean': HALF, 'image_std': HALF,
                                'image_processor_type': 'ViTImageProcessor'}),
    'vit-2021': (ViTImageProcessor, {'do_resize': True, 'size': IMAGE, 'resample': 2, 'do_normalize': True, 'image_mean': HALF, 'image_std': HALF,
                                     'feature_extractor_type': 'ViTFeatureExtractor'}),
    'siglip': (SiglipImageProcessor, {'do_resize': True, 'size': {'height': IMAGE, 'width': IMAGE}, 'resample': 3,
                                      'image_processor_type': 'SiglipImageProcessor'}),
}
OPEN_CLIP_CASES = {
    'open-clip': {'mean': MEAN, 'std': STD},
    'open-clip-squash': {'mean': MEAN, 'std': STD, 'interpolation': 'bicubic', 'resize_mode': 'squash'},
    'open-clip-longest': {'mean': MEAN, 'std': STD, 'interpolation': 'bicubic', 'resize_mode': 'longest'},
    'open-clip-longest-white': {'mean': 0.5, 'std': 0.5, 'interpolation': 'bilinear', 'resize_mode': 'longest', 'fill_color': 255},
    'open-clip-random': {'mean': HALF, 'std': HALF, 'interpolation': 'random', 'resize_mode': 'shortest', 'size': 99},
}


def pictures():
    return [Image.fromarray(synthetic(width, height, 400 + 2 * index)) for index, (width, height) in enumerate(SIZES)]


def summary(values):
    """values: [3, IMAGE, IMAGE]"""
    flat = np.asarray(values, np.float64).ravel()
    return [float(f'{value:.7g}') for value in (flat.sum(), np.abs(flat).sum(), *flat[::331])]


def by_processor(kind, config):
    with tempfile.TemporaryDirectory() as folder:  # from a file: made by hand, a null word would be a missing one
        (pathlib.Path(folder) / 'preprocessor_config.json').write_text(json.dumps(config))
        processor = kind.from_pretrained(folder)
    return [summary(processor(images=picture, return_tensors='np')['pixel_values'][0]) for picture in pictures()]


def by_open_clip(cfg):
    merged = PreprocessCfg(**merge_preprocess_dict({'size': IMAGE}, {**cfg, 'size': IMAGE}))
    transform = image_transform_v2(merged, is_train=False)
    return [summary(transform(picture).numpy()) for picture in pictures()]


def saved_by_transformers():
    """Whatever the installed version writes for a processor of its own."""
    with tempfile.TemporaryDirectory() as folder:
        CLIPImageProcessor(size={'shortest_edge': IMAGE}, crop_size=IMAGE).save_pretrained(folder)
        return json.loads((pathlib.Path(folder) / 'preprocessor_config.json').read_text())


def check(cases):
    known = {case['name']: case['expected'] for case in json.loads((HERE / 'pictures.json').read_text())['cases']}
    for case in cases:
        if case['name'] in known:
            difference = np.abs(np.subtract(known[case['name']], case['expected'])).max() / np.abs(known[case['name']]).max()
            print(f"{case['name']}: {'same' if difference < 1e-6 else f'differs by {difference:.2g}'}")


def main():
    cases = []
    for name, config in CLIP_CASES.items():
        cases.append({'name': name, 'file': 'preprocessor_config.json', 'config': config, 'expected': by_processor(CLIPImageProcessor, config)})
    for name, (kind, config) in OTHER_CASES.items():
        cases.append({'name': name, 'file': 'preprocessor_config.json', 'config': config, 'expected': by_processor(kind, config)})
    for name, cfg in OPEN_CLIP_CASES.items():
        config = {'model_cfg': {'embed_dim': 12, 'vision_cfg': {'width': 16, 'head_width': 8}}, 'preprocess_cfg': cfg}
        cases.append({'name': name, 'file': 'open_clip_config.json', 'config': config, 'expected': by_open_clip(cfg)})
    saved = saved_by_transformers()
    major = transformers.__version__.split('.')[0]
    cases.append({'name': f'saved by transformers {major}', 'file': 'preprocessor_config.json', 'config': saved,
                  'expected': by_processor(CLIPImageProcessor, NEW)})
    nested = {'image_processor': {**NEW, 'image_processor_type': 'CLIPImageProcessorFast', 'data_format': 'channels_first'}, 'processor_class': 'CLIPProcessor'}
    cases.append({'name': 'nested', 'file': 'processor_config.json', 'config': nested, 'expected': by_processor(CLIPImageProcessor, NEW)})
    if '--check' in sys.argv:
        check(cases)
        return
    HERE.mkdir(exist_ok=True)
    text = ',\n'.join(json.dumps(case, separators=(',', ':')) for case in cases)
    (HERE / 'pictures.json').write_text('{"sizes":%s,"image":%d,"cases":[\n%s\n]}\n' % (json.dumps(SIZES), IMAGE, text))


if __name__ == '__main__':
    main()
