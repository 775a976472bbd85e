"""Distillation, third: the trunk learns from both teachers, and about degradation, colour and layout (lessons.py).

The schedule is a warm-up, a plateau and a straight decline over the last part of the steps. Before the decline begins,
a run may still be made longer or shorter (--steps, --decline), so that it can be trained in several sittings (--minutes)
and a usable trunk branched off at any time: copy the checkpoint and give steps whose decline begins at its step.

Everything follows from the seed and the step: a stopped run goes on exactly where it was. One that stops before its last step
writes no trunk and exits with status 75. Single precision throughout.

    distill.py --work WORK --checkpoint FILE [--steps N] [--decline SHARE] [--whole SHARE] [--minutes M] [--trunk FOLDER] [--compact FILE]
"""

import argparse
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from distill_state import start, write_compact
from lessons import WEIGHTS, student_losses, total
from lessons_data import batches, what_is_known
from muon import Both
from pictures import normalize
from progress import Progress, save_whole
from school import School
from teach import read_views
from trunk import write_trunk

CONTENT, LADDERS = 100, 6           # content views in a step, and ladders of which two rungs are seen
WARMUP, PEAK_RATE = 20, 5e-4
WEIGHT_DECAY, LARGEST_GRADIENT = 0.05, 1.0
SAVE_EVERY = 600                    # seconds
UNFINISHED = 75                     # the exit status of a run that stopped before its last step
CHECK_EVERY = 100                   # steps
SETTINGS = 'width', 'layers', 'patch', 'size', 'seed', 'rate', 'share', 'begin'      # of a new run, kept in its checkpoint


@dataclass
class Schedule:
    """How many steps, over which share of them the rate declines, and over which last share all patches are looked at."""
    steps: int
    decline: float = 0.2
    whole: float = 0.2

    def rate(self, step, peak=PEAK_RATE):
        """The learning rate of a step."""
        return peak * min(1, (step + 1) / WARMUP, (self.steps - step) / (self.decline * self.steps))

    def whole_from(self):
        """The step from which all patches are looked at."""
        return round((1 - self.whole) * self.steps)


class Run:
    """A run of distillation: what learns, its optimiser, and the step that comes next."""

    def __init__(self, work, checkpoint, settings, renew=False):
        self.work, self.checkpoint = work, checkpoint
        state = torch.load(checkpoint, weights_only=True) if checkpoint.exists() else None
        self.settings = state['settings'] if state else settings
        self.known = state['known'] if state and not renew else what_is_known(work)
        self.tower, self.lessons = start(work, self.settings, self.known, state)
        self.optimizer = Both(self.tower, self.lessons, WEIGHT_DECAY)
        self.step, self.log = 0, []
        if state:
            self.step, self.log = state['step'], state['log']
            if 'optimizer' in state:
                self.optimizer.load_state_dict(state['optimizer'])

    def learn(self, batch, schedule):
        """One step; its losses."""
        losses = student_losses(self.tower, self.lessons, normalize, batch)
        self.optimizer.zero_grad()
        total(losses).backward()
        nn.utils.clip_grad_norm_(self.optimizer.parameters, LARGEST_GRADIENT)
        self.optimizer.step(schedule.rate(self.step, self.settings['rate']))
        self.step += 1
        return np.array([losses[name].item() for name in WEIGHTS])

    def save(self):
        """The whole state."""
        save_whole({'step': self.step, 'settings': self.settings, 'known': self.known, 'log': self.log,
                    'tower': self.tower.state_dict(), 'lessons': self.lessons.state_dict(),
                    'optimizer': self.optimizer.state_dict()}, self.checkpoint)


def train(run, schedule, minutes):
    """Trains until the schedule's end, for `minutes` or until SIGTERM, with a check on validation photographs now and then."""
    told_to_end, steps = [], schedule.steps
    before = signal.signal(signal.SIGTERM, lambda *_: told_to_end.append(True))
    school, began, saved = School(run.work, run.settings), time.monotonic(), time.monotonic()
    progress, recent, seen = Progress('distill', steps, run.step), np.zeros(len(WEIGHTS)), 0
    for batch in batches(run.work, run.settings, run.known, run.step, steps, schedule.whole_from()):
        recent, seen = recent + 0.02 * (run.learn(batch, schedule) - recent), seen + 1
        told = recent / (1 - 0.98 ** seen)
        progress.update(run.step, ' '.join(f'{name} {loss:.3f}' for name, loss in zip(WEIGHTS, told)))
        late = told_to_end or minutes and time.monotonic() - began > 60 * minutes
        if run.step % CHECK_EVERY == 0 or run.step == steps or late:
            found = school.check(run.tower, run.lessons)
            run.log.append({'step': run.step, 'seconds': time.monotonic() - began, **found})
            print(f'step {run.step}: ' + ' '.join(f'{name} {value:.4f}' for name, value in found.items()), flush=True)
        if late:
            break
        if time.monotonic() - saved > SAVE_EVERY:
            run.save()
            saved = time.monotonic()
    run.save()
    signal.signal(signal.SIGTERM, before)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--work', required=True, type=Path, help='the folder that gather, teach and views wrote to')
    parser.add_argument('--checkpoint', required=True, type=Path, help='read if it exists, and written')
    parser.add_argument('--steps', type=int, default=60000, help='steps of the whole schedule')
    parser.add_argument('--decline', type=float, default=Schedule.decline, help='share of the steps over which the rate declines')
    parser.add_argument('--whole', type=float, default=Schedule.whole, help='last share of the steps in which all patches are looked at')
    parser.add_argument('--minutes', type=float, help=f'stop after this time, with status {UNFINISHED}; a later run goes on')
    parser.add_argument('--renew', action='store_true', help='take up what has been taught and cut since the run began')
    parser.add_argument('--trunk', type=Path, help='write the trunk there after the last step')
    parser.add_argument('--compact', type=Path, help='write a small checkpoint there: weights in half precision')
    parser.add_argument('--threads', type=int, default=2)
    for word, value in (('width', 256), ('layers', 6), ('patch', 16), ('size', 128), ('seed', 1)):
        parser.add_argument(f'--{word}', type=int, default=value, help='of a new run')
    parser.add_argument('--rate', type=float, default=PEAK_RATE, help='of a new run')
    parser.add_argument('--share', type=float, default=0.5, help='of the patches looked at before --whole; of a new run')
    parser.add_argument('--begin', default='', help='a trunk folder that a new run starts from, of the same shape')
    return parser.parse_args()


def main():
    args = parse_arguments()
    torch.set_num_threads(args.threads)
    settings = {'teach_seed': read_views(args.work)['seed'], 'content': CONTENT, 'ladders': LADDERS}
    settings.update({word: getattr(args, word) for word in SETTINGS})
    run = Run(args.work, args.checkpoint, settings, args.renew)
    print(f'{sum(p.numel() for p in run.tower.parameters()) / 1e6:.2f} million parameters, {run.settings}', flush=True)
    if run.step < args.steps:
        train(run, Schedule(args.steps, args.decline, args.whole), args.minutes)
    if args.compact:
        write_compact(run, args.compact)
    if run.step < args.steps:
        print(f'stopped after step {run.step} of {args.steps}: the same command goes on', file=sys.stderr)
        return UNFINISHED
    if args.trunk:
        write_trunk(run.tower, args.trunk)
    return 0


if __name__ == '__main__':
    sys.exit(main())
