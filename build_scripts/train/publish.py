"""Stage 7: gathers what training made into a recipe for convert.mjs, with the evidence in words.

Writes SOURCE (weights/demo-source): trunk, adapters, heads and recipe.json, and the goldens of the sample
pictures, in float32, that the engine's scores are compared with.
"""

import one_thread  # noqa: F401  (before NumPy is loaded)

import argparse
import json
import shutil
from pathlib import Path

from fit import Plan, embed
from pictures import open_picture, views_of
from scorer import TECHNICAL, TaskScorer
from traits import PREPROCESS
from trunk import load_trunk
from words import technical_about, trait_about

ROOT = Path(__file__).parents[2]
LAYERS = ['fc1', 'relu', 'fc2']


def bands(*pairs):
    """Words for ranges of a score; the last one is open."""
    return [{**({'upTo': up_to} if up_to is not None else {}), 'label': {'en': label}} for up_to, label in pairs]


TASKS = {
    'quality': {
        'title': {'en': 'Image quality'}, 'preprocess': TECHNICAL,
        'output': {'kind': 'score', 'from': [0, 1], 'to': [0, 1], 'clamp': True,
                   'bands': bands((0.35, 'heavily damaged'), (0.6, 'clearly damaged'), (0.8, 'slightly damaged'),
                                  (None, 'clean'))}},
    'sharpness': {
        'title': {'en': 'Sharpness'}, 'preprocess': TECHNICAL,
        'output': {'kind': 'score', 'from': [0, 1], 'to': [0, 1], 'clamp': True,
                   'bands': bands((0.3, 'blurred'), (0.6, 'soft'), (None, 'sharp'))}},
    'valence': {
        'title': {'en': 'Valence: how pleasant'}, 'preprocess': PREPROCESS,
        'output': {'kind': 'score', 'from': [1, 7], 'to': [1, 7], 'clamp': True,
                   'bands': bands((3.7, 'rather unpleasant'), (4.7, 'neutral'), (None, 'rather pleasant'))}},
    'arousal': {
        'title': {'en': 'Arousal: how exciting'}, 'preprocess': PREPROCESS,
        'output': {'kind': 'score', 'from': [1, 7], 'to': [1, 7], 'clamp': True,
                   'bands': bands((3.3, 'rather calm'), (4.2, 'neutral'), (None, 'rather exciting'))}},
}


def recipe(work):
    """The recipe with each task's `about`."""
    evidence = json.loads((work / 'evidence.json').read_text())
    tasks = []
    for name, words in TASKS.items():
        if words['preprocess'] is TECHNICAL:
            about = technical_about(name, evidence)
        else:
            about = trait_about(name, json.loads((work / f'{name}.json').read_text()))
        tasks.append({'id': name, 'title': words['title'], 'adapter': {'path': name},
                      'head': {'path': f'{name}-head.safetensors', 'layers': LAYERS}, 'normalize': False,
                      'preprocess': words['preprocess'], 'output': words['output'], 'about': about})
    return {
        'name': 'percept-demo', 'license': 'MIT', 'base': {'path': 'trunk'}, 'tasks': tasks,
        'about': {'model': 'A vision tower of CLIP\'s architecture, 5 million parameters, trained from scratch on '
                           'about 1,300 photographs without labels, and four small adapters on it.',
                  'limits': 'A demonstration of the method at a small scale. It has seen a ten-thousandth of '
                            'what CLIP has: convert a published model for serious use.'}}


def copy_source(work, source):
    """Trunk, adapters and heads."""
    source.mkdir(parents=True, exist_ok=True)
    for name in ('trunk', *TASKS):
        shutil.copytree(work / name, source / name, dirs_exist_ok=True)
    for name in TASKS:
        shutil.copy(work / f'{name}-head.safetensors', source)


def embedding(trunk, image, preprocess):
    """The trunk's embedding of the first view, without an adapter."""
    return embed(trunk, views_of(image, preprocess)[:1], Plan())[0].tolist()


def write_goldens(source, samples, path):
    """Float32 scores of every task, and the embedding, of the sample pictures."""
    trunk = load_trunk(source / 'trunk')
    scorers = {name: TaskScorer(source / 'trunk', source / name, source / f'{name}-head.safetensors',
                                words['preprocess']) for name, words in TASKS.items()}
    pictures = {}
    for file in sorted(samples.glob('*.jpg')):
        image = open_picture(file)
        pictures[file.name] = {
            'raw': {name: round(scorer.raw(image), 6) for name, scorer in scorers.items()},
            'embedding': [round(value, 5) for value in embedding(trunk, image, TECHNICAL)]}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({'made_by': 'build_scripts/train/publish.py', 'pictures': pictures}, indent=1) + '\n')


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--work', required=True, type=Path)
    parser.add_argument('--source', type=Path, default=ROOT / 'weights' / 'demo-source')
    args = parser.parse_args()
    copy_source(args.work, args.source)
    (args.source / 'recipe.json').write_text(json.dumps(recipe(args.work), indent=2, ensure_ascii=False) + '\n')
    write_goldens(args.source, ROOT / 'web' / 'samples', ROOT / 'tests' / 'golden' / 'demo-scores.json')


if __name__ == '__main__':
    main()
