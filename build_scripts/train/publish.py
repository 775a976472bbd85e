"""Gathers what training made into a recipe for convert.mjs, with the evidence in words.

Writes SOURCE (weights/demo-source): trunk, adapters, heads and recipe.json, and the goldens of the sample
pictures, in float32, that the engine's scores are compared with.
"""

import one_thread  # noqa: F401  (before NumPy is loaded)

import argparse
import json
import shutil
from pathlib import Path

import numpy as np

import words
from about import on_scale, technical_about, trait_about
from evidence import degraded
from familiarity import Known, embed_images, tells_apart
from fit import Plan, embed
from measures import prediction_interval
from pictures import open_picture, views_of
from preprocess import size_of, technical, whole
from scorer import TaskScorer
from traits import ADAPTER
from trunk import load_trunk

ROOT = Path(__file__).parents[2]
LAYERS = ['fc1', 'relu', 'fc2']
FAMILIARITY = 'familiarity.safetensors'


def bands(*words):
    """Words for ranges of a score: up to where, in English, in Japanese. The last one is open."""
    return [{**({'upTo': up_to} if up_to is not None else {}), 'label': {'en': english, 'ja': japanese}}
            for up_to, english, japanese in words]


TASKS = {
    'quality': {
        'title': {'en': 'Image quality', 'ja': '画質'}, 'preprocess': technical,
        'output': {'kind': 'score', 'from': [0, 1], 'to': [0, 1], 'clamp': True,
                   'bands': bands((0.35, 'heavily damaged', '劣化が激しい'), (0.6, 'clearly damaged', '劣化が目立つ'),
                                  (0.8, 'slightly damaged', 'わずかに劣化'), (None, 'clean', 'きれい'))}},
    'sharpness': {
        'title': {'en': 'Sharpness', 'ja': '鮮明さ'}, 'preprocess': technical,
        'output': {'kind': 'score', 'from': [0, 1], 'to': [0, 1], 'clamp': True,
                   'bands': bands((0.3, 'blurred', 'ぼけている'), (0.6, 'soft', 'やや甘い'), (None, 'sharp', '鮮明'))}},
    'valence': {
        'title': {'en': 'Valence: how pleasant', 'ja': '快さ（感情価）'}, 'preprocess': whole,
        'output': {'kind': 'score', 'from': [1, 7], 'to': [1, 7], 'clamp': True,
                   'bands': bands((3.5, 'rather unpleasant', 'やや不快'), (4.7, 'neutral', '中立'),
                                  (None, 'rather pleasant', 'やや快い'))}},
    'arousal': {
        'title': {'en': 'Arousal: how exciting', 'ja': '刺激の強さ（覚醒度）'}, 'preprocess': whole,
        'output': {'kind': 'score', 'from': [1, 7], 'to': [1, 7], 'clamp': True,
                   'bands': bands((3.3, 'rather calm', 'やや穏やか'), (4.2, 'neutral', '中立'),
                                  (None, 'rather exciting', 'やや刺激的'))}},
    'beauty': {
        'title': {'en': 'Beauty', 'ja': '美しさ'}, 'preprocess': whole,
        'output': {'kind': 'score', 'from': [1, 7], 'to': [1, 7], 'clamp': True,
                   'bands': bands((3.9, 'rather plain', 'あまり美しくない'), (5, 'neutral', '中立'),
                                  (None, 'rather beautiful', 'やや美しい'))}},
    'memorability': {
        'title': {'en': 'Memorability', 'ja': '記憶に残りやすさ'}, 'preprocess': whole,
        'output': {'kind': 'score', 'from': [0, 1], 'to': [0, 1], 'clamp': True,
                   'bands': bands((0.54, 'soon forgotten', '忘れられやすい'), (0.68, 'neutral', '中くらい'),
                                  (None, 'remembered well', '記憶に残りやすい'))}},
    'complexity': {
        'title': {'en': 'Visual complexity', 'ja': '見た目の複雑さ'}, 'preprocess': whole,
        'output': {'kind': 'score', 'from': [0, 100], 'to': [0, 100], 'clamp': True,
                   'bands': bands((33, 'simple', '単純'), (57, 'neither', '中くらい'), (None, 'complex', '複雑'))}},
}

ABOUT = {
    'model': {'en': 'A vision tower of CLIP\'s architecture, 5 million parameters, distilled without labels on about 13,500 photographs '
                    'from two small networks that were trained on ImageNet, and seven tasks on it: small adapters and heads.',
              'ja': 'CLIP と同じ構造の画像モデル（パラメーター 500 万個）です。ImageNet で学習された小さなネットワーク 2 つから、'
                    'ラベルのない写真約 13,500 枚で蒸留したものです。その上に小さなアダプターや判定部を 7 つ載せました。'},
    'limits': {'en': 'A demonstration of the method at a small scale. It has seen about 13,500 pictures, CLIP 400 million: '
                     'convert a published model for serious use.',
               'ja': '方法を小さな規模で示すためのものです。見た画像は約 13,500 枚です（CLIP は 4 億枚）。'
                     '実際に使うときは、公開されているモデルを変換してください。'},
}


def about_of(name, evidence, output):
    """A task's `about`. @param evidence what evidence.py or traits.py wrote"""
    return technical_about(name, evidence, output) if TASKS[name]['preprocess'] is technical else trait_about(name, evidence)


def output_of(name, work):
    """A task's `output`, with how far it was off; that of sharpness ends where technical.py found the sharpest photographs."""
    output, scale = TASKS[name]['output'], work / f'{name}-scale.json'
    if scale.exists():
        output = {**output, 'from': [0, round(json.loads(scale.read_text())['top'], 3)]}
    return {**output, 'interval': prediction_interval(*(on_scale(values, output) for values in told_and_true(name, work)))}


def told_and_true(name, work):
    """(what a task told, what is true) of pictures that no stage has seen, raw: of a technical task's each one once, clean and degraded."""
    if TASKS[name]['preprocess'] is not technical:
        found = json.loads((work / f'{name}.json').read_text())['held']
        return found['told'], found['rated']
    photographs = [photo[name] for photo in json.loads((work / 'evidence-photographs.json').read_text())]
    clean = [photo['clean'] for photo in photographs]
    told, measures = zip((clean, np.ones(len(clean))), *(degraded(photo) for photo in photographs if photo['ladders']))
    return np.concatenate(told), np.concatenate(measures)


def recipe(work):
    """The recipe with each task's `about`."""
    tasks, size = [], size_of(work)
    for name, task in TASKS.items():
        file = 'evidence.json' if task['preprocess'] is technical else f'{name}.json'
        adapter = {'adapter': {'path': name}} if is_adapted(name, work) else {}
        output = output_of(name, work)
        tasks.append({'id': name, 'title': task['title'], **adapter,
                      'head': {'path': f'{name}-head.safetensors', 'layers': LAYERS if adapter else LAYERS[:1]}, 'normalize': False,
                      'preprocess': task['preprocess'](size), 'output': output,
                      'about': about_of(name, json.loads((work / file).read_text()), output)})
    return {'name': 'percept-demo', 'license': 'MIT', 'base': {'path': 'trunk'}, **familiarity(work, size), 'tasks': tasks,
            'about': ABOUT}


def familiarity(work, size):
    """What the recipe says of pictures unlike those that the trunk learnt from; nothing where the distance does not tell
    them from photographs."""
    found = json.loads((work / 'familiarity.json').read_text())
    if not tells_apart(found['unfamiliar']):
        return {}
    unfamiliar = [{'name': {'en': name, 'ja': words.JAPANESE[name]}, **row} for name, row in found['unfamiliar'].items()]
    return {'familiarity': {'path': FAMILIARITY, 'preprocess': whole(size), 'threshold': found['threshold'], 'smallest': found['smallest'], 'unfamiliar': unfamiliar}}


def is_adapted(name, work):
    """Whether a task has an adapter: both technical ones have, a trait where cross-validation said so."""
    return TASKS[name]['preprocess'] is technical or json.loads((work / f'{name}.json').read_text())['chosen'] == ADAPTER


def copy_source(work, source):
    """Trunk, adapters and heads, and what the trunk knows; nothing of an earlier model stays."""
    shutil.rmtree(source, ignore_errors=True)
    source.mkdir(parents=True)
    if familiarity(work, size_of(work)):
        shutil.copy(work / FAMILIARITY, source)
    for name in ('trunk', *(name for name in TASKS if is_adapted(name, work))):
        shutil.copytree(work / name, source / name)
    for name in TASKS:
        shutil.copy(work / f'{name}-head.safetensors', source)


def embedding(trunk, image, preprocess):
    """The trunk's embedding of the first view, without an adapter."""
    return embed(trunk, views_of(image, preprocess)[:1], Plan())[0].tolist()


def write_goldens(source, samples, path):
    """Float32 scores of every task, the embedding, and how familiar they are, of the sample pictures."""
    trunk, size = load_trunk(source / 'trunk'), size_of(source)
    known = Known.read(source / FAMILIARITY) if (source / FAMILIARITY).exists() else None
    scorers = {name: TaskScorer(source / 'trunk', source / name if (source / name).exists() else None, source / f'{name}-head.safetensors',
                                task['preprocess'](size)) for name, task in TASKS.items()}
    pictures = {}
    for file in sorted(samples.glob('*.jpg')):
        image = open_picture(file)
        pictures[file.name] = {
            'raw': {name: round(scorer.raw(image), 6) for name, scorer in scorers.items()},
            'embedding': [round(value, 5) for value in embedding(trunk, image, technical(size))],
            **({'familiar': round(float(known.familiar(embed_images(trunk, [image]))[0]), 5)} if known else {})}
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
