"""What the two technical tasks do on photographs that no stage of training has seen.

For each kind of degradation the strength rises in four steps; scores are compared with the strength, picture
by picture, and with the measure that was learnt, over all pictures: quality for every kind, sharpness for those
that take detail away. A photograph gets five of the thirteen kinds in turn, so that many photographs are looked at.
Then, on every second one, the checks of checks.py.
"""

import one_thread  # noqa: F401  (before NumPy is loaded)

import argparse
import json
from multiprocessing import Pool
from pathlib import Path

import numpy as np
import torch

from checks import NEUTRAL, STRANGE, moved
from degrade import BLUR_KINDS, KINDS, degrade, from_image, to_image
from measures import bootstrap_interval, detail_left, full_reference, spearman
from pictures import open_picture
from preprocess import size_of, technical
from progress import Progress, write_whole
from scorer import TaskScorer
from views import photographs

STRENGTHS = (0, 0.25, 0.5, 0.75, 1.0)
KINDS_OF = {'quality': KINDS, 'sharpness': BLUR_KINDS}
TASKS = tuple(KINDS_OF)
KINDS_EACH = 5      # kinds of degradation that a photograph gets


def scorers(work):
    """Both tasks."""
    rule = technical(size_of(work))
    return {task: TaskScorer(work / 'trunk', work / task, work / f'{task}-head.safetensors', rule) for task in TASKS}


def kinds_in_turn(number):
    """The kinds that the photograph of this number gets."""
    return [KINDS[(KINDS_EACH * number + i) % len(KINDS)] for i in range(KINDS_EACH)]


def measure_photograph(job):
    """All scores of one photograph, by task: {'clean', 'ladders': kind -> scores and measures, 'neutral', 'strange'},
    the last two for every second photograph."""
    work, path, number = job
    tasks = scorers(work)
    image = open_picture(path)
    original = from_image(image)
    result = {task: {'clean': scorer.raw(image), 'ladders': {}} for task, scorer in tasks.items()}
    for kind in kinds_in_turn(number):
        rungs = torch.stack([degrade(original, kind, t, number) for t in STRENGTHS])
        measures = {'quality': full_reference(original, rungs), 'sharpness': detail_left(original, rungs).sqrt()}
        images = [to_image(rung) for rung in rungs[1:]]
        for task, scorer in tasks.items():
            if kind in KINDS_OF[task]:
                told = [result[task]['clean'], *map(scorer.raw, images)]
                result[task]['ladders'][kind] = {'told': told, 'measures': measures[task].tolist()}
    if number % 2 == 0:
        for task, scorer in tasks.items():
            result[task]['neutral'] = {name: scorer.raw(change(image)) for name, change in NEUTRAL.items()}
            result[task]['strange'] = {name: scorer.raw(make(image, number)) for name, make in STRANGE.items()}
    return {'picture': path.name, **result}


def per_kind(photos):
    """For each kind: the mean score at each strength, and how surely it falls in each picture."""
    result = {}
    for kind in KINDS:
        told = np.array([photo['ladders'][kind]['told'] for photo in photos if kind in photo['ladders']])
        if not len(told):
            continue
        order = [spearman(row, -np.array(STRENGTHS)) for row in told]
        result[kind] = {'photographs': len(told), 'mean_scores': told.mean(0).tolist(),
                        'spearman_mean': float(np.mean(order)), 'spearman_lowest': float(np.min(order)),
                        'below_0.7': float(np.mean(np.array(order) < 0.7))}
    return result


def degraded(photo):
    """(what was told of a photograph's degraded pictures, their measures). Each ladder begins with the clean one, which is left out."""
    return tuple(np.concatenate([rungs[name][1:] for rungs in photo['ladders'].values()]) for name in ('told', 'measures'))


def overall(photos):
    """Spearman of scores with the learnt measure over all degraded pictures, interval over photographs."""
    told, wanted = zip(*(degraded(photo) for photo in photos if photo['ladders']))

    def statistic(rows):
        return spearman(np.concatenate([told[row] for row in rows]),
                        np.concatenate([wanted[row] for row in rows]))

    interval = bootstrap_interval(statistic, len(told), rounds=300)
    return {'value': statistic(range(len(told))), 'interval': list(interval)}


def summarize(measured):
    """The evidence of both tasks."""
    result = {'photographs': len(measured), 'checked': sum('neutral' in photo['quality'] for photo in measured),
              'strengths': STRENGTHS}
    for task in TASKS:
        photos = [photo[task] for photo in measured]
        table = per_kind(photos)
        clean = [photo['clean'] for photo in photos]
        checked = [photo for photo in photos if 'neutral' in photo]
        strange = {name: [photo['strange'][name] for photo in checked] for name in STRANGE}
        result[task] = {
            'kinds': table, 'spearman_measure': overall(photos),
            'spearman_strength': float(np.mean([kind['spearman_mean'] for kind in table.values()])),
            'neutral': moved([photo['clean'] for photo in checked],
                             {name: [photo['neutral'][name] for photo in checked] for name in NEUTRAL}),
            'strange': {name: {'mean': float(np.mean(told)), 'sd': float(np.std(told))}
                        for name, told in strange.items()},
            'clean': {'mean': float(np.mean(clean)), 'sd': float(np.std(clean))}}
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--photos', required=True, type=Path)
    parser.add_argument('--work', required=True, type=Path)
    parser.add_argument('--count', type=int, default=60, help='photographs of the test part')
    parser.add_argument('--workers', type=int, default=2)
    args = parser.parse_args()
    paths = photographs(args.photos, 'test')
    paths = [paths[i] for i in np.random.default_rng(0).permutation(len(paths))[:args.count]]
    store = args.work / 'evidence-photographs.json'
    done = json.loads(store.read_text()) if store.exists() else []
    seen = {photo['picture'] for photo in done}
    jobs = [(args.work, path, seed) for seed, path in enumerate(paths) if path.name not in seen]
    progress = Progress('evidence', len(paths), len(done))
    with Pool(args.workers) as pool:
        for photo in pool.imap(measure_photograph, jobs):
            done.append(photo)
            write_whole(store, json.dumps(done) + '\n')
            progress.update(len(done))
    write_whole(args.work / 'evidence.json', json.dumps(summarize(done), indent=1) + '\n')


if __name__ == '__main__':
    main()
