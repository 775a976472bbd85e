"""The human ratings of valence and arousal: reading them, and the split by photograph."""

import csv
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from pictures import open_picture, views_of
from progress import save_whole

TRAITS = ('valence', 'arousal')
TEST_SHARE = 184 / 584


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


def shuffled_key(name):
    """Orders photographs by a hash of their names."""
    return hashlib.sha256(Path(name).stem.encode()).hexdigest()


def read_ratings(path):
    """(training part, test part) of a ratings file: file, valence_mean and arousal_mean beside the pictures."""
    path = Path(path)
    with open(path, newline='') as file:
        rows = sorted(csv.DictReader(file), key=lambda row: shuffled_key(row['file']))
    cut = round(len(rows) * TEST_SHARE)

    def part(rows):
        means = np.array([[float(row[f'{trait}_mean']) for trait in TRAITS] for row in rows], np.float32)
        return Rated([path.parent / row['file'] for row in rows], means, [row['category'] for row in rows])

    return part(rows[cut:]), part(rows[:cut])
