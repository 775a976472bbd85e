"""The trunk, from scratch, on the views that views.py cut.

One embedding has to answer four questions at once, each through a small head that is thrown away afterwards:

- which photograph is this a crop of (instance discrimination: a cosine softmax over all photographs, which
  is the contrastive loss with every other photograph as a negative);
- which colours, layout and edge directions does it have (the descriptors of descriptors.py);
- which degradation, how strong (ARNIQA and Re-IQA contrast kinds and strengths; here they are known, so they
  are asked for directly), and which of two rungs of a ladder is the better one;
- how much of the original is left, by both measures of measures.py.

Only a quarter of the patches are looked at, and half towards the end: that divides the cost by more than three
and regularises; the tower that is kept looks at all. Two processes of one thread each take steps of their own
and average their weights every ten (local SGD): on a busy machine neither waits for the other at each step, and
the run is exactly repeatable for one seed and one number of processes, but for a resumed run's second process,
which starts from the first one's moments.
"""

import one_thread  # noqa: F401  (before NumPy is loaded)

import argparse
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
import torch.nn.functional as F
from torch import nn

from filters import structured_start
from fit import whiten
from model import Head, Tower
from pictures import normalize
from progress import Progress, save_whole, seed_everything
from questions import Damage, Descriptors, descriptor_statistics
from trunk import config_of, write_trunk
from views import SIZE, Ladders, mirror

CONFIG = config_of(width=256, layers=6, patch=16, size=SIZE)
CONTENT, LADDERS = 16, 8        # per process and step: content crops, and ladders of which two rungs are seen
# The share of the patches that is looked at, until this share of the run.
PATCHES_UNTIL = ((0.25, 0.95), (0.5, 1))
AVERAGE_EVERY = 10              # steps that a process takes alone
WARMUP, DECLINE, PEAK_RATE = 100, 0.3, 6e-4


class Questions(nn.Module):
    """The heads that only training needs."""

    def __init__(self, width, photographs, mean, spread):
        super().__init__()
        self.identity = Head(width, 256, 128)
        self.photographs = nn.Parameter(torch.randn(photographs, 128))
        self.descriptors = Descriptors(width, mean, spread)
        self.damage = Damage(width)

    def content_loss(self, embedding, photograph):
        direction = F.normalize(self.identity(embedding), dim=1)
        logits = direction @ F.normalize(self.photographs, dim=1).t() / 0.1
        return F.cross_entropy(logits, photograph, label_smoothing=0.05)


class Views:
    """The memory maps of the training views, and random batches of them."""

    def __init__(self, folder):
        self.ladders = Ladders(folder / 'train')
        parts = [folder / 'train', folder / 'rated']
        self.contents = [np.load(part / 'content.npy', mmap_mode='r') for part in parts]
        self.photographs = sum(len(np.load(part / 'done.npy')) for part in parts)
        self.crops = sum(map(len, self.contents)) // self.photographs

    def crop(self, row):
        """One content crop; the rated photographs' come after the others."""
        first, second = self.contents
        return first[row] if row < len(first) else second[row - len(first)]

    def content(self, rng, count):
        """(uint8 views, photograph numbers), each view mirrored or not."""
        rows = rng.integers(self.photographs * self.crops, size=count)
        views = torch.from_numpy(np.stack([self.crop(row) for row in rows])).permute(0, 3, 1, 2).contiguous()
        return mirror(views, rng.random(len(views)) < 0.5), torch.from_numpy(rows // self.crops)

    def rungs(self, rng, count):
        """Two rungs, the lower first, of `count` ladders: views of [2 * count] and their labels."""
        rows, rungs = self.ladders.draw(rng, count, 2)
        views, labels = self.ladders.cut(np.tile(rows, 2), rungs.T.ravel(), SIZE)
        return mirror(views, rng.random(len(views)) < 0.5), labels


def some_crops(views, count):
    """Evenly chosen content crops, uint8 [count, 3, SIZE, SIZE]."""
    rows = np.linspace(0, views.photographs * views.crops - 1, count).astype(int)
    return torch.from_numpy(np.stack([views.crop(row) for row in rows])).permute(0, 3, 1, 2)


@torch.no_grad()
def start_heads(tower, questions, views):
    """Starts the heads on standardised embeddings of both sorts of views."""
    rungs, _ = views.rungs(np.random.default_rng(0), 100)
    both = torch.cat([some_crops(views, 200), rungs])
    embedding = torch.cat([tower(normalize(part)) for part in both.split(50)])
    whiten(questions.identity, embedding)
    whiten(questions.damage.head, embedding)


def learning_rate(step, steps):
    """A warm-up, a plateau, and a straight decline over the last DECLINE of the run: before it begins, a run may
    still be made longer or shorter."""
    left = (steps - step) / (DECLINE * steps)
    return PEAK_RATE * min(1, (step + 1) / WARMUP, left)


def patch_share(done):
    """How many of the patches are looked at when this share of the run is done."""
    return next(share for share, until in PATCHES_UNTIL if done < until)


def random_patches(count, patches, share, generator):
    """Some of the patches of each view, chosen anew: [count, kept]. fit.some_patches draws from NumPy: other patches."""
    return torch.rand(count, patches, generator=generator).argsort(1)[:, :round(patches * share)]


def average(parameters, processes):
    """Puts the mean over the processes into each one's parameters."""
    with torch.no_grad():
        flat = torch.cat([p.flatten() for p in parameters])
        dist.all_reduce(flat)
        flat /= processes
        offset = 0
        for p in parameters:
            p.copy_(flat[offset:offset + p.numel()].view_as(p))
            offset += p.numel()


def step_losses(tower, questions, views, step, steps, seed, rank):
    """One process's losses at one step."""
    rng = np.random.default_rng([seed, step, rank])
    generator = torch.Generator().manual_seed(int(rng.integers(2 ** 31)))
    content, photograph = views.content(rng, CONTENT)
    rungs, labels = views.rungs(rng, LADDERS)
    both = torch.cat([content, rungs])
    keep = random_patches(len(both), tower.patches, patch_share(step / steps), generator)
    embedding = tower(normalize(both), keep)
    return (questions.content_loss(embedding[:CONTENT], photograph),
            questions.descriptors(embedding, both),
            questions.damage(embedding[CONTENT:], *labels))


def run(rank, processes, args):
    """One process of the training run."""
    dist.init_process_group('gloo', init_method=f'file://{args.work.resolve()}/rendezvous', rank=rank,
                            world_size=processes)
    seed_everything(args.seed)
    views = Views(args.work / 'views')
    tower, crops = Tower(CONFIG), some_crops(views, 600)
    questions = Questions(CONFIG['projection_dim'], views.photographs, *descriptor_statistics(crops))
    parameters = list(tower.parameters()) + list(questions.parameters())
    optimizer = torch.optim.AdamW([{'params': list(tower.parameters()), 'speed': 1},
                                   {'params': list(questions.parameters()), 'speed': 3}],
                                  betas=(0.9, 0.98), weight_decay=0.02)
    checkpoint, first = args.work / 'pretrain.pt', 0
    if checkpoint.exists():
        state = torch.load(checkpoint)
        first = state['step']
        tower.load_state_dict(state['tower'])
        questions.load_state_dict(state['questions'])
        optimizer.load_state_dict(state['optimizer'])
    else:
        structured_start(tower, normalize(crops), args.seed)
        start_heads(tower, questions, views)
    progress, recent = Progress('pretrain', args.steps, first), np.zeros(3)
    for step in range(first, args.steps):
        for group in optimizer.param_groups:
            group['lr'] = group['speed'] * learning_rate(step, args.steps)
        losses = step_losses(tower, questions, views, step, args.steps, args.seed, rank)
        optimizer.zero_grad()
        (losses[0] * 0.3 + losses[1] * 2 + losses[2]).backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        if (step + 1) % AVERAGE_EVERY == 0 or step + 1 == args.steps:
            average(parameters, processes)
        recent += 0.02 * (np.array([loss.item() for loss in losses]) - recent)
        if rank == 0:
            done = step + 1
            weight = 1 - 0.98 ** (done - first)
            progress.update(done, 'content %.2f descriptors %.3f damage %.3f' % tuple(recent / weight))
            if done % 200 == 0 or done == args.steps:
                save_whole({'step': done, 'tower': tower.state_dict(), 'questions': questions.state_dict(),
                            'optimizer': optimizer.state_dict()}, checkpoint)
    dist.barrier()
    if rank == 0:
        write_trunk(tower, args.work / 'trunk')


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--work', required=True, type=Path, help='the folder that views.py wrote to')
    parser.add_argument('--steps', type=int, default=4000)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--processes', type=int, default=2)
    args = parser.parse_args()
    (args.work / 'rendezvous').unlink(missing_ok=True)
    mp.spawn(run, args=(args.processes, args), nprocs=args.processes)


if __name__ == '__main__':
    main()
