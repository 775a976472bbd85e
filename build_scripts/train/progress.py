"""What every long run shares: seeds, a progress bar, and files that are whole or absent."""

import os
import sys
import time
from pathlib import Path

import numpy as np
import torch


def seed_everything(seed):
    """Seeds PyTorch and NumPy's old generator; new code takes a Generator of its own."""
    torch.manual_seed(seed)
    np.random.seed(seed % 2 ** 32)


def save_whole(state, path):
    """torch.save, so that a run that is stopped never leaves half a file."""
    part = Path(f'{path}.part')
    part.parent.mkdir(parents=True, exist_ok=True)
    torch.save(state, part)
    os.replace(part, path)


class Progress:
    """A bar on stderr with the time that is left; a line now and then where stderr is no terminal."""

    def __init__(self, title, total, done=0):
        self.title, self.total, self.first = title, total, done
        self.start = self.shown = time.monotonic()
        self.live = sys.stderr.isatty()

    def update(self, done, note=''):
        now = time.monotonic()
        last = done >= self.total
        if not last and now - self.shown < (0.5 if self.live else 20):
            return
        self.shown = now
        spent = now - self.start
        left = spent / max(1, done - self.first) * (self.total - done)
        filled = int(24 * done / self.total)
        line = (f'{self.title} [{"#" * filled}{"." * (24 - filled)}] {done}/{self.total} '
                f'{spent:.0f} s, {left:.0f} s left  {note}')
        print(('\r' if self.live else '') + line, end='\n' if last or not self.live else '',
              file=sys.stderr, flush=True)
