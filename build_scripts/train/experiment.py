"""How good does a trait get from how few labels, in each of three ways (the paper's question), beside ridge on a
colour histogram, the floor, and on both teachers' features, the ceiling.

Each run draws its labels from the training part (nested: the first 10 of a seed are among its first 25) and
is measured on the same held-out photographs by Spearman's correlation. Nothing is tuned on those, and no run
sees more labels than its number: epochs are fixed beforehand instead of stopping early. Every finished run is
kept, so a stopped experiment goes on where it was.
"""

import one_thread  # noqa: F401  (before NumPy is loaded)

import argparse
import json
from multiprocessing import Pool
from pathlib import Path

import numpy as np
import torch

from descriptors import histogram_features
from fit import Plan, fit, frozen_embeddings
from fixed_views import WHOLE, cut_box
from measures import spearman
from pictures import open_picture
from preprocess import size_of, whole
from progress import Progress, save_arrays, save_whole, write_whole
from ratings import TRAITS, read_trait
from teach import BATCH, SIZE, ask, load_teachers
from ridge import fit_best_ridge
from trunk import load_trunk

COUNTS = (10, 25, 50, 100, 200, 400)
SEEDS = {'histogram': 5, 'teachers': 5, 'head': 5, 'lora': 5, 'full': 5}
EPOCHS = {10: 10, 25: 10, 50: 8, 100: 6, 200: 4, 400: 3}
PATCH_SHARE = 0.25


def draw(seed, total, count):
    """`count` photographs of the training part, nested by seed."""
    return np.random.default_rng([7, seed]).permutation(total)[:count]


@torch.no_grad()
def tell(fitted, frozen):
    """What a head tells from frozen embeddings; the second half of each is the mirror image's."""
    return np.array([fitted.head(each[:len(each) // 2]).mean().item() for each in frozen])


def embeddings_file(work, part):
    """Where the frozen embeddings of a trait's photographs are kept."""
    return work / f'embeddings-{part.files[0].parent.name}.pt'


def embed_once(work, train, test):
    """Computes them, unless an earlier run did."""
    path = embeddings_file(work, train)
    if not path.exists():
        trunk, rule = load_trunk(work / 'trunk'), whole(size_of(work))
        save_whole([frozen_embeddings(trunk, part.pictures(rule, work), Plan()) for part in (train, test)], path)


def teachers_file(work, part):
    """Where the teachers' features of a trait's photographs are kept."""
    return work / f'teachers-{part.files[0].parent.name}.npz'


def ask_teachers(work, folder, train, test):
    """Both teachers' pooled features of whole photographs, unless an earlier run asked."""
    path = teachers_file(work, train)
    if path.exists():
        return
    teachers, found = load_teachers(folder), []
    for part in (train, test):
        cuts = [cut_box(open_picture(file), WHOLE, SIZE) for file in part.files]
        cuts += cuts[:-len(cuts) % BATCH]
        rows = [ask(teachers, cuts[i:i + BATCH])[0] for i in range(0, len(cuts), BATCH)]
        found.append(torch.cat(rows)[:len(part)].numpy())
    save_arrays(path, train=found[0], test=found[1])


def one_run(job):
    """(job, Spearman on the held-out photographs) of one way, number of labels and seed."""
    (way, count, seed, trait), (work, data) = job
    trunk, rule, (train, test) = load_trunk(work / 'trunk'), whole(size_of(work)), read_trait(data, trait)
    rows = draw(seed, len(train), count)
    if way == 'teachers':
        features = np.load(teachers_file(work, train))
        told = fit_best_ridge(features['train'][rows], train.labels[rows]).tell(features['test'])
        return job[0], test.compare(spearman, told)
    train_views, test_views = (part.pictures(rule, work) for part in (train, test))
    labels = train.labels[rows]
    if way == 'histogram':
        chosen = histogram_features([train_views[row] for row in rows])
        told = fit_best_ridge(chosen, labels).tell(histogram_features(test_views))
    else:
        plan = Plan(way=way, epochs=EPOCHS[count], patch_share=PATCH_SHARE, seed=seed)
        frozen, unseen = torch.load(embeddings_file(work, train))
        fitted = fit(trunk, [train_views[row] for row in rows], labels, plan, frozen=[frozen[row] for row in rows])
        told = tell(fitted, unseen) if way == 'head' else fitted.predict(test_views)[:, 0]
    return job[0], test.compare(spearman, told)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--work', required=True, type=Path)
    parser.add_argument('--data', required=True, type=Path)
    parser.add_argument('--teachers', required=True, type=Path, help='folder of teacher.py and both networks')
    parser.add_argument('--traits', nargs='+', choices=TRAITS, default=['valence', 'beauty', 'memorability'])
    parser.add_argument('--ways', nargs='+', choices=SEEDS, default=list(SEEDS), help='of another trunk, the floor and the ceiling are known')
    parser.add_argument('--workers', type=int, default=2)
    args = parser.parse_args()
    path = args.work / 'experiment.json'
    done = {tuple(key): value for key, value in json.loads(path.read_text())} if path.exists() else {}
    for trait in args.traits:
        embed_once(args.work, *read_trait(args.data, trait))
        if 'teachers' in args.ways:
            ask_teachers(args.work, args.teachers, *read_trait(args.data, trait))
    # What costs seconds comes first, then seed by seed, so that an experiment that is stopped is even.
    jobs = [(way, count, seed, trait) for trait in args.traits for ways in (('histogram', 'teachers', 'head'), ('lora', 'full'))
            for seed in range(max(SEEDS.values())) for way in ways if way in args.ways and seed < SEEDS[way] for count in COUNTS]
    todo = [(job, (args.work, args.data)) for job in jobs if job not in done]
    progress = Progress('experiment', len(jobs), len(jobs) - len(todo))
    with Pool(args.workers) as pool:
        for number, (job, value) in enumerate(pool.imap_unordered(one_run, todo), len(jobs) - len(todo) + 1):
            done[job] = value
            write_whole(path, json.dumps([[list(key), done[key]] for key in sorted(done)], indent=0) + '\n')
            progress.update(number, '%s %d labels: %.3f' % (job[0], job[1], value))


if __name__ == '__main__':
    main()
