"""Reads labels.csv: image,label and optionally rater; a score or a class per picture."""

import csv
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

import numpy as np

from measures import pearson

LEAST_PICTURES = 20


class LabelError(Exception):
    """A sentence about what to correct in the labels."""


@dataclass
class Labels:
    """One label per picture: numbers, or numbers of classes when there are any."""

    files: list
    values: list
    classes: list = field(default_factory=list)
    raters: int = 0
    agreement: dict = field(default_factory=dict)

    @property
    def is_score(self):
        return not self.classes


def plain_text(field):
    """A field without the apostrophe that web/lib/shared/csv.js puts before what a spreadsheet would compute."""
    guarded = re.match(r"'+[=+\-@\t\r]", field) and re.search(r"[^\d.eE+\-; ']", field)
    return field[1:] if guarded else field


def read_rows(path, folder):
    """[(file, label, rater)] of the CSV; every picture must be there."""
    with open(path, newline='', encoding='utf-8-sig') as file:
        reader = csv.DictReader(file)
        if not {'image', 'label'} <= set(reader.fieldnames or ()):
            raise LabelError(f'{path} needs a first line that names the columns image and label.')
        columns = ('image', 'label', 'rater')
        rows = [tuple(plain_text((row.get(column) or '').strip()) for column in columns) for row in reader]
    folder = Path(folder)
    empty = [str(i + 2) for i, row in enumerate(rows) if not row[0] or not row[1]]
    if empty:
        raise LabelError(f'{path}: an image or a label is missing in line {", ".join(empty[:5])}.')
    absent = sorted({row[0] for row in rows if not (folder / row[0]).is_file()})
    if absent:
        raise LabelError(f'{folder} lacks {len(absent)} of the labelled pictures, such as {absent[0]}.')
    return rows


def is_number(text):
    """Whether a label is a finite number."""
    try:
        return bool(np.isfinite(float(text)))
    except ValueError:
        return False


def score_agreement(by_image):
    """The mean correlation of a rater with the mean of all the others, over the pictures that they share."""
    by_rater = defaultdict(dict)
    for image, given in by_image.items():
        for rater, value in given.items():
            others = [v for r, v in given.items() if r != rater]
            if others:
                by_rater[rater][image] = (value, float(np.mean(others)))
    values = {rater: pearson(*zip(*pairs.values())) for rater, pairs in by_rater.items() if len(pairs) >= 5}
    if not values:
        return {}
    return {'measure': 'correlation of a rater with the mean of the others',
            'mean': float(np.mean(list(values.values()))), 'raters': values}


def class_agreement(by_image):
    """The share of pairs of raters who chose the same class for a picture."""
    same = [a == b for given in by_image.values() for a, b in combinations(given.values(), 2)]
    if not same:
        return {}
    return {'measure': 'share of pairs of raters who agree', 'mean': float(np.mean(same)), 'pairs': len(same)}


def read_labels(path, folder):
    """Labels with the raters of a picture averaged (scores) or outvoted (classes; ties go to the first)."""
    rows = read_rows(path, folder)
    scores = all(is_number(row[1]) for row in rows)
    by_image = defaultdict(dict)
    for number, (image, label, rater) in enumerate(rows):
        key = rater or 'only'
        if key in by_image[image]:
            who = f'by {rater}' if rater else 'and no column tells the raters apart'
            raise LabelError(f'{path}: {image} is labelled twice {who} (line {number + 2}).')
        by_image[image][key] = float(label) if scores else label
    if len(by_image) < LEAST_PICTURES:
        raise LabelError(f'{path} labels {len(by_image)} pictures; at least {LEAST_PICTURES} are needed.')
    files = [Path(folder) / image for image in by_image]
    raters = len({row[2] for row in rows if row[2]})
    if scores:
        values = [float(np.mean(list(given.values()))) for given in by_image.values()]
        if len(set(values)) < 3:
            raise LabelError(f'{path} has only {len(set(values))} different scores: use words, as classes.')
        return Labels(files, values, raters=raters, agreement=score_agreement(by_image))
    voted = [Counter(given.values()).most_common(1)[0][0] for given in by_image.values()]
    classes = sorted(set(voted))
    rare = [name for name in classes if voted.count(name) < 3]
    if len(classes) < 2 or rare:
        raise LabelError(f'{path} needs at least two classes with three pictures each'
                         f'{"; too few for " + ", ".join(rare[:5]) if rare else ""}.')
    return Labels(files, [classes.index(name) for name in voted], classes, raters, class_agreement(by_image))
