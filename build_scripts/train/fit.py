"""Fits a trait to a few labels in one of three ways, all with the same head:

head   on the frozen trunk, whose embeddings are computed once: where the other two start from;
lora   the trunk stays frozen, an adapter beside q, k and v learns with the head (the paper's way);
full   everything learns.

A picture is its views, uint8 [views, 3, size, size]; each epoch sees one of them, mirrored or not, and a
prediction is the mean over all of them.
"""

import copy
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from model import Head, attach_lora
from pictures import MEAN, STD, normalize
from progress import seed_everything

RATES = {'lora': 5e-4, 'full': 5e-5}     # of the tower's part
HEAD_RATE = 1e-3


@dataclass
class Plan:
    """How to fit: the head alone for `head_steps`, then, unless the way is `head`, all for `epochs`."""

    way: str = 'lora'
    head_steps: int = 1000
    epochs: int = 12
    batch: int = 16
    rank: int = 16
    alpha: int = 8
    hidden: int = 64
    weight_decay: float = 0.05
    patch_share: float = 0.5    # the patches that a training step looks at, chosen anew each time
    seed: int = 0
    mean: tuple = MEAN
    std: tuple = STD


@dataclass
class Fitted:
    """A tower and a head whose raw output is on the labels' own scale."""

    tower: torch.nn.Module
    head: Head
    plan: Plan

    @torch.no_grad()
    def predict(self, pictures):
        """Raw outputs [count, outputs], each the mean over a picture's views."""
        self.tower.eval()
        rows = [self.head(embed(self.tower, views, self.plan)).mean(0) for views in pictures]
        return torch.stack(rows).numpy()


@torch.no_grad()
def embed(tower, views, plan, batch=32):
    """Embeddings of uint8 views [count, 3, size, size]."""
    return torch.cat([tower(normalize(part, plan.mean, plan.std)) for part in views.split(batch)])


def some_patches(rng, count, patches, share):
    """Which of so many patches are looked at in each of `count` views, int64 [count, kept] in no order, or None for all: half
    of them cost half and regularise."""
    kept = round(patches * share)
    if kept >= patches:
        return None
    return torch.from_numpy(np.argsort(rng.random((count, patches)), 1)[:, :kept].copy())


def pick_views(pictures, rows, rng):
    """One view of each picture, mirrored or not."""
    chosen = []
    for row in rows:
        view = pictures[row][int(rng.integers(len(pictures[row])))]
        chosen.append(view.flip(2) if rng.random() < 0.5 else view)
    return torch.stack(chosen)


def standardize(labels):
    """Labels as the loss wants them [count, outputs], with the offset and scale [outputs] that undo it."""
    labels = torch.as_tensor(labels, dtype=torch.float32).reshape(len(labels), -1)
    offset = labels.mean(0)
    scale = labels.std(0, unbiased=False).clamp(min=1e-6)
    return (labels - offset) / scale, offset, scale


def fold_scale(head, offset, scale):
    """Makes the last layer answer on the labels' own scale."""
    last = list(head.children())[-1]
    with torch.no_grad():
        last.weight.mul_(scale.reshape(-1, 1))
        last.bias.mul_(scale).add_(offset)


def trained_parts(trunk, plan):
    """(tower, its parameters that learn) for the plan's way; the trunk that is given is not changed."""
    tower = copy.deepcopy(trunk)
    if plan.way == 'lora':
        attach_lora(tower, plan.rank, plan.alpha)
    elif plan.way == 'full':
        tower.requires_grad_(True)
    return tower, [p for p in tower.parameters() if p.requires_grad]


def whiten(head, embeddings):
    """Starts the first layer on standardised embeddings, whatever the trunk's scale."""
    mean, spread = embeddings.mean(0), embeddings.std(0, unbiased=False) + 1e-3 * embeddings.std()
    with torch.no_grad():
        head.fc1.weight.div_(spread)
        head.fc1.bias.sub_(head.fc1.weight @ mean)


def frozen_embeddings(trunk, pictures, plan):
    """The frozen trunk's embeddings of every view and its mirror image: [2 * views, projection_dim] a picture."""
    return [torch.cat([embed(trunk, views, plan), embed(trunk, views.flip(3), plan)]) for views in pictures]


def learn(optimizer, loss, angle):
    """One step; each group's rate falls from its peak by the cosine of `angle`, which rises from 0 to pi over the run."""
    for group in optimizer.param_groups:
        group['lr'] = group['peak'] * 0.5 * (1 + np.cos(angle))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def fit_head(head, frozen, wanted, plan, rng):
    """Fits the head on frozen embeddings."""
    whiten(head, torch.cat(frozen))
    optimizer = torch.optim.AdamW([{'params': list(head.parameters()), 'peak': HEAD_RATE}], weight_decay=plan.weight_decay)
    for step in range(plan.head_steps):
        chosen = rng.choice(len(frozen), min(plan.batch, len(frozen)), replace=False)
        inputs = torch.stack([frozen[i][int(rng.integers(len(frozen[i])))] for i in chosen])
        learn(optimizer, F.mse_loss(head(inputs), wanted[chosen]), np.pi * step / plan.head_steps)


def fit_epoch(fitted, optimizer, lesson, epoch, rng):
    """One epoch of tower and head together. @param lesson (pictures, standardised labels)"""
    (pictures, wanted), plan = lesson, fitted.plan
    parts = np.array_split(rng.permutation(len(pictures)), int(np.ceil(len(pictures) / plan.batch)))
    for number, part in enumerate(parts):
        keep = some_patches(rng, len(part), fitted.tower.patches, plan.patch_share)
        pixels = normalize(pick_views(pictures, part, rng), plan.mean, plan.std)
        loss = F.mse_loss(fitted.head(fitted.tower(pixels, keep)), wanted[part])
        learn(optimizer, loss, np.pi * (epoch / plan.epochs + number / len(parts) / plan.epochs))


def fit(trunk, pictures, labels, plan, frozen=None):
    """The Fitted of pictures and their labels, one each or a row of them.

    The head comes first, on the frozen trunk; then tower and head together, if the plan's way has it, so that
    the adapter does not start by chasing a random head (Kumar et al., 2022). `frozen` may give what
    frozen_embeddings would.
    """
    seed_everything(plan.seed)
    rng = np.random.default_rng(plan.seed)
    wanted, offset, scale = standardize(labels)
    head = Head(trunk.config['projection_dim'], plan.hidden, wanted.shape[1])
    fit_head(head, frozen or frozen_embeddings(trunk, pictures, plan), wanted, plan, rng)
    tower, learning = trained_parts(trunk, plan)
    fitted = Fitted(tower, head, plan)
    if plan.way != 'head':
        groups = [{'params': list(head.parameters()), 'peak': HEAD_RATE / 4}, {'params': learning, 'peak': RATES[plan.way]}]
        optimizer = torch.optim.AdamW(groups, weight_decay=plan.weight_decay)
        tower.train()
        for epoch in range(plan.epochs):
            fit_epoch(fitted, optimizer, (pictures, wanted), epoch, rng)
    fold_scale(head, offset, scale)
    tower.eval()
    head.eval()
    return fitted
