"""Rated photographs: the ratings files, their split into a training and a held-out part, and the views of each."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from held_out import HELD_OUT, read_rows, split, split_set
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


@dataclass
class Labelled:
    """One part of the photographs of one rated trait."""

    trait: str
    files: list
    labels: np.ndarray
    groups: list        # labels are only comparable within one of them


# The folder of a trait's photographs, that of its ratings, the column, and the column within which it was rated. Beauty
# was rated on the photographs of rated/; complexity within each category.
SOURCES = {
    'valence': ('rated', 'rated', 'valence_mean', None),
    'arousal': ('rated', 'rated', 'arousal_mean', None),
    'beauty': ('rated', 'beauty', 'beauty_mean', None),
    'memorability': ('lnsim', 'lnsim', 'memorability_mean', None),
    'complexity': ('savoias', 'savoias', 'complexity_mean', 'category'),
}


def read_trait(data, trait):
    """(training part, held-out part) of a trait in a folder that is laid out as SOURCES says."""
    photographs, ratings, column, group = SOURCES[trait]
    rated = {row['file']: row for row in read_rows(Path(data) / ratings / 'ratings.csv')}

    def part(rows):
        own = [rated[row['file']] for row in rows]
        return Labelled(trait, [Path(data) / photographs / row['file'] for row in own],
                        np.array([float(row[column]) for row in own]), [row[group] if group else '' for row in own])

    training, held = split_set(data, photographs)
    return part(training), part(held)
