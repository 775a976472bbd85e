"""Rated photographs: the ratings of five traits, their split into a training and a held-out part, and the views."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from held_out import read_rows, split_set
from measures import within
from pictures import open_picture, views_of
from progress import save_whole

# The folder of a trait's photographs, that of its ratings, the column of the mean, and the column of what is shown.
# Beauty was rated on the photographs of rated/.
SOURCES = {
    'valence': ('rated', 'rated', 'valence_mean', 'category'),
    'arousal': ('rated', 'rated', 'arousal_mean', 'category'),
    'beauty': ('rated', 'beauty', 'beauty_mean', None),
    'memorability': ('lnsim', 'lnsim', 'memorability_mean', None),
    'complexity': ('savoias', 'savoias', 'complexity_mean', 'category'),
}
TRAITS = tuple(SOURCES)
WITHIN = ('complexity',)    # rated within each category, on scales that have nothing to do with each other


@dataclass
class Rated:
    """One part of a trait's photographs, in a fixed order that has nothing to do with their contents."""

    trait: str
    files: list
    labels: np.ndarray  # mean ratings; of a trait in WITHIN, shifted so that every category has the same mean
    categories: list    # what is shown, in the set's own words, '' where it does not say; never trained on

    def __len__(self):
        return len(self.files)

    @property
    def groups(self):
        """The photographs among which ratings are comparable: {group: their numbers}."""
        names = np.array(self.categories if self.trait in WITHIN else [''] * len(self))
        return {name: np.flatnonzero(names == name) for name in sorted(set(names))}

    def compare(self, measure, told, rows=slice(None)):
        """A measure of what is told of all photographs with their ratings, over those of `rows`, within each group."""
        chosen = np.arange(len(self))[rows]
        names = np.array(self.categories if self.trait in WITHIN else [''] * len(self))[chosen]
        groups = {name: np.flatnonzero(names == name) for name in set(names)}
        return within(groups, measure, told[chosen], self.labels[chosen])

    def pictures(self, preprocess, work):
        """The views of every photograph, uint8 [views, 3, size, size] each; kept in `work` for the next run."""
        key = json.dumps([preprocess, [path.name for path in self.files]])
        cache = Path(work) / f'rated-{hashlib.sha256(key.encode()).hexdigest()[:12]}.pt'
        if not cache.exists():
            save_whole([views_of(open_picture(path), preprocess) for path in self.files], cache)
        return torch.load(cache)


def read_trait(data, trait):
    """(training part, held-out part) of a trait in a folder that is laid out as SOURCES says."""
    photographs, ratings, column, category = SOURCES[trait]
    rated = {row['file']: row for row in read_rows(Path(data) / ratings / 'ratings.csv')}

    def part(rows):
        own = [rated[row['file']] for row in rows]
        return Rated(trait, [Path(data) / photographs / row['file'] for row in own],
                     np.array([float(row[column]) for row in own], np.float32),
                     [row[category] if category else '' for row in own])

    training, held = map(part, split_set(data, photographs))
    if trait in WITHIN:
        make_comparable(training, held)
    return training, held


def make_comparable(training, held):
    """Takes off each category's mean and adds the mean of all, both of the training part."""
    overall = training.labels.mean()
    shifts = {name: overall - training.labels[rows].mean() for name, rows in training.groups.items()}
    for part in (training, held):
        part.labels += np.array([shifts[category] for category in part.categories], np.float32)
