"""Rated photographs: the ratings file, its split into a training and a test part, and the views of each."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from held_out import HELD_OUT, read_rows, split
from pictures import open_picture, views_of
from progress import save_whole

TRAITS = ('valence', 'arousal')


@dataclass
class Rated:
    """Rated photographs in a fixed order that has nothing to do with their contents."""

    files: list
    means: np.ndarray   # [count, 2]: valence, arousal, 1..7
    categories: list    # what is shown, in the set's own words; never trained on

    def __len__(self):
        return len(self.files)

    def pictures(self, preprocess, work):
        """The views of every photograph, uint8 [views, 3, size, size] each; kept in `work` for the next run."""
        key = json.dumps([preprocess, [path.name for path in self.files]])
        cache = Path(work) / f'rated-{hashlib.sha256(key.encode()).hexdigest()[:12]}.pt'
        if not cache.exists():
            save_whole([views_of(open_picture(path), preprocess) for path in self.files], cache)
        return torch.load(cache)


def read_ratings(path):
    """(training part, test part) of a ratings file: file, valence_mean and arousal_mean beside the pictures."""
    path = Path(path)

    def part(rows):
        means = np.array([[float(row[f'{trait}_mean']) for trait in TRAITS] for row in rows], np.float32)
        return Rated([path.parent / row['file'] for row in rows], means, [row['category'] for row in rows])

    train, held = split(read_rows(path), HELD_OUT['rated'], lambda row: row['file'])
    return part(train), part(held)
