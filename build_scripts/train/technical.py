"""Quality and sharpness, as adapters on the frozen trunk, from the ladders of views.py.

quality     how much of the original a picture has left, by the full-reference measure
sharpness   how much of its fine detail, the square root of detail_left

The adapter sees four rungs of each ladder: it must tell each one's target and keep their order. Undegraded photographs
differ in sharpness too, beyond what a ladder asks for: the scale of that score ends where all but a hundredth of CLEAN
training photographs lie below, so that the sharpest can still be told apart.
"""

import one_thread  # noqa: F401  (before NumPy is loaded)

import argparse
import copy
import json
import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from fit import some_patches, whiten
from measures import spearman
from model import Head, attach_lora, load_lora, lora_state
from pictures import normalize, open_picture
from preprocess import size_of, technical
from progress import Progress, save_whole, seed_everything, write_whole
from scorer import TaskScorer
from trunk import load_trunk, round_to_half, write_adapter, write_head
from views import LABELS, RUNGS, Ladders, mirror, photographs

RANK, ALPHA, HIDDEN = 16, 8, 64
LADDERS, SEEN = 8, 4        # ladders in a step, rungs of each
PATCH_SHARE = 0.5           # the patches that a step looks at; scoring looks at all
PEAK_RATE = 1e-3
TASKS = ('quality', 'sharpness')
CLEAN, TOP = 200, 0.99


class Targets:
    """The ladders of one part with the targets of one task."""

    def __init__(self, folder, task, size):
        self.ladders, self.task, self.size = Ladders(folder), task, size

    def cut(self, rows, rungs, corners=None):
        """The same window of the trunk's size of some rungs [ladders, seen] of each ladder, whose views may be larger:
        (views [ladders * seen], targets [ladders, seen])."""
        seen = rungs.shape[1]
        corners = None if corners is None else np.repeat(corners, seen, 0)
        views, labels = self.ladders.cut(np.repeat(rows, seen), rungs.ravel(), self.size, corners)
        labels = dict(zip(LABELS, labels))
        targets = labels['quality'].numpy() if self.task == 'quality' else np.sqrt(labels['detail'].numpy())
        return views, targets.reshape(rungs.shape)

    def batch(self, rng):
        """(views [LADDERS * SEEN], targets [LADDERS, SEEN]), rungs rising."""
        rows, rungs = self.ladders.draw(rng, LADDERS, SEEN)
        views, targets = self.cut(rows, rungs, self.ladders.corners(rng, LADDERS, self.size))
        return mirror(views, rng.random(len(views)) < 0.5), torch.from_numpy(targets)

    def some(self, count):
        """Evenly chosen whole ladders, for validation: (views, targets [count, rungs])."""
        return self.cut(self.ladders.some(count), np.tile(np.arange(RUNGS), (count, 1)))


def ladder_loss(told, wanted):
    """Each rung's target, and half of the distance between any two of them; both [ladders, rungs]."""
    level = F.smooth_l1_loss(told, wanted, beta=0.1)
    gap_told = told[:, :, None] - told[:, None, :]
    gap_wanted = (wanted[:, :, None] - wanted[:, None, :]).clamp(min=0)
    order = (F.relu(0.5 * gap_wanted - gap_told) * (gap_wanted > 0.01)).mean()
    return 4 * level + 4 * order


@torch.no_grad()
def check(tower, head, views, targets):
    """(Spearman over all rungs, mean Spearman within a ladder) on validation ladders."""
    tower.eval()
    told = torch.cat([head(tower(normalize(part)))[:, 0] for part in views.split(48)]).numpy()
    inside = [spearman(a, b) for a, b in zip(told.reshape(targets.shape), targets)]
    tower.train()
    return spearman(told, targets.ravel()), float(np.mean(inside))


def train(work, task, steps, seed):
    """Trains one task, or goes on with it, and writes its adapter and head."""
    seed_everything(seed)
    trunk = load_trunk(work / 'trunk')
    size = trunk.config['image_size']
    ladders = Targets(work / 'views' / 'train', task, size)
    held = Targets(work / 'views' / 'validation', task, size).some(60)
    tower = attach_lora(copy.deepcopy(trunk), RANK, ALPHA)
    head = Head(trunk.config['projection_dim'], HIDDEN, 1)
    with torch.no_grad():
        sample, _ = ladders.some(60)
        whiten(head, torch.cat([trunk(normalize(part)) for part in sample.split(60)]))
    learning = [p for p in tower.parameters() if p.requires_grad] + list(head.parameters())
    optimizer = torch.optim.AdamW(learning, weight_decay=0.01)
    checkpoint, first = work / f'{task}.pt', 0
    if checkpoint.exists():
        state = torch.load(checkpoint)
        first = state['step']
        load_lora(tower, state['lora'])
        head.load_state_dict(state['head'])
        optimizer.load_state_dict(state['optimizer'])
    progress, note = Progress(task, steps, first), ''
    for step in range(first, steps):
        for group in optimizer.param_groups:
            group['lr'] = PEAK_RATE * min(1, (step + 1) / 20) * 0.5 * (1 + math.cos(math.pi * step / steps))
        rng = np.random.default_rng([seed, TASKS.index(task), step])
        views, wanted = ladders.batch(rng)
        keep = some_patches(rng, len(views), tower.patches, PATCH_SHARE)
        loss = ladder_loss(head(tower(normalize(views), keep)).view(LADDERS, SEEN), wanted)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        done = step + 1
        if done == steps:
            note = 'Spearman %.3f over all, %.3f within a ladder' % check(tower, head, *held)
        if done % 50 == 0 or done == steps:
            save_whole({'step': done, 'lora': lora_state(tower), 'head': head.state_dict(),
                        'optimizer': optimizer.state_dict()}, checkpoint)
        progress.update(done, f'loss {loss.item():.3f} {note}')
    round_to_half(tower)
    write_adapter(tower, work / task, ALPHA)
    write_head(head, work / f'{task}-head.safetensors')


def measure_top(work, photos, task):
    """Writes where the scale of a task's scores ends."""
    scorer = TaskScorer(work / 'trunk', work / task, work / f'{task}-head.safetensors', technical(size_of(work)))
    paths = photographs(photos, 'train')
    chosen = [paths[i] for i in np.linspace(0, len(paths) - 1, min(CLEAN, len(paths))).astype(int)]
    told = [scorer.raw(open_picture(path)) for path in chosen]
    top = float(np.quantile(told, TOP))
    write_whole(work / f'{task}-scale.json', json.dumps({'photographs': len(chosen), 'top': top}) + '\n')
    print(f'{task}: {TOP:.0%} of {len(chosen)} clean photographs score below {top:.3f}, half of them below {np.median(told):.3f}')


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--work', required=True, type=Path)
    parser.add_argument('--photos', required=True, type=Path)
    parser.add_argument('--task', required=True, choices=TASKS)
    parser.add_argument('--steps', type=int, default=800)
    parser.add_argument('--seed', type=int, default=1)
    args = parser.parse_args()
    train(args.work, args.task, args.steps, args.seed)
    if args.task == 'sharpness':
        measure_top(args.work, args.photos, args.task)


if __name__ == '__main__':
    main()
