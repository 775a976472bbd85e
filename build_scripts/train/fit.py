"""Fits a trait to a few labels in one of three ways, all with the same head and the same early stopping:

head   on the frozen trunk, whose embeddings are computed once: where the other two start from;
lora   the trunk stays frozen, an adapter beside q, k and v learns with the head (the paper's way);
full   everything learns.

A picture is its views, uint8 [views, 3, size, size]; each epoch sees one of them, mirrored or not, and a
prediction is the mean over all of them.
"""

import copy
from dataclasses import dataclass, field

import numpy as np
import torch
import torch.nn.functional as F

from bfloat import fast_products
from model import Head, attach_lora, load_lora, lora_state
from pictures import MEAN, STD, normalize
from progress import seed_everything

WAYS = ('head', 'lora', 'full')
RATES = {'lora': 5e-4, 'full': 5e-5}     # of the tower's part
HEAD_RATE = 1e-3


@dataclass
class Plan:
    """How to fit: the head alone for `head_steps`, then all for at most `epochs`. A run is stopped after
    `patience` epochs without improvement and the best state kept (the head alone is one of them) when there are
    validation pictures, otherwise all epochs are run."""

    way: str = 'lora'
    head_steps: int = 1000
    epochs: int = 12
    patience: int = 4
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
    """A tower and a head whose raw output is on the labels' own scale, and how the fit went."""

    tower: torch.nn.Module
    head: Head
    plan: Plan
    curve: list = field(default_factory=list)   # (training loss, validation loss) by epoch; None where unknown

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


def some_patches(tower, count, share, rng):
    """Which patches are looked at, [count, kept], or None for all: half of them cost half and regularise."""
    patches = (tower.config['image_size'] // tower.config['patch_size']) ** 2
    kept = round(patches * share)
    if kept >= patches:
        return None
    return torch.from_numpy(np.argsort(rng.random((count, patches)), 1)[:, :kept].copy())


def target_loss(outputs, wanted, classes):
    """Cross-entropy for classes, else a squared error on standardised labels."""
    if classes:
        return F.cross_entropy(outputs, wanted)
    return F.mse_loss(outputs, wanted)


def pick_views(pictures, rows, rng):
    """One view of each picture, mirrored or not."""
    chosen = []
    for row in rows:
        view = pictures[row][int(rng.integers(len(pictures[row])))]
        chosen.append(view.flip(2) if rng.random() < 0.5 else view)
    return torch.stack(chosen)


def standardize(labels, classes):
    """Labels as the loss wants them, with the offset and scale that undo it."""
    if classes:
        return torch.as_tensor(labels, dtype=torch.long), 0.0, 1.0
    labels = torch.as_tensor(labels, dtype=torch.float32).reshape(len(labels), -1)
    offset = labels.mean(0)
    scale = labels.std(0, unbiased=False).clamp(min=1e-6)
    return (labels - offset) / scale, offset, scale


def fold_scale(head, offset, scale):
    """Makes the last layer answer on the labels' own scale."""
    last = list(head.children())[-1]
    with torch.no_grad():
        scale = torch.as_tensor(scale)
        last.weight.mul_(scale.reshape(-1, 1) if scale.dim() else scale)
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


def snapshot(tower, head, plan):
    """What must be kept of the best epoch."""
    state = lora_state(tower) if plan.way == 'lora' else \
        copy.deepcopy(tower.state_dict()) if plan.way == 'full' else None
    return state, copy.deepcopy(head.state_dict())


def restore(tower, head, plan, kept):
    """Goes back to a snapshot."""
    state, head_state = kept
    if plan.way == 'lora':
        load_lora(tower, state)
    elif plan.way == 'full':
        tower.load_state_dict(state)
    head.load_state_dict(head_state)


def frozen_embeddings(trunk, pictures, plan):
    """The frozen trunk's embeddings of every view and its mirror image: [2 * views, projection_dim] a picture."""
    return [torch.cat([embed(trunk, views, plan), embed(trunk, views.flip(3), plan)]) for views in pictures]


def fit_head(head, frozen, rows, wanted, plan, classes, rng):
    """Fits the head on frozen embeddings."""
    whiten(head, torch.cat([frozen[row] for row in rows]))
    optimizer = torch.optim.AdamW(head.parameters(), weight_decay=plan.weight_decay)
    for step in range(plan.head_steps):
        for group in optimizer.param_groups:
            group['lr'] = HEAD_RATE * 0.5 * (1 + np.cos(np.pi * step / plan.head_steps))
        chosen = rng.choice(len(rows), min(plan.batch, len(rows)), replace=False)
        inputs = torch.stack([frozen[rows[i]][int(rng.integers(len(frozen[rows[i]])))] for i in chosen])
        loss = target_loss(head(inputs), wanted[chosen], classes)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def fit_epoch(tower, head, optimizer, rates, pictures, rows, wanted, plan, classes, rng, done):
    """One epoch of tower and head together; the mean loss. `done` is the share of the run before it."""
    losses = []
    parts = np.array_split(rng.permutation(len(rows)), int(np.ceil(len(rows) / plan.batch)))
    for number, part in enumerate(parts):
        share = done + number / len(parts) / plan.epochs
        for group, rate in zip(optimizer.param_groups, rates):
            group['lr'] = rate * 0.5 * (1 + np.cos(np.pi * share))
        keep = some_patches(tower, len(part), plan.patch_share, rng)
        pixels = normalize(pick_views(pictures, rows[part], rng), plan.mean, plan.std)
        with fast_products():
            embeddings = tower(pixels, keep)
        loss = target_loss(head(embeddings.float()), wanted[part], classes)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return float(np.mean(losses))


def fit(trunk, pictures, labels, plan, validation=(), classes=0, frozen=None):
    """Fits the rows outside of `validation` and stops early on those inside it.

    The head comes first, on the frozen trunk; then tower and head together, if the plan's way has it, so that
    the adapter does not start by chasing a random head (Kumar et al., 2022). `frozen` may give what
    frozen_embeddings would.
    """
    seed_everything(plan.seed)
    rng = np.random.default_rng(plan.seed)
    held = sorted(set(int(row) for row in validation))
    rows = np.array([row for row in range(len(pictures)) if row not in set(held)])
    wanted, offset, scale = standardize([labels[row] for row in rows], classes)
    head = Head(trunk.config['projection_dim'], plan.hidden, classes or wanted.shape[1])
    frozen = frozen or frozen_embeddings(trunk, pictures, plan)
    fit_head(head, frozen, rows, wanted, plan, classes, rng)
    tower, learning = trained_parts(trunk, plan)

    def held_out():
        return held_loss(tower, head, plan, pictures, held, labels, offset, scale, classes) if held else None

    best = held_out()
    kept, waited, curve = snapshot(tower, head, plan), 0, [(None, best)]
    if plan.way != 'head':
        optimizer = torch.optim.AdamW([{'params': list(head.parameters())}, {'params': learning}],
                                      weight_decay=plan.weight_decay)
        rates = (HEAD_RATE / 4, RATES[plan.way])
        for epoch in range(plan.epochs):
            tower.train()
            loss = fit_epoch(tower, head, optimizer, rates, pictures, rows, wanted, plan, classes, rng,
                             epoch / plan.epochs)
            curve.append((loss, held_out()))
            if not held:
                continue
            waited += 1
            if curve[-1][1] < best:
                best, kept, waited = curve[-1][1], snapshot(tower, head, plan), 0
            if waited >= plan.patience:
                break
        if held:
            restore(tower, head, plan, kept)
    fold_scale(head, offset, scale)
    return Fitted(tower.eval(), head.eval(), plan, curve)


@torch.no_grad()
def held_loss(tower, head, plan, pictures, held, labels, offset, scale, classes):
    """The loss on the pictures that only decide when to stop."""
    tower.eval()
    outputs = torch.stack([head(embed(tower, pictures[row], plan)).mean(0) for row in held])
    if classes:
        wanted = torch.as_tensor([labels[row] for row in held])
    else:
        wanted = torch.as_tensor([labels[row] for row in held], dtype=torch.float32).reshape(len(held), -1)
        wanted = (wanted - offset) / scale
    return target_loss(outputs, wanted, classes).item()
