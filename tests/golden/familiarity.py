#!/usr/bin/env python3
"""Writes familiarity.json: squared distances of seeded embeddings, and the shares of measured ones that lie at least as far, by
numpy in double precision. Needs numpy.

    tests/golden/familiarity.py
"""
import json
import pathlib

import numpy as np

from generator import normals

HERE = pathlib.Path(__file__).parent
WIDTH, AXES = 128, 5


def distance(embedding, mean, axes, power, rest):
    centred = embedding.astype(np.float64) - mean.astype(np.float64)
    parts = axes.astype(np.float64) @ centred
    return float((parts ** 2 / power.astype(np.float64)).sum() + ((centred ** 2).sum() - (parts ** 2).sum()) / float(rest[0]))


def familiar(far, found):
    return float(1 - np.searchsorted(far.astype(np.float64), found) / len(far))


def seeded():
    """The mean and the axes are made again from their seeds; as axes go these are not quite orthonormal, which the formula allows."""
    mean = normals(31, 'mean', [WIDTH], 0.5)
    axes = normals(31, 'axes', [AXES, WIDTH], WIDTH ** -0.5)
    power = np.array([40, 20, 9, 4, 2.5], np.float32)
    rest = np.array([0.7], np.float32)
    far = np.geomspace(1, 1e5, 60).astype(np.float32)
    cases = []
    for seed in range(14):
        embedding = normals(100 + seed, 'embedding', [WIDTH], 0.05 * 2 ** seed)
        found = distance(embedding, mean, axes, power, rest)
        cases.append({'seed': 100 + seed, 'deviation': 0.05 * 2 ** seed, 'distance': found, 'familiar': familiar(far, found)})
    return {'width': WIDTH, 'axes': AXES, 'power': power.tolist(), 'rest': rest.tolist(), 'far': far.tolist(), 'cases': cases}


def ties():
    """Distances that are whole numbers: what lies exactly as far counts among those that do."""
    far = np.array([1, 4, 25, 25, 36], np.float32)
    zero, axis, one = np.zeros(2, np.float32), np.array([[1, 0]], np.float32), np.ones(1, np.float32)
    rows = [[0, 1], [3, 4], [5, 0], [0, 6], [7, 0], [0, 0]]
    found = [distance(np.array(row, np.float32), zero, axis, one, one) for row in rows]
    return {'far': far.tolist(), 'cases': [{'embedding': row, 'distance': each, 'familiar': familiar(far, each)}
                                           for row, each in zip(rows, found)]}


if __name__ == '__main__':
    (HERE / 'familiarity.json').write_text(json.dumps({'seeded': seeded(), 'ties': ties()}, indent=1) + '\n')
