"""Ridge regression on features whose mean square is 1 a row, so that a penalty means the same for all features."""

from dataclasses import dataclass

import numpy as np

FOLDS = 5
PENALTIES = 10.0 ** np.arange(-3, 3.5, 0.5)


@dataclass
class Linear:
    """weights . features + offset."""

    weights: np.ndarray
    offset: float

    def tell(self, features):
        """What it tells of each row."""
        return features.astype(np.float64) @ self.weights + self.offset

    def __add__(self, other):
        return Linear(self.weights + other.weights, self.offset + other.offset)


def fit_ridge(features, labels, penalty):
    """Ridge, by the smaller of the two systems of equations. @returns a Linear on the features as they are"""
    mean, offset = features.mean(0, dtype=np.float64), labels.mean(dtype=np.float64)
    x, y = features - mean, labels - offset
    scale = np.sqrt((x * x).sum(1).mean())
    x = x / scale
    if len(x) > x.shape[1]:
        weights = np.linalg.solve(x.T @ x + penalty * np.eye(x.shape[1]), x.T @ y)
    else:
        weights = x.T @ np.linalg.solve(x @ x.T + penalty * np.eye(len(x)), y)
    weights = weights / scale
    return Linear(weights, offset - mean @ weights)


def fit_best_ridge(features, labels):
    """Ridge with the one of PENALTIES whose five-fold error on these rows is the smallest."""
    fold = np.random.default_rng(0).permutation(len(labels)) % FOLDS

    def error(penalty):
        return sum(((fit_ridge(features[fold != f], labels[fold != f], penalty).tell(features[fold == f])
                     - labels[fold == f]) ** 2).sum() for f in range(FOLDS))

    return fit_ridge(features, labels, min(PENALTIES, key=error))
