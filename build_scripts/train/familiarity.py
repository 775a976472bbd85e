"""How far a picture lies from the photographs that the trunk learnt from, towards pictures that are none.

The direction is Fisher's linear discriminant (1936) between the trunk's embeddings of whole training photographs and of made
pictures (made.py). A distance without such a direction, by the photographs' principal components, finds no drawing on this
trunk: their embeddings lie among those of photographs. A picture's familiarity is the share of the validation photographs that
lie at least as far; below THRESHOLD it counts as unfamiliar. A picture smaller than all training photographs has none: enlarged, it
lies among those that are blurred.

Writes familiarity.safetensors: mean, axes and variances, and the distances that a share is read from; and familiarity.json:
the threshold, the smallest training photograph's shorter side, and how often photographs that no stage has seen, and pictures of sorts that it never saw (checks.py), fall
below it.
"""

import one_thread  # noqa: F401  (before NumPy is loaded)

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from checks import STRANGE
from gather import Gathered
from made import made
from pictures import normalize, open_picture, views_of
from preprocess import whole
from progress import write_whole
from tensorfile import read_tensors, write_tensors
from trunk import load_trunk
from views import photographs

THRESHOLD = 0.005
KEPT_BACK = 'photographs kept back'
LEAST_FOUND, MOST_PHOTOGRAPHS = 0.5, 0.05   # for the distance to be of use to anybody
FAR = 100           # deviations of a photograph, beyond the farthest one, from which distances are measured
ROUNDING = 0.01     # variance of an embedding's number that is noise: ten times what 8 bits make of it
NOTHING = 1e30      # the variance of what does not count
KNOWN = 4000    # training photographs, and pictures that are made
MOST = 200      # held-out photographs, and pictures of each strange sort
BATCH = 50


@torch.no_grad()
def embed_images(trunk, images):
    """Embeddings of whole pictures [count, width], from an iterable of Pillow images."""
    rule, found, views = whole(trunk.config['image_size']), [], []
    for image in images:
        views.append(views_of(image, rule))
        if len(views) == BATCH:
            found.append(trunk(normalize(torch.cat(views))))
            views = []
    if views:
        found.append(trunk(normalize(torch.cat(views))))
    return torch.cat(found).double().numpy()


class Known:
    """What training photographs look like to the trunk, beside pictures that are none."""

    def __init__(self, embeddings, others):
        spread = (np.cov(embeddings.T) + np.cov(others.T)) / 2 + ROUNDING * np.eye(embeddings.shape[1])
        towards = np.linalg.solve(spread, others.mean(0) - embeddings.mean(0))
        axis = towards / np.linalg.norm(towards)
        along = (embeddings - embeddings.mean(0)) @ axis
        # Seen from far enough on the photographs' side, the farther of two pictures is the one nearer to those that are none.
        self.mean = embeddings.mean(0) + (along.min() - FAR * along.std()) * axis
        self.axes, self.power, self.rest, self.far = axis[None], np.array([along.var()]), np.array([NOTHING]), None

    @classmethod
    def read(cls, path):
        """What main wrote."""
        known, tensors = cls.__new__(cls), {name: tensor.double().numpy() for name, tensor in read_tensors(path).items()}
        known.mean, known.axes, known.power, known.rest, known.far = (tensors[name] for name in ('mean', 'axes', 'power', 'rest', 'far'))
        return known

    def distance(self, embeddings):
        """Squared, in units of a variance: web/lib/model/familiarity.js computes the same."""
        centred = embeddings - self.mean
        parts = centred @ self.axes.T
        left = (centred ** 2).sum(1) - (parts ** 2).sum(1)
        return (parts ** 2 / self.power).sum(1) + left / self.rest

    def measure(self, embeddings):
        """Takes down the distances that a share is read from."""
        self.far = np.sort(self.distance(embeddings))

    def tensors(self):
        """All of it, by name, in single precision."""
        parts = {'mean': self.mean, 'axes': self.axes, 'power': self.power, 'rest': self.rest, 'far': self.far}
        return {name: np.ascontiguousarray(values, np.float32) for name, values in parts.items()}

    def familiar(self, embeddings):
        """The share of the measured photographs that lie at least as far."""
        return 1 - np.searchsorted(self.far, self.distance(embeddings)) / len(self.far)


def smallest_side(gathered):
    """The shorter side of the smallest training photograph, in pixels."""
    return min(min(gathered.rows[number]['shape']) for number in gathered.part('train'))


def told(trunk, known, images, smallest):
    """What the engine tells of whole images, a list: web/lib/model/score.js has the same rule for small ones."""
    shares = known.familiar(embed_images(trunk, images))
    return np.where([min(image.size) < smallest for image in images], 0, shares)


def tells_apart(unfamiliar):
    """Whether the distance finds most pictures of most strange sorts, and few photographs. @param unfamiliar the report's"""
    found = [row['below'] >= LEAST_FOUND for name, row in unfamiliar.items() if name != KEPT_BACK]
    return unfamiliar[KEPT_BACK]['below'] <= MOST_PHOTOGRAPHS and 2 * sum(found) > len(found)


def part_images(gathered, part):
    """Up to KNOWN evenly chosen photographs of a part."""
    numbers = gathered.part(part)
    return (gathered.image(numbers[i]) for i in np.linspace(0, len(numbers) - 1, min(KNOWN, len(numbers))).astype(int))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--work', required=True, type=Path)
    parser.add_argument('--photos', required=True, type=Path)
    args = parser.parse_args()
    trunk, gathered = load_trunk(args.work / 'trunk'), Gathered(args.work)
    smallest = smallest_side(gathered)
    known = Known(embed_images(trunk, part_images(gathered, 'train')), embed_images(trunk, map(made, range(KNOWN))))
    known.measure(embed_images(trunk, part_images(gathered, 'validation')))
    held = [open_picture(path) for path in photographs(args.photos, 'test')[:MOST]]
    found = {KEPT_BACK: told(trunk, known, held, smallest)}
    for name, make in STRANGE.items():
        found[name] = told(trunk, known, [make(image, seed) for seed, image in enumerate(held)], smallest)
    unfamiliar = {name: {'pictures': len(shares), 'below': float((shares < THRESHOLD).mean())}
                  for name, shares in found.items()}
    write_tensors(args.work / 'familiarity.safetensors', known.tensors())
    write_whole(args.work / 'familiarity.json', json.dumps({'threshold': THRESHOLD, 'smallest': smallest, 'unfamiliar': unfamiliar}, indent=1) + '\n')
    for name, row in unfamiliar.items():
        print(f'{name}: {row["below"]:.1%} of {row["pictures"]} are unfamiliar')


if __name__ == '__main__':
    main()
