"""What every long run shares: seeds, a progress bar, files that are whole or absent, and data that are of one making."""

import hashlib
import json
import os
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch


def seed_everything(seed):
    """Seeds PyTorch and NumPy's old generator; new code takes a Generator of its own."""
    torch.manual_seed(seed)
    np.random.seed(seed % 2 ** 32)


@contextmanager
def in_place_of(path):
    """The path to write instead, which takes the place of `path` once it is written: a run that is stopped never leaves half
    a file. The folder is made."""
    part = Path(f'{path}.part')
    part.parent.mkdir(parents=True, exist_ok=True)
    yield part
    os.replace(part, path)


def save_whole(state, path):
    """torch.save to a file that is whole or absent."""
    with in_place_of(path) as part:
        torch.save(state, part)


def write_whole(path, text):
    """The same of a text."""
    with in_place_of(path) as part:
        part.write_text(text)


def save_arrays(path, **arrays):
    """The same of np.savez, under the path as it is."""
    with in_place_of(path) as part, open(part, 'wb') as file:
        np.savez(file, **arrays)


def make_array(path, shape, dtype):
    """An .npy file of zeros for workers to fill, unless an earlier run made it."""
    if not path.exists():
        with in_place_of(path) as part:
            np.lib.format.open_memmap(part, 'w+', dtype, shape).flush()


def digest(names):
    """What tells a list of names from another one."""
    return hashlib.sha256('\n'.join(map(str, names)).encode()).hexdigest()


def of_one_making(path, settings, data, remove):
    """Keeps what the files `data` are made with at `path`, before they are made. Refuses other settings, and data without
    theirs: half of either is of no use. @param remove what must go for a new start, in words"""
    if path.exists() and json.loads(path.read_text()) == settings:
        return
    if path.exists() or any(each.exists() for each in data):
        raise SystemExit(f'{path.parent} holds data of other settings, of other photographs or of an earlier version: remove '
                         f'{remove} to make them anew.')
    write_whole(path, json.dumps(settings) + '\n')


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
