"""Stage 4 of training: five traits from human ratings, as adapters on the frozen trunk.

How to fit is chosen by cross-validation on the training part alone; the test part is looked at once, at the end.
"""

import one_thread  # noqa: F401  (before NumPy is loaded)

import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from checks import NEUTRAL, moved
from descriptors import colour_histogram
from fit import Plan, fit, frozen_embeddings
from measures import bootstrap_interval, pearson, spearman
from pictures import open_picture, views_of
from preprocess import size_of, whole
from progress import Progress
from ratings import TRAITS, read_trait
from trunk import load_trunk, round_to_half, write_adapter, write_head

FOLDS = 5
CANDIDATES = {f'{epochs} epochs': Plan(way='lora', epochs=epochs, patch_share=0.25) for epochs in (3, 8)}
CHECKED = 60            # test photographs whose changes are scored
PENALTIES = 10.0 ** np.arange(-3, 4)


def ridge(features, labels, penalty):
    """Ridge regression of centred features: (weights, feature means, label mean)."""
    mean, offset = features.mean(0), labels.mean()
    x, y = features - mean, labels - offset
    weights = np.linalg.solve(x.T @ x + penalty * np.eye(x.shape[1]), x.T @ y)
    return weights, mean, offset


def ridge_predict(features, labels, wanted):
    """Ridge with the penalty of the smallest five-fold error on the training features."""
    features, wanted = features.astype(np.float64), wanted.astype(np.float64)
    folds = np.arange(len(labels)) % 5

    def predict(train, test, penalty):
        weights, mean, offset = ridge(features[train], labels[train], penalty)
        return (features[test] - mean) @ weights + offset

    def error(penalty):
        return sum(((predict(folds != f, folds == f, penalty) - labels[folds == f]) ** 2).sum()
                   for f in range(5))

    weights, mean, offset = ridge(features, labels, min(PENALTIES, key=error))
    return (wanted - mean) @ weights + offset


def histogram_features(pictures):
    """Colour histograms of each picture, averaged over its views."""
    return np.stack([colour_histogram(views).mean(0).numpy() for views in pictures])


def figures(part, told):
    """Spearman and Pearson of a part's photographs with 95 % bootstrap intervals over them."""
    result = {}
    for name, measure in (('spearman', spearman), ('pearson', pearson)):
        low, high = bootstrap_interval(lambda rows: part.compare(measure, told, rows), len(part))
        result[name] = {'value': part.compare(measure, told), 'interval': [low, high]}
    return result


def out_of_fold(trunk, pictures, labels, plan, frozen, progress):
    """What fits that had not seen a picture tell of it."""
    fold, told = np.random.default_rng(plan.seed).permutation(len(labels)) % FOLDS, np.empty(len(labels))
    for number in range(FOLDS):
        rows, out = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        fitted = fit(trunk, [pictures[row] for row in rows], labels[rows], plan, frozen=[frozen[row] for row in rows])
        told[out] = fitted.predict([pictures[row] for row in out])[:, 0]
        progress()
    return told


def choose(trunk, pictures, part, frozen):
    """(name of the candidate of the greatest cross-validated Spearman correlation, {name: correlation})."""
    bar = Progress(f'{part.trait}: choosing', FOLDS * len(CANDIDATES))
    done = iter(range(1, bar.total + 1))
    values = {name: part.compare(spearman, out_of_fold(trunk, pictures, part.labels, plan, frozen,
                                                       lambda: bar.update(next(done))))
              for name, plan in CANDIDATES.items()}
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
    """Trains one trait, writes its adapter, head and held-out figures."""
    trunk = load_trunk(work / 'trunk')
    part, test = read_trait(data, trait)
    labels, rule = part.labels, whole(size_of(work))
    pictures, held = (each.pictures(rule, work) for each in (part, test))
    frozen = frozen_embeddings(trunk, pictures, Plan())
    chosen, values = choose(trunk, pictures, part, frozen)
    plan = replace(CANDIDATES[chosen], seed=seed)
    progress = Progress(trait, plan.epochs)
    fitted = fit(trunk, pictures, labels, plan, frozen=frozen, progress=progress.update)
    round_to_half(fitted.tower)
    told = fitted.predict(held)[:, 0]
    baseline = ridge_predict(histogram_features(pictures), labels, histogram_features(held))
    gain = bootstrap_interval(lambda rows: test.compare(spearman, told, rows) - test.compare(spearman, baseline, rows), len(test))
    report = {'pictures': {'train': len(part), 'test': len(test)}, 'chosen': chosen, 'candidates': values,
              'adapter': figures(test, told), 'histogram_ridge': figures(test, baseline),
              'gain_interval': gain, 'categories': in_each_category(test.categories, told, test.labels),
              'neutral': neutral_moves(fitted, test.files[:CHECKED], told, rule),
              'spread': float(told.std()), 'curve': fitted.curve}
    write_adapter(fitted.tower, work / trait, plan.alpha)
    write_head(fitted.head, work / f'{trait}-head.safetensors')
    (work / f'{trait}.json').write_text(json.dumps(report, indent=2) + '\n')
    print(trait, json.dumps({key: report[key] for key in ('candidates', 'adapter', 'histogram_ridge', 'gain_interval')}))


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
