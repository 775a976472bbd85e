"""Stage 6: what the two technical tasks do on photographs that no stage of training has seen.

For each kind of degradation the strength rises in four steps; scores are compared with the strength, picture
by picture, and with the measure that was learnt, over all pictures: quality for every kind, sharpness for those
that take detail away. Then the checks of checks.py.
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
from progress import Progress
from scorer import TECHNICAL, TaskScorer
from views import photographs

STRENGTHS = (0, 0.25, 0.5, 0.75, 1.0)
KINDS_OF = {'quality': KINDS, 'sharpness': BLUR_KINDS}
TASKS = tuple(KINDS_OF)


def scorers(work):
    """Both tasks."""
    return {task: TaskScorer(work / 'trunk', work / task, work / f'{task}-head.safetensors', TECHNICAL)
            for task in TASKS}


def measure_photograph(job):
    """All scores of one photograph, by task: {'clean', 'ladders': kind -> scores and measures, 'neutral', 'strange'}."""
    work, path, seed = job
    tasks = scorers(work)
    image = open_picture(path)
    original = from_image(image)
    result = {task: {'clean': tasks[task].raw(image), 'ladders': {},
                     'neutral': {name: tasks[task].raw(change(image)) for name, change in NEUTRAL.items()},
                     'strange': {name: tasks[task].raw(make(image, seed)) for name, make in STRANGE.items()}}
              for task in TASKS}
    for kind in KINDS:
        rungs = torch.stack([degrade(original, kind, t, seed) for t in STRENGTHS])
        measures = {'quality': full_reference(original, rungs), 'sharpness': detail_left(original, rungs).sqrt()}
        images = [to_image(rung) for rung in rungs[1:]]
        for task in TASKS:
            if kind in KINDS_OF[task]:
                told = [result[task]['clean'], *map(tasks[task].raw, images)]
                result[task]['ladders'][kind] = {'told': told, 'measures': measures[task].tolist()}
    return {'picture': path.name, **result}


def per_kind(photos):
    """For each kind: the mean score at each strength, and how surely it falls in each picture."""
    result = {}
    for kind in photos[0]['ladders']:
        told = np.array([photo['ladders'][kind]['told'] for photo in photos])
        order = [spearman(row, -np.array(STRENGTHS)) for row in told]
        result[kind] = {'mean_scores': told.mean(0).tolist(), 'spearman_mean': float(np.mean(order)),
                        'spearman_lowest': float(np.min(order)),
                        'below_0.7': float(np.mean(np.array(order) < 0.7))}
    return result


def overall(photos):
    """Spearman of scores with the learnt measure over all degraded pictures, interval over photographs."""
    told, wanted = ([np.concatenate([rungs[name] for rungs in photo['ladders'].values()]) for photo in photos]
                    for name in ('told', 'measures'))

    def statistic(rows):
        return spearman(np.concatenate([told[row] for row in rows]),
                        np.concatenate([wanted[row] for row in rows]))

    interval = bootstrap_interval(statistic, len(photos), rounds=300)
    return {'value': statistic(range(len(photos))), 'interval': list(interval)}


def summarize(measured):
    """The evidence of both tasks."""
    result = {'photographs': len(measured), 'strengths': STRENGTHS}
    for task in TASKS:
        photos = [photo[task] for photo in measured]
        table = per_kind(photos)
        clean = [photo['clean'] for photo in photos]
        strange = {name: [photo['strange'][name] for photo in photos] for name in STRANGE}
        result[task] = {
            'kinds': table, 'spearman_measure': overall(photos),
            'spearman_strength': float(np.mean([kind['spearman_mean'] for kind in table.values()])),
            'neutral': moved(clean, {name: [photo['neutral'][name] for photo in photos] for name in NEUTRAL}),
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
            store.write_text(json.dumps(done) + '\n')
            (args.work / 'evidence.json').write_text(json.dumps(summarize(done), indent=1) + '\n')
            progress.update(len(done))


if __name__ == '__main__':
    main()
