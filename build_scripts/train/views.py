"""Cuts the views that the trunk and the two technical tasks learn from, once.

Two files of 8-bit views come of it, with their labels beside them:

content   crops of random place, scale and shape, from a fifth of a photograph to all of it
ladders   a crop at the photograph's own scale, degraded by one kind at rising strengths: the rungs; now and
          then after a second, mild degradation that all the rungs share, and resampled a little

With content crops the training part of the rated photographs gives some as well: the trunk sees them without their ratings.
The validation part gives ladders alone.

Everything follows from the seed and the photograph's name, so a run that was stopped goes on where it was. Other settings than
those that a folder was cut with are refused.
"""

import one_thread  # noqa: F401  (before NumPy is loaded)

import argparse
import zlib
from dataclasses import asdict, dataclass
from multiprocessing import Process
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from degrade import KINDS, degrade, from_image, to_image
from held_out import split_set
from measures import detail_left, full_reference
from pictures import list_pictures, open_picture, part_of
from preprocess import SHORTER
from progress import Progress, digest, make_array, of_one_making

SIZE = 128      # pixels of a view's side
REGION = 192    # pixels of the crop that a ladder is degraded on
RUNGS = 6
LABELS = 'kind', 'second', 'strength', 'quality', 'detail'     # the first two of a ladder, the others of each rung
SHARES = {'train': 0.78, 'validation': 0.05, 'test': 0.17}


def photographs(folder, part):
    """The photographs of one part."""
    return [path for path in list_pictures(folder) if part_of(path, SHARES) == part]


def content_crop(image, rng, size=SIZE):
    """A crop of 20 to 100 % of the area, resampled to a view."""
    width, height = image.size
    if rng.random() < 0.15:
        box = (0, 0, width, height)
    else:
        area, aspect = width * height * rng.uniform(0.2, 1), np.exp(rng.uniform(-0.3, 0.3))
        w, h = min(width, np.sqrt(area * aspect)), min(height, np.sqrt(area / aspect))
        left, top = rng.uniform(0, width - w), rng.uniform(0, height - h)
        box = (left, top, left + w, top + h)
    return np.asarray(image.resize((size, size), Image.BICUBIC, box=box))


def region_of(image, rng, region=REGION):
    """A crop of `region` pixels at the scale at which the tasks look: a shorter side of about SHORTER pixels."""
    shorter = min(image.size)
    if shorter < region or shorter > 1.1 * SHORTER:
        factor = max(region, min(shorter, SHORTER)) / shorter
        image = image.resize([max(region, round(side * factor)) for side in image.size], Image.BICUBIC)
    width, height = image.size
    left, top = int(rng.integers(width - region + 1)), int(rng.integers(height - region + 1))
    return from_image(image.crop((left, top, left + region, top + region)))


def rung_strengths(rng):
    """Rising strengths, one in each sixth of the range; every second ladder starts undegraded."""
    strengths = (np.arange(RUNGS) + rng.random(RUNGS)) / RUNGS
    if rng.random() < 0.5:
        strengths[0] = 0
    return strengths


def ladder(image, rng, size=SIZE, region=REGION):
    """(views [RUNGS, size, size, 3], kind, second, strengths, quality, detail) of one new ladder, cut from `region`
    pixels."""
    original = region_of(image, rng, region)
    kind = int(rng.integers(len(KINDS)))
    strengths, seed = rung_strengths(rng), int(rng.integers(2 ** 31))
    start, second = original, -1
    if rng.random() < 0.35:
        second = int(rng.integers(len(KINDS)))
        start = degrade(original, KINDS[second], 0.45 * rng.random(), seed + 1)
    rungs = torch.stack([degrade(start, KINDS[kind], t, seed) for t in strengths])
    inner = slice(16, region - 16)
    quality = full_reference(original[:, inner, inner], rungs[:, :, inner, inner])
    detail = detail_left(original[:, inner, inner], rungs[:, :, inner, inner])
    least = max(0.72, size / region)
    side = round(region * rng.uniform(least, 1.15)) if rng.random() < 0.4 else region
    left, top = int(rng.integers(side - size + 1)), int(rng.integers(side - size + 1))
    views = []
    for rung in rungs:
        rung = to_image(rung)
        rung = rung if side == region else rung.resize((side, side), Image.BICUBIC)
        views.append(np.asarray(rung.crop((left, top, left + size, top + size))))
    return np.stack(views), kind, second, strengths, quality.numpy(), detail.numpy()


def mirror(views, turned):
    """uint8 views [count, 3, size, size]; those are mirrored for which the bools `turned` [count] say so."""
    return torch.where(torch.from_numpy(turned).view(-1, 1, 1, 1), views.flip(3), views)


class Ladders:
    """The ladders of a folder that was cut into, of the photographs `done`, or of all."""

    def __init__(self, folder, done=None):
        count = len(np.load(folder / 'kind.npy', mmap_mode='r'))
        done = np.ones(1, bool) if done is None else done
        self.rows = np.flatnonzero(np.repeat(done, count // len(done)))
        self.files = {name: np.load(folder / f'{name}.npy', mmap_mode='r') for name in ('ladders', *LABELS)}
        self.side = self.files['ladders'].shape[2]

    def some(self, count):
        """Evenly chosen ones."""
        return self.rows[np.linspace(0, len(self.rows) - 1, count).astype(int)]

    def draw(self, rng, count, seen):
        """Random ones [count], and `seen` rungs of each, rising [count, seen]."""
        rows = rng.choice(self.rows, count)
        return rows, np.sort([rng.choice(RUNGS, seen, replace=False) for _ in rows], 1)

    def corners(self, rng, count, size):
        """Where random windows of `size` pixels begin [count, 2]."""
        return rng.integers(self.side - size + 1, size=(count, 2))

    def cut(self, rows, rungs, size, corners=None):
        """Windows of `size` pixels of these rungs, in the middle unless told otherwise: uint8 [count, 3, size, size], with
        their labels."""
        if corners is None:
            corners = np.full((len(rows), 2), (self.side - size) // 2)
        views = np.stack([self.files['ladders'][row, rung, top:top + size, left:left + size]
                          for row, rung, (top, left) in zip(rows, rungs, corners)])
        labels = [torch.from_numpy(self.files[name][rows].astype(np.int64)) for name in LABELS[:2]]
        labels += [torch.from_numpy(self.files[name][rows, rungs]) for name in LABELS[2:]]
        return torch.from_numpy(views).permute(0, 3, 1, 2).contiguous(), labels


@dataclass
class Cut:
    """How many views of a photograph, and of which size in pixels."""

    crops: int
    ladders: int
    size: int = SIZE
    region: int = REGION

    def files(self):
        """The names of the files that are cut."""
        return ('done',) + ('content',) * bool(self.crops) + (('ladders',) + LABELS) * bool(self.ladders)

    def shapes(self, photos):
        """{file: (shape, type)}."""
        view, rows = (self.size, self.size, 3), photos * self.ladders
        result = {'content': ((photos * self.crops, *view), np.uint8), 'ladders': ((rows, RUNGS, *view), np.uint8),
                  'kind': ((rows,), np.int8), 'second': ((rows,), np.int8), 'done': ((photos,), np.uint8)}
        result.update({name: ((rows, RUNGS), np.float32) for name in ('strength', 'quality', 'detail')})
        return {name: result[name] for name in self.files()}


def write_share(paths, out, cut, seed, worker, workers):
    """One worker's photographs: every `workers`-th. Files are memory maps that all workers share."""
    files = {name: np.load(out / f'{name}.npy', mmap_mode='r+') for name in cut.files()}
    progress = Progress('views', len(paths))
    for index in range(worker, len(paths), workers):
        if files['done'][index]:
            continue
        rng = np.random.default_rng([seed, zlib.crc32(paths[index].stem.encode())])
        image = open_picture(paths[index])
        for i in range(cut.crops):
            files['content'][index * cut.crops + i] = content_crop(image, rng, cut.size)
        for i in range(cut.ladders):
            row = index * cut.ladders + i
            (files['ladders'][row], files['kind'][row], files['second'][row], files['strength'][row],
             files['quality'][row], files['detail'][row]) = ladder(image, rng, cut.size, cut.region)
        files['done'][index] = 1
        if worker == 0:
            progress.update(min(index + workers, len(paths)))


def make_files(paths, out, cut, seed):
    """Empty files of the right shapes, unless an earlier run made them; refuses those of other views."""
    files = {out / f'{name}.npy': shape for name, shape in cut.shapes(len(paths)).items()}
    settings = {**asdict(cut), 'seed': seed, 'photographs': digest(path.name for path in paths)}
    of_one_making(out / 'settings.json', settings, files, f'the folder {out}')
    for path, shape in files.items():
        make_array(path, *shape)


def cut_all(paths, out, cut, seed, workers):
    """Cuts the views of some photographs into the folder `out`."""
    make_files(paths, out, cut, seed)
    processes = [Process(target=write_share, args=(paths, out, cut, seed, i, workers)) for i in range(workers)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    if not np.load(out / 'done.npy').all():
        raise SystemExit('Some photographs could not be read: see the messages above, then run this again.')


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--photos', required=True, type=Path, help='folder of undegraded photographs')
    parser.add_argument('--work', required=True, type=Path, help='folder for everything that training makes')
    parser.add_argument('--data', type=Path, help='folder with rated/; needed for content crops')
    parser.add_argument('--crops', type=int, default=16, help='content crops per photograph, for pretrain.py')
    parser.add_argument('--ladders', type=int, default=5, help='ladders per photograph')
    parser.add_argument('--held-ladders', type=int, default=4, help='ladders per validation photograph')
    parser.add_argument('--size', type=int, default=SIZE, help='pixels of a view\'s side')
    parser.add_argument('--region', type=int, default=REGION, help='pixels of the crop that a ladder is degraded on')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--workers', type=int, default=2)
    args = parser.parse_args()
    if args.crops and not args.data:
        parser.error('--data is needed for content crops; --crops 0 cuts none')
    sizes = {'size': args.size, 'region': args.region}

    def cut_into(name, paths, crops, ladders):
        cut_all(paths, args.work / 'views' / name, Cut(crops, ladders, **sizes), args.seed, args.workers)

    cut_into('train', photographs(args.photos, 'train'), args.crops, args.ladders)
    if args.crops:
        cut_into('rated', [args.data / 'rated' / row['file'] for row in split_set(args.data, 'rated')[0]], args.crops, 0)
    if args.held_ladders:
        cut_into('validation', photographs(args.photos, 'validation'), 0, args.held_ladders)


if __name__ == '__main__':
    main()
