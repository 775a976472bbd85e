#!/usr/bin/env python3
"""Trains a task of your own from a few dozen labels: LoRA and a head on any CLIP trunk.

    adapt.py --base DIR --labels labels.csv --images FOLDER --out ADAPTER

--base is any trunk that convert.mjs reads: a CLIP folder of Hugging Face, for instance weights/demo-source/trunk of
this project or clip-vit-base-patch32, or a file or folder of OpenAI or open_clip. Where nothing tells its
activation or its heads, --config does, in the words of a recipe's base.config.

labels.csv has the columns image and label, and optionally rater. If every label is a number the task is a
score, otherwise it is a choice of classes. A picture's raters are averaged (or outvoted), and their agreement
reported: nothing can be expected to agree with people better than they do with each other.

Written to ADAPTER: adapter/ (a PEFT folder), head.safetensors, recipe.json (ready for convert.mjs), report.md
and report.json, and a cache of what is finished, so that a stopped run goes on where it was.
"""

import argparse
import hashlib
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from adapt_report import write_report
from fit import Plan, fit
from labels import LabelError, read_labels
from pictures import open_picture, views_of
from progress import Progress
from trunk import load_trunk, plain_folder, read_normalization, round_to_half, write_adapter, write_head

STOP_SHARE = 0.15       # of the pictures that a fit is given, only to know when to stop
CURVE_SHARES = (0.25, 0.5, 1.0)


def parse_arguments(arguments=None):
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n\n')[0])
    parser.add_argument('--base', required=True, type=Path, help='CLIP checkpoint: a folder or a file')
    parser.add_argument('--config', type=json.loads, default={}, help='such as \'{"hidden_act": "gelu"}\'')
    parser.add_argument('--labels', required=True, type=Path, help='CSV with image,label and optionally rater')
    parser.add_argument('--images', required=True, type=Path, help='folder of the pictures')
    parser.add_argument('--out', required=True, type=Path, help='folder to write')
    parser.add_argument('--id', help='the task\'s id and default title; otherwise the folder\'s name')
    parser.add_argument('--shorter', type=int, help='pixels of the shorter side; otherwise the trunk\'s size')
    parser.add_argument('--grid', help='ROWSxCOLUMNS views instead of the one in the centre')
    parser.add_argument('--folds', type=int, default=5)
    parser.add_argument('--epochs', type=int, default=12, help='the most epochs; a fit stops early')
    parser.add_argument('--rank', type=int, default=16)
    parser.add_argument('--seed', type=int, default=1)
    return parser.parse_args(arguments)


def preprocessing(args, size):
    """The recipe's `preprocess` that the arguments ask for."""
    views = {'center': size}
    if args.grid:
        rows, _, columns = args.grid.partition('x')
        if not (rows.isdigit() and columns.isdigit() and int(rows) * int(columns) > 0):
            raise LabelError(f'--grid wants ROWSxCOLUMNS, such as 2x3, not {args.grid}.')
        views = {'grid': [int(rows), int(columns)], 'size': size}
    shorter = args.shorter or size
    if shorter < size:
        raise LabelError(f'--shorter {shorter} is less than the {size} pixels that the trunk looks at.')
    return {'resize': {'shorter': shorter, 'interpolation': 'bicubic'}, 'views': views}


def folds_of(labels, folds, seed):
    """A fold for each picture, equal in size and, for scores, in range; classes are spread evenly."""
    rng = np.random.default_rng([seed, 1])
    order = np.lexsort((rng.random(len(labels.values)), np.asarray(labels.values)))
    fold = np.empty(len(order), int)
    for first in range(0, len(order), folds):
        block = order[first:first + folds]
        fold[block] = rng.permutation(folds)[:len(block)]
    return fold


def stopping_rows(count, rng):
    """Rows that decide when to stop."""
    return rng.permutation(count)[:max(3, round(count * STOP_SHARE))]


def base_key(args):
    """Names a base by where it lies, when it was written and what is told of it."""
    text = json.dumps([str(args.base.resolve()), args.base.stat().st_mtime, args.config])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def digest(labels, preprocess, plan, base):
    """Names a run by all that its results follow from."""
    text = json.dumps([[str(f) for f in labels.files], labels.values, labels.classes, preprocess,
                       {**vars(plan)}, base])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class Store:
    """Finished parts of a run on disk."""

    def __init__(self, folder):
        self.folder = folder

    def get(self, name, make):
        """The part of this name, made now unless an earlier run did."""
        path = self.folder / f'{name}.npy'
        if not path.exists():
            value = make()
            self.folder.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix('.part.npy')
            np.save(part, value)
            os.replace(part, path)
        return np.load(path)


def cross_validate(trunk, pictures, labels, plan, folds, share, store, progress):
    """Raw outputs [count, outputs] for every picture from fits that never saw it.

    `share` of the other folds' pictures are used; some of these only decide when to stop. For fewer labels
    the draws are nested.
    """
    fold = folds_of(labels, folds, plan.seed)
    outputs = [None] * len(pictures)
    for number in range(folds):
        def one_fold(number=number):
            rng = np.random.default_rng([plan.seed, 2, number])
            others = rng.permutation(np.flatnonzero(fold != number))
            rows = others[:max(8, round(len(others) * share))]
            stop = stopping_rows(len(rows), rng)
            fitted = fit(trunk, [pictures[row] for row in rows], [labels.values[row] for row in rows], plan,
                         validation=stop, classes=len(labels.classes))
            return fitted.predict([pictures[row] for row in np.flatnonzero(fold == number)])
        told = store.get(f'fold-{folds}-{number}-{round(share * 100)}', one_fold)
        for row, value in zip(np.flatnonzero(fold == number), told):
            outputs[row] = value
        progress()
    return np.stack(outputs)


def describe_output(labels):
    """The recipe's `output`."""
    if labels.is_score:
        low, high = float(min(labels.values)), float(max(labels.values))
        return {'kind': 'score', 'from': [low, high], 'to': [low, high], 'clamp': False}
    return {'kind': 'classes', 'labels': labels.classes}


def write_recipe(args, labels, preprocess, summary):
    """A recipe that convert.mjs reads as it is."""
    name = args.id or args.out.resolve().name
    task = {'id': name, 'title': {'en': name.replace('-', ' ').replace('_', ' ').capitalize()},
            'adapter': {'path': 'adapter'},
            'head': {'path': 'head.safetensors', 'layers': ['fc1', 'relu', 'fc2']},
            'normalize': False, 'preprocess': preprocess, 'output': describe_output(labels),
            'about': {'trained_on': f'{len(labels.values)} labelled pictures'
                      + (f' by {labels.raters} raters' if labels.raters else ''), 'held_out': summary}}
    base = {'path': os.path.relpath(args.base, args.out), **({'config': args.config} if args.config else {})}
    recipe = {'name': name, 'base': base, 'tasks': [task]}
    (args.out / 'recipe.json').write_text(json.dumps(recipe, indent=2, ensure_ascii=False) + '\n')


def run(args):
    """The whole of it."""
    if not args.base.exists():
        raise LabelError(f'{args.base} does not exist: --base wants a checkpoint.')
    labels = read_labels(args.labels, args.images)
    folder = plain_folder(args.base, args.config, args.out / 'cache' / f'trunk-{base_key(args)}')
    trunk = load_trunk(folder)
    mean, std = read_normalization(folder)
    preprocess = preprocessing(args, trunk.config['image_size'])
    plan = Plan(way='lora', epochs=args.epochs, rank=args.rank, seed=args.seed,
                mean=tuple(mean), std=tuple(std))
    pictures = [views_of(open_picture(path), preprocess) for path in labels.files]
    store = Store(args.out / 'cache' / digest(labels, preprocess, plan, base_key(args)))

    folds = min(args.folds, len(pictures) // 4)
    bar = Progress('cross-validation', folds * (len(CURVE_SHARES) + 1))
    done = iter(range(1, bar.total + 1))

    def validate(plan, share, name):
        return cross_validate(trunk, pictures, labels, plan, folds, share, Store(store.folder / name),
                              lambda: bar.update(next(done), name))

    told = {share: validate(plan, share, 'lora') for share in CURVE_SHARES}
    frozen = validate(replace(plan, way='head'), 1.0, 'head')

    bar = Progress('final fit', plan.epochs)
    stop = stopping_rows(len(pictures), np.random.default_rng([plan.seed, 3]))
    fitted = fit(trunk, pictures, labels.values, plan, validation=stop, classes=len(labels.classes),
                 progress=bar.update)
    round_to_half(fitted.tower)
    write_adapter(fitted.tower, args.out / 'adapter', plan.alpha)
    write_head(fitted.head, args.out / 'head.safetensors')
    summary = write_report(args.out, labels, told, frozen, folds, fitted.curve, len(stop))
    write_recipe(args, labels, preprocess, summary)
    print(summary)


def main(arguments=None):
    args = parse_arguments(arguments)
    try:
        run(args)
    except LabelError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
