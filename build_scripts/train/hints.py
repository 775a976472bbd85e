"""What photographs that nobody rated tell of a trait: the teachers' word for them.

Both teachers know the world better than the trunk. Ridge on their features, fitted to the rated photographs, tells a trait
of thousands of others; a head on the trunk's embedding learns that, then what is left of the ratings themselves.
"""

from dataclasses import dataclass

import numpy as np
import torch

from fit import Plan, embed
from fixed_views import WHOLE, cut_box
from gather import Gathered
from ridge import fit_best_ridge, fit_ridge
from teach import taught

FOLDER = 'unlabelled/'
BATCH = 50
HINT_PENALTY, REST_PENALTY = 0.1, 10    # found on the trunk after 2,607 steps, by folds as in traits.py


@dataclass
class Unrated:
    """Photographs that nobody rated."""

    embeddings: np.ndarray      # the trunk's, [n, projection_dim]
    taught: np.ndarray          # both teachers' pooled features, [n, 2304]


def read_unrated(work, trunk):
    """All training photographs of unlabelled/, whole."""
    gathered, done, size = Gathered(work), taught(work), trunk.config['image_size']
    numbers = [i for i in gathered.part('train') if gathered.rows[i]['file'].startswith(FOLDER) and done[i, 0]]
    found = []
    for start in range(0, len(numbers), BATCH):
        views = np.stack([cut_box(gathered.image(number), WHOLE, size) for number in numbers[start:start + BATCH]])
        found.append(embed(trunk, torch.from_numpy(views).permute(0, 3, 1, 2), Plan(), BATCH).numpy())
    return Unrated(np.concatenate(found), np.load(work / 'pooled.npy', mmap_mode='r')[numbers, 0].astype(np.float64))


def fit_with_hints(embeddings, features, labels, unrated):
    """A Linear on the trunk's embedding. @param features the teachers' of the rated photographs"""
    teacher = fit_best_ridge(features, labels)
    hints = np.concatenate([teacher.tell(unrated.taught), teacher.tell(features)])
    told = fit_ridge(np.concatenate([unrated.embeddings, embeddings]), hints, HINT_PENALTY)
    return told + fit_ridge(embeddings, labels - told.tell(embeddings), REST_PENALTY)
