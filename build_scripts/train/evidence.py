"""Stage 6: what the two technical tasks do on photographs that no stage of training has seen.

For each kind of degradation the strength rises in five steps; scores are compared with the strength, picture
by picture, and with the measure that was learnt, over all pictures. Then the checks: changes that should leave
a score alone, and pictures of a sort that training never saw.
"""

import one_thread  # noqa: F401  (before NumPy is loaded)

import argparse
import json
from multiprocessing import Pool
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageEnhance

from degrade import BLUR_KINDS, KINDS, degrade, from_image, to_image
from measures import bootstrap_interval, detail_left, full_reference, spearman
from pictures import open_picture
from progress import Progress
from scorer import TECHNICAL, TaskScorer
from views import photographs

STRENGTHS = (0, 0.2, 0.4, 0.6, 0.8, 1.0)
TASKS = ('quality', 'sharpness')


def scorers(work):
    """Both tasks."""
    return {task: TaskScorer(work / 'trunk', work / task, work / f'{task}-head.safetensors', TECHNICAL)
            for task in TASKS}


def turn_hue(image, degrees):
    """Turns every hue, as a change of skin tone or of white balance would, and leaves the lightness."""
    hsv = np.array(image.convert('HSV'))
    hsv[..., 0] = (hsv[..., 0].astype(int) + round(degrees * 256 / 360)) % 256
    return Image.fromarray(hsv, 'HSV').convert('RGB')


def crop_to(image, aspect):
    """The largest crop from the centre of this width over height."""
    width, height = image.size
    w, h = (width, width / aspect) if width / height < aspect else (height * aspect, height)
    left, top = (width - w) / 2, (height - h) / 2
    return image.crop((round(left), round(top), round(left + w), round(top + h)))


def enlarge(image, factor):
    """Resampled by Lanczos."""
    return image.resize([round(side * factor) for side in image.size], Image.LANCZOS)


# Changes that should not move a score of quality or sharpness.
NEUTRAL = {
    'mirrored': lambda image: image.transpose(Image.FLIP_LEFT_RIGHT),
    'brightness -15 %': lambda image: ImageEnhance.Brightness(image).enhance(0.85),
    'brightness +15 %': lambda image: ImageEnhance.Brightness(image).enhance(1.15),
    'hue -20 degrees': lambda image: turn_hue(image, -20),
    'hue +20 degrees': lambda image: turn_hue(image, 20),
    'grey': lambda image: image.convert('L').convert('RGB'),
    'cropped to a square': lambda image: crop_to(image, 1),
    'cropped to 16:9': lambda image: crop_to(image, 16 / 9),
    'cropped to a portrait, 3:4': lambda image: crop_to(image, 3 / 4),
    'twice the pixels': lambda image: enlarge(image, 2),
    'half the pixels': lambda image: enlarge(image, 0.5),
}


def drawing(seed):
    """A flat drawing: a few shapes with outlines on one ground."""
    rng = np.random.default_rng(seed)
    image = Image.new('RGB', (480, 320), tuple(int(v) for v in rng.integers(180, 256, 3)))
    draw = ImageDraw.Draw(image)
    for _ in range(8):
        x, y = rng.integers(0, 420), rng.integers(0, 260)
        box = [int(x), int(y), int(x + rng.integers(30, 150)), int(y + rng.integers(30, 120))]
        fill = tuple(int(v) for v in rng.integers(0, 256, 3))
        (draw.ellipse if rng.random() < 0.5 else draw.rectangle)(box, fill=fill, outline=(20, 20, 20), width=3)
    return image


def screenshot(seed):
    """A page of text in a window."""
    rng = np.random.default_rng(seed)
    image = Image.new('RGB', (480, 320), (250, 250, 250))
    draw = ImageDraw.Draw(image)
    draw.rectangle([0, 0, 480, 26], fill=(60, 70, 90))
    for row in range(18):
        words = [rng.integers(97, 123, rng.integers(2, 10)) for _ in range(9)]
        line = ' '.join(bytes(word.tolist()).decode() for word in words)
        draw.text((16, 36 + 15 * row), line[:70], fill=(30, 30, 30))
    return image


def plain(image):
    """The mean colour of an image, and nothing else."""
    return Image.new('RGB', (480, 320), image.resize((1, 1), Image.BOX).getpixel((0, 0)))


# Pictures of a sort that training never saw, all without any fault.
STRANGE = {
    'drawings': lambda image, seed: drawing(seed),
    'screenshots': lambda image, seed: screenshot(seed),
    'tiny pictures, 64 pixels': lambda image, seed: image.resize((96, 64), Image.LANCZOS),
    'one plain colour': lambda image, seed: plain(image),
}


def measure_photograph(job):
    """All scores of one photograph: {'ladders': kind -> rows, 'neutral': …, 'strange': …}."""
    work, path, seed = job
    tasks = scorers(work)
    image = open_picture(path)
    original = from_image(image)

    def scores(picture):
        return [tasks[task].raw(picture) for task in TASKS]

    clean = scores(image)
    ladders = {}
    for kind in KINDS:
        rungs = torch.stack([degrade(original, kind, t, seed) for t in STRENGTHS])
        told = [clean] + [scores(to_image(rung)) for rung in rungs[1:]]
        measures = [full_reference(original, rungs).tolist(), detail_left(original, rungs).sqrt().tolist()]
        ladders[kind] = {'told': told, 'measures': np.array(measures).T.tolist()}
    return {'picture': path.name, 'clean': clean, 'ladders': ladders,
            'neutral': {name: scores(change(image)) for name, change in NEUTRAL.items()},
            'strange': {name: scores(make(image, seed)) for name, make in STRANGE.items()}}


def per_kind(photos, task, kinds):
    """For each kind: the mean score at each strength, and how surely it falls in each picture."""
    index, result = TASKS.index(task), {}
    for kind in kinds:
        told = np.array([photo['ladders'][kind]['told'] for photo in photos])[:, :, index]
        order = [spearman(row, -np.array(STRENGTHS)) for row in told]
        result[kind] = {'mean_scores': told.mean(0).tolist(), 'spearman_mean': float(np.mean(order)),
                        'spearman_lowest': float(np.min(order))}
    return result


def overall(photos, task):
    """Spearman of scores with the learnt measure over all degraded pictures, interval over photographs."""
    index = TASKS.index(task)
    told = [np.concatenate([np.array(rungs['told'])[:, index] for rungs in photo['ladders'].values()])
            for photo in photos]
    wanted = [np.concatenate([np.array(rungs['measures'])[:, index] for rungs in photo['ladders'].values()])
              for photo in photos]

    def statistic(rows):
        return spearman(np.concatenate([told[row] for row in rows]),
                        np.concatenate([wanted[row] for row in rows]))

    interval = bootstrap_interval(statistic, len(photos), rounds=300)
    return {'value': statistic(range(len(photos))), 'interval': list(interval)}


def changes(photos, task):
    """Mean and spread of the score's change by each neutral change, and of the strange pictures' scores."""
    index = TASKS.index(task)
    neutral, strange = {}, {}
    for name in NEUTRAL:
        moved = [photo['neutral'][name][index] - photo['clean'][index] for photo in photos]
        neutral[name] = {'mean': float(np.mean(moved)), 'sd': float(np.std(moved))}
    for name in STRANGE:
        told = [photo['strange'][name][index] for photo in photos]
        strange[name] = {'mean': float(np.mean(told)), 'sd': float(np.std(told))}
    return neutral, strange


def summarize(photos):
    """The evidence of both tasks."""
    result = {'photographs': len(photos), 'strengths': STRENGTHS}
    for task in TASKS:
        kinds = KINDS if task == 'quality' else BLUR_KINDS
        table = per_kind(photos, task, kinds)
        neutral, strange = changes(photos, task)
        clean = [photo['clean'][TASKS.index(task)] for photo in photos]
        order = float(np.mean([kind['spearman_mean'] for kind in table.values()]))
        result[task] = {'kinds': table, 'spearman_strength': order,
                        'spearman_measure': overall(photos, task), 'neutral': neutral, 'strange': strange,
                        'clean': {'mean': float(np.mean(clean)), 'sd': float(np.std(clean))}}
    others = [kind for kind in KINDS if kind not in BLUR_KINDS]
    result['sharpness']['other_kinds'] = per_kind(photos, 'sharpness', others)
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--photos', required=True, type=Path)
    parser.add_argument('--work', required=True, type=Path)
    parser.add_argument('--count', type=int, default=16, help='photographs of the test part')
    parser.add_argument('--workers', type=int, default=2)
    args = parser.parse_args()
    paths = photographs(args.photos, 'test')
    paths = [paths[i] for i in np.linspace(0, len(paths) - 1, min(args.count, len(paths))).astype(int)]
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
