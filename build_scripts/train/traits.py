"""Five traits from human ratings, on the frozen trunk.

How to fit is chosen by cross-validation on the training part alone; the test part is looked at once, at the end.
"""

import one_thread  # noqa: F401  (before NumPy is loaded)

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from checks import NEUTRAL, moved
from descriptors import histogram_features
from fit import Fitted, Plan, fit, frozen_embeddings
from hints import Unrated, fit_with_hints, read_unrated
from measures import bootstrap_interval, pearson, spearman
from model import Head
from pictures import open_picture, views_of
from preprocess import size_of, whole
from probe import taught_features
from progress import Progress, write_whole
from ratings import TRAITS, read_trait
from ridge import fit_best_ridge
from trunk import load_trunk, round_to_half, write_adapter, write_head

FOLDS, EPOCHS = 5, 8
CHECKED = 60            # test photographs whose changes are scored


@dataclass
class Ways:
    """The training part of a trait, and the ways to fit it. Each takes the rows that it may see."""

    trunk: torch.nn.Module
    pictures: list
    labels: np.ndarray
    frozen: list            # embeddings of each picture's views and their mirror images
    features: np.ndarray    # both teachers'
    unrated: Unrated
    seed: int = 0

    def embeddings(self, rows):
        """The mean embedding of each picture."""
        return np.stack([self.frozen[row].mean(0).numpy() for row in rows])

    def ridge(self, rows):
        """A linear head on the frozen trunk."""
        return self.linear(fit_best_ridge(self.embeddings(rows), self.labels[rows]))

    def hints(self, rows):
        """The same, which learns first what the teachers tell of photographs that nobody rated."""
        return self.linear(fit_with_hints(self.embeddings(rows), self.features[rows], self.labels[rows], self.unrated))

    def linear(self, found):
        """A linear head on the frozen trunk."""
        head = Head(len(found.weights), 1)
        with torch.no_grad():
            head.fc1.weight.copy_(torch.from_numpy(found.weights)[None])
            head.fc1.bias.fill_(found.offset)
        return Fitted(self.trunk, head, Plan(way='head', seed=self.seed))

    def lora(self, rows):
        """An adapter and a head of two layers."""
        plan = Plan(way='lora', epochs=EPOCHS, patch_share=0.25, seed=self.seed)
        pictures, frozen = ([each[row] for row in rows] for each in (self.pictures, self.frozen))
        return fit(self.trunk, pictures, self.labels[rows], plan, frozen=frozen)


ADAPTER = 'adapter'
CANDIDATES = {
    'ridge': Ways.ridge,
    'ridge with hints': Ways.hints,
    ADAPTER: Ways.lora,
}


def figures(part, told):
    """Spearman and Pearson of a part's photographs with 95 % bootstrap intervals over them."""
    result = {}
    for name, measure in (('spearman', spearman), ('pearson', pearson)):
        low, high = bootstrap_interval(lambda rows: part.compare(measure, told, rows), len(part))
        result[name] = {'value': part.compare(measure, told), 'interval': [low, high]}
    return result


def out_of_fold(ways, way, progress):
    """What fits that had not seen a picture tell of it."""
    count = len(ways.labels)
    fold, told = np.random.default_rng(ways.seed).permutation(count) % FOLDS, np.empty(count)
    for number in range(FOLDS):
        out = np.flatnonzero(fold == number)
        told[out] = way(ways, np.flatnonzero(fold != number)).predict([ways.pictures[row] for row in out])[:, 0]
        progress()
    return told


def choose(ways, part):
    """(name of the candidate of the greatest cross-validated Spearman correlation, {name: correlation})."""
    bar = Progress(f'{part.trait}: choosing', FOLDS * len(CANDIDATES))
    done = iter(range(1, bar.total + 1))
    values = {name: part.compare(spearman, out_of_fold(ways, way, lambda: bar.update(next(done))))
              for name, way in CANDIDATES.items()}
    return max(values, key=values.get), values


def in_each_category(categories, told, wanted):
    """{category: photographs and Spearman correlation within it}."""
    result = {}
    for category in sorted(set(categories)):
        rows = [i for i, each in enumerate(categories) if each == category]
        result[category] = {'photographs': len(rows), 'spearman': spearman(told[rows], wanted[rows])}
    return result


def neutral_moves(fitted, files, told, rule):
    """How the scores of photographs move by changes that should leave them alone."""
    images = [open_picture(path) for path in files]
    changed = {name: fitted.predict([views_of(change(image), rule) for image in images])[:, 0]
               for name, change in NEUTRAL.items()}
    return moved(told[:len(files)], changed)


def train(work, data, trait, seed):
    """Trains one trait, writes its adapter, if it has one, its head and held-out figures."""
    trunk = load_trunk(work / 'trunk')
    part, test = read_trait(data, trait)
    rule = whole(size_of(work))
    pictures, held = (each.pictures(rule, work) for each in (part, test))
    ways = Ways(trunk, pictures, part.labels, frozen_embeddings(trunk, pictures, Plan()),
                taught_features(work, data, part.files).astype(np.float64), read_unrated(work, trunk), seed)
    chosen, values = choose(ways, part)
    fitted = CANDIDATES[chosen](ways, np.arange(len(part)))
    round_to_half(fitted.tower)
    told = fitted.predict(held)[:, 0]
    baseline = fit_best_ridge(histogram_features(pictures), part.labels).tell(histogram_features(held))
    gain = bootstrap_interval(lambda rows: test.compare(spearman, told, rows) - test.compare(spearman, baseline, rows), len(test))
    report = {'pictures': {'train': len(part), 'test': len(test)}, 'unrated': len(ways.unrated.taught), 'chosen': chosen,
              'candidates': values, 'told': figures(test, told), 'histogram_ridge': figures(test, baseline),
              'gain_interval': gain, 'categories': in_each_category(test.categories, told, test.labels),
              'neutral': neutral_moves(fitted, test.files[:CHECKED], told, rule),
              'spread': float(told.std()), 'held': {'told': told.tolist(), 'rated': test.labels.tolist()}}
    if chosen == ADAPTER:
        write_adapter(fitted.tower, work / trait, fitted.plan.alpha)
    write_head(fitted.head, work / f'{trait}-head.safetensors')
    write_whole(work / f'{trait}.json', json.dumps(report, indent=2) + '\n')
    print(trait, json.dumps({key: report[key] for key in ('candidates', 'told', 'histogram_ridge', 'gain_interval')}))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--work', required=True, type=Path)
    parser.add_argument('--data', required=True, type=Path, help='folder with the rated sets')
    parser.add_argument('--trait', required=True, choices=TRAITS)
    parser.add_argument('--seed', type=int, default=1)
    args = parser.parse_args()
    if (args.work / f'{args.trait}.json').exists():
        print(f'{args.trait} is trained already: remove its .json to repeat it.')
        return
    train(args.work, args.data, args.trait, args.seed)


if __name__ == '__main__':
    main()
