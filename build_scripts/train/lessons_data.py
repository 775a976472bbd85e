"""The batches of distillation: views of the gathered photographs as the student sees them, with what the teachers said
of the clean ones, and rungs of the degradation ladders.

Everything follows from the seed, the step and `known`, what was taught and cut when the run began, so a run that was
stopped goes on exactly where it was. Batches are made in a process of their own.
"""

import signal

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from degrade import KINDS, degrade
from fit import some_patches
from fixed_views import FixedViews
from gather import Gathered
from teach import GRID, taught
from views import Ladders, mirror

DAMAGED, STRONGEST = 0.25, 0.7      # the share of content views that are degraded, and how far at most
TINTED = 0.5                        # the share whose exposure, contrast and saturation are changed
LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def tint(view, rng):
    """Another exposure, contrast and saturation: the content stays what it is."""
    light, contrast, colour = rng.uniform(0.75, 1.25), rng.uniform(0.75, 1.25), rng.uniform(0.5, 1.4)
    pixels = view.astype(np.float32)
    grey = (pixels @ LUMA)[..., None]
    pixels = light * (grey + colour * (pixels - grey))
    middle = pixels.mean()
    return np.clip(middle + contrast * (pixels - middle) + 0.5, 0, 255).astype(np.uint8)


def damage(view, rng):
    """One degradation at a random strength."""
    picture = degrade(torch.from_numpy(view.copy()).permute(2, 0, 1).float() / 255, KINDS[rng.integers(len(KINDS))],
                      STRONGEST * rng.random(), int(rng.integers(2 ** 31)))
    return (picture * 255).round().byte().permute(1, 2, 0).numpy()


def what_is_known(work):
    """{'views': which views of which photographs are taught, 'ladders': which photographs' ladders are cut}."""
    ladders = np.load(work / 'views' / 'train' / 'done.npy')
    return {'views': torch.from_numpy(taught(work)), 'ladders': torch.from_numpy(ladders.astype(bool))}


class Taught:
    """Photographs with the teachers' answers."""

    def __init__(self, work, seed):
        self.gathered = Gathered(work)
        self.views = FixedViews(self.gathered, seed)
        self.files = {name: np.load(work / f'{name}.npy', mmap_mode='r') for name in ('pooled', 'maps')}

    def answers(self, numbers, views, mirrored):
        """{'pooled', 'maps'} of these views; a mirrored one's map is mirrored."""
        result = {name: torch.from_numpy(file[numbers, views].astype(np.float32)) for name, file in self.files.items()}
        maps = result['maps'].view(len(numbers), GRID, GRID, -1)
        turned = torch.from_numpy(np.asarray(mirrored, bool)).view(-1, 1, 1, 1)
        result['maps'] = torch.where(turned, maps.flip(2), maps).flatten(1, 2)
        return result


def two_rungs(ladders, rng, count, size):
    """Two rungs of `count` ladders, the lower ones first, with their labels; the same window of both, mirrored or not."""
    rows, rungs = ladders.draw(rng, count, 2)
    corners = ladders.corners(rng, count, size)
    views, labels = ladders.cut(np.tile(rows, 2), rungs.T.ravel(), size, np.tile(corners, (2, 1)))
    return mirror(views, np.tile(rng.random(count) < 0.5, 2)), labels


class Steps(Dataset):
    """What each step of training sees."""

    def __init__(self, work, settings, known, some_until):
        """Until the step `some_until` a share of the patches is looked at."""
        self.work, self.settings, self.some_until = work, settings, some_until if settings['share'] < 1 else 0
        self.views, self.cut = known['views'].numpy(), known['ladders'].numpy()
        self.taught = None

    def open(self):
        """Opens the files, once in each process."""
        self.taught = Taught(self.work, self.settings['teach_seed'])
        self.ladders = Ladders(self.work / 'views' / 'train', self.cut)
        numbers = self.taught.gathered.part('train')
        self.numbers = numbers[self.views[numbers].any(1)]

    def photographs(self, step):
        """Which photographs: every one once in each pass, in a new order."""
        count, total = self.settings['content'], len(self.numbers)
        places = np.arange(step * count, (step + 1) * count)
        orders = {turn: np.random.default_rng([self.settings['seed'], 7, turn]).permutation(total)
                  for turn in np.unique(places // total)}
        return self.numbers[[orders[place // total][place % total] for place in places]]

    def student_view(self, number, view, mirrored, rng):
        """A view as the student sees it."""
        pixels = self.taught.views.cut(number, view, self.settings['size'])
        pixels = np.ascontiguousarray(pixels[:, ::-1]) if mirrored else pixels
        if rng.random() < TINTED:
            pixels = tint(pixels, rng)
        return damage(pixels, rng) if rng.random() < DAMAGED else pixels

    def __getitem__(self, step):
        if self.taught is None:
            self.open()
        rng, settings = np.random.default_rng([self.settings['seed'], step]), self.settings
        numbers = self.photographs(step)
        views = np.array([rng.choice(np.flatnonzero(self.views[number])) for number in numbers])
        mirrored = rng.random(len(numbers)) < 0.5
        seen = np.stack([self.student_view(*each, rng) for each in zip(numbers, views, mirrored)])
        rungs, labels = two_rungs(self.ladders, rng, settings['ladders'], settings['size'])
        batch = {'content': torch.from_numpy(seen).permute(0, 3, 1, 2).contiguous(), 'rungs': rungs, 'labels': labels,
                 **self.taught.answers(numbers, views, mirrored)}
        patches = (settings['size'] // settings['patch']) ** 2
        keep = some_patches(rng, len(seen) + len(rungs), patches, settings['share']) if step < self.some_until else None
        if keep is not None:
            batch['keep'] = keep.sort(1).values
        return batch


def leave_signals_alone(_worker):
    """A signal to the whole process group must not end the batches before the run has written its checkpoint."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def batches(work, settings, known, first, steps, some_until=0):
    """The batches of steps first … steps - 1, made ahead in another process."""
    return DataLoader(Steps(work, settings, known, some_until), batch_size=None, sampler=range(first, steps), num_workers=1,
                      prefetch_factor=4, worker_init_fn=leave_signals_alone)


def some_views(work, settings, numbers, most):
    """(whole clean photographs, uint8 views, and their answers) of up to `most` evenly chosen ones of `numbers`."""
    known = Taught(work, settings['teach_seed'])
    numbers = numbers[np.linspace(0, len(numbers) - 1, min(most, len(numbers))).astype(int)]
    seen = np.stack([known.views.cut(number, 0, settings['size']) for number in numbers])
    first = np.zeros(len(numbers), int)
    return torch.from_numpy(seen).permute(0, 3, 1, 2).contiguous(), known.answers(numbers, first, first > 0)
