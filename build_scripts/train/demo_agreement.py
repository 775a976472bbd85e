#!/usr/bin/env python3
"""Compares the engine's scores of the demo model with PyTorch's float32 scores on held-out photographs.

    demo_agreement.py --photos DIR [--count 200]

The photographs are those that no stage of training saw. They are written as PNG first, so that both sides
start from the same pixels. Spearman's correlation of the raw scores must be at least 0.995 for each task; the
exit status is 3 otherwise.
"""

import one_thread  # noqa: F401  (before NumPy is loaded)

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from measures import pearson, spearman
from pictures import open_picture
from progress import Progress
from scorer import TaskScorer
from views import photographs

ROOT = Path(__file__).resolve().parents[2]
LEAST = 0.995
BELOW = 3  # of the exit status: 1 is a failure of the comparison itself


def engine_scores(model, files):
    """{file name: {task: raw}} by the command line."""
    command = ['node', str(ROOT / 'build_scripts' / 'score.mjs'), '--model', str(model), '--format', 'json',
               *map(str, files)]
    lines = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    rows = map(json.loads, lines)
    return {Path(row['image']).name: {task: score['raw'][0] for task, score in row['scores'].items()}
            for row in rows}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--photos', required=True, type=Path)
    parser.add_argument('--model', type=Path, default=ROOT / 'weights' / 'demo')
    parser.add_argument('--source', type=Path, default=ROOT / 'weights' / 'demo-source')
    parser.add_argument('--count', type=int, default=200)
    args = parser.parse_args()
    recipe = json.loads((args.source / 'recipe.json').read_text())
    scorers = {task['id']: TaskScorer(args.source / 'trunk', args.source / task['adapter']['path'] if 'adapter' in task else None,
                                      args.source / task['head']['path'], task['preprocess'])
               for task in recipe['tasks']}
    torch_scores, progress = {}, Progress('PyTorch', args.count)
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for number, path in enumerate(photographs(args.photos, 'test')[:args.count]):
            image = open_picture(path)
            files.append(Path(folder) / f'{path.stem}.png')
            image.save(files[-1])
            torch_scores[files[-1].name] = {task: scorer.raw(image) for task, scorer in scorers.items()}
            progress.update(number + 1)
        engine = engine_scores(args.model, files)
    worst = 1.0
    for task in scorers:
        ours = [engine[name][task] for name in torch_scores]
        theirs = [scores[task] for scores in torch_scores.values()]
        order, line = spearman(ours, theirs), pearson(ours, theirs)
        widest = max(abs(a - b) for a, b in zip(ours, theirs))
        print(f'{task}: Spearman {order:.5f}, Pearson {line:.5f}, widest difference {widest:.4f} '
              f'over {len(ours)} photographs')
        worst = min(worst, order)
    return 0 if worst >= LEAST else BELOW


if __name__ == '__main__':
    sys.exit(main())
