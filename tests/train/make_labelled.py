"""Makes a small labelled set and a random trunk in a folder; with --score, PyTorch's scores of its pictures.

The label of a picture is how warm its colours are, as two raters see it.
"""

import argparse
import csv
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / 'build_scripts' / 'train'))

import one_thread  # noqa: E402,F401

import numpy as np  # noqa: E402
import torch  # noqa: E402
from PIL import Image  # noqa: E402

from model import Tower  # noqa: E402
from pictures import open_picture  # noqa: E402
from scenes import fractal  # noqa: E402
from scorer import TaskScorer  # noqa: E402
from tensorfile import write_tensors  # noqa: E402

COUNT = 40
CONFIG = {'architectures': ['CLIPVisionModelWithProjection'], 'model_type': 'clip_vision_model', 'hidden_size': 32,
          'intermediate_size': 64, 'num_hidden_layers': 2, 'num_attention_heads': 2, 'patch_size': 16,
          'image_size': 64, 'num_channels': 3, 'projection_dim': 16, 'hidden_act': 'quick_gelu',
          'layer_norm_eps': 1e-5}


def make(folder):
    """Pictures, labels and a trunk."""
    (folder / 'pictures').mkdir(parents=True, exist_ok=True)
    (folder / 'trunk').mkdir(exist_ok=True)
    torch.manual_seed(1)
    write_tensors(folder / 'trunk' / 'model.safetensors', Tower(CONFIG).state_dict())
    (folder / 'trunk' / 'config.json').write_text(json.dumps(CONFIG))
    rng, rows = np.random.default_rng(2), []
    for i in range(COUNT):
        warmth = rng.random()
        tint = np.array([0.3 + 0.6 * warmth, 0.5, 0.9 - 0.6 * warmth])
        picture = tint * (0.7 + 0.4 * fractal(rng, 72, 96, 30, 4)[..., None])
        Image.fromarray((picture.clip(0, 1) * 255).astype(np.uint8)).save(folder / 'pictures' / f'{i}.png')
        rows += [(f'{i}.png', round(1 + 6 * warmth + rng.normal(0, 0.2), 2), rater) for rater in ('ann', 'bob')]
    with open(folder / 'labels.csv', 'w', newline='') as file:
        csv.writer(file).writerows([('image', 'label', 'rater'), *rows])


def score(folder, adapted):
    """PyTorch's raw scores, in the pictures' order."""
    task = json.loads((adapted / 'recipe.json').read_text())['tasks'][0]
    scorer = TaskScorer(folder / 'trunk', adapted / 'adapter', adapted / 'head.safetensors', task['preprocess'])
    return [scorer.raw(open_picture(folder / 'pictures' / f'{i}.png')) for i in range(COUNT)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('folder', type=Path)
    parser.add_argument('--score', type=Path)
    args = parser.parse_args()
    if args.score:
        print(json.dumps(score(args.folder, args.score)))
    else:
        make(args.folder)


if __name__ == '__main__':
    main()
