"""Which rated photographs no stage of training may see: a fixed share of each set, in the order of a hash of the file's name.

Every script that reads a rated set asks here. The held-out part is for the evidence alone, at the very end: it is not
distilled on, no fit is chosen by it, no step of training ends because of it. A photograph of it that is a training one under
another name is left out of both. Beauty was rated on the pictures of `rated/` and shares its rule.
"""

import csv
import hashlib
from pathlib import Path

# The share of each folder that is held out.
HELD_OUT = {'rated': 184 / 584, 'lnsim': 0.2, 'savoias': 0.2}


def shuffled_key(name):
    """Orders photographs by a hash of their names."""
    return hashlib.sha256(Path(name).stem.encode()).hexdigest()


def split(items, share, name=lambda item: item):
    """(what may be trained on, what is held out), each in an order that has nothing to do with contents."""
    ordered = sorted(items, key=lambda item: shuffled_key(name(item)))
    cut = round(len(ordered) * share)
    return ordered[cut:], ordered[:cut]


def read_rows(path):
    """The rows of a ratings file."""
    with open(path, newline='') as file:
        return list(csv.DictReader(file))


def split_set(data, folder):
    """(training rows, held-out rows) of DATA/FOLDER/ratings.csv."""
    folder, share = Path(data) / folder, HELD_OUT[folder]
    training, held = split(read_rows(folder / 'ratings.csv'), share, lambda row: row['file'])

    def content(row):
        return hashlib.sha256((folder / row['file']).read_bytes()).digest()

    seen = set(map(content, training))
    return training, [row for row in held if content(row) not in seen]
