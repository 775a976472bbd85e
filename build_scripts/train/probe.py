"""How well a trunk's embedding tells five traits by plain ridge, beside the teachers' features and a colour histogram.

Five-fold cross-validation, the mean of four shuffles, on the training parts of the rated sets alone (held_out.py): the
held-out part is for the evidence at the end. Complexity was rated within each category and is measured so. Each
picture is one view, squeezed to a square.

    probe.py --data DATA --work WORK TRUNK...
"""

import one_thread  # noqa: F401  (before NumPy is loaded)

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from descriptors import histogram_features
from fixed_views import WHOLE, cut_box
from gather import Gathered
from measures import spearman, within
from pictures import normalize, open_picture
from progress import write_whole
from ratings import TRAITS, read_trait
from ridge import FOLDS, PENALTIES, fit_ridge
from teach import SIZE, taught
from trunk import load_trunk

SHUFFLES = 4


def out_of_fold(features, labels, penalty, seed):
    """What ridge tells of pictures that it was not fitted on."""
    fold, told = np.random.default_rng(seed).permutation(len(labels)) % FOLDS, np.empty(len(labels))
    for number in range(FOLDS):
        train, test = fold != number, fold == number
        told[test] = fit_ridge(features[train], labels[train], penalty).tell(features[test])
    return told


def ridge_score(features, part):
    """The cross-validated correlation with the best of PENALTIES: chosen on the same folds, for all features alike."""
    features, labels, groups = features.astype(np.float64), part.labels.astype(np.float64), part.groups

    def score(penalty):
        return np.mean([within(groups, spearman, out_of_fold(features, labels, penalty, seed), labels)
                        for seed in range(SHUFFLES)])

    return max(map(score, PENALTIES))


def views_of_files(files, size):
    """uint8 [count, size, size, 3]."""
    return np.stack([cut_box(open_picture(path), WHOLE, size) for path in files])


@torch.no_grad()
def trunk_features(trunk, files):
    """Embeddings."""
    views = torch.from_numpy(views_of_files(files, trunk.config['image_size'])).permute(0, 3, 1, 2)
    return torch.cat([trunk(normalize(part)) for part in views.split(50)]).numpy()


def taught_features(work, data, files):
    """Both teachers' pooled features of whole photographs, [count, 2304], as teach.py left them."""
    numbers = {row['file']: i for i, row in enumerate(Gathered(work).rows)}
    chosen = [numbers[str(path.relative_to(data))] for path in files]
    if not taught(work)[chosen, 0].all():
        raise SystemExit('Not all rated photographs are taught yet: let teach.py finish its first round.')
    return np.load(work / 'pooled.npy', mmap_mode='r')[chosen, 0]


def histograms(files):
    """Colour histograms."""
    return histogram_features(torch.from_numpy(views_of_files(files, SIZE)).permute(0, 3, 1, 2)[:, None])


def scores(parts, features_of):
    """{trait: score}; features are made once for each set of files."""
    made, result = {}, {}
    for part in parts:
        key = part.files[0].parent
        if key not in made:
            made[key] = features_of(part.files)
        result[part.trait] = ridge_score(made[key], part)
    return result


def baselines(args, parts):
    """Scores of the histogram and of the teachers; kept in WORK."""
    path = args.work / 'probe-baselines.json'
    if not path.exists():
        found = {'histogram': scores(parts, histograms),
                 'teachers': scores(parts, lambda files: taught_features(args.work, args.data, files))}
        write_whole(path, json.dumps(found) + '\n')
    return json.loads(path.read_text())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--data', required=True, type=Path, help='the folder that gather.py read')
    parser.add_argument('--work', required=True, type=Path)
    parser.add_argument('trunks', nargs='*', type=Path)
    args = parser.parse_args()
    parts = [read_trait(args.data, trait)[0] for trait in TRAITS]
    rows = baselines(args, parts)
    for folder in args.trunks:
        trunk = load_trunk(folder)
        rows[folder.name] = scores(parts, lambda files: trunk_features(trunk, files))
    print('| features | ' + ' | '.join(TRAITS) + ' |')
    print('| --- |' + ' --- |' * len(TRAITS))
    for name, found in rows.items():
        print(f'| {name} | ' + ' | '.join(f'{found[trait]:.3f}' for trait in TRAITS) + ' |')


if __name__ == '__main__':
    main()
