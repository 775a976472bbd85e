"""Writes linear_fits.json: small regressions, and what scikit-learn makes of them, for tests/js/teach-fits.test.mjs.

    python3 -m venv judge && judge/bin/pip install scikit-learn
    judge/bin/python tests/golden/linear_fits.py

The penalties are those that web/lib/teach/linear-fit.js tries; for each label left out in turn the fit is made anew here,
where the engine has a closed form.
"""

import json
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge

PENALTIES = [0.1, 0.3, 1, 3, 10, 30]
COUNT, WIDTH = 24, 5


def left_out(rows, targets, penalty):
    """The sum of squared errors of ridge regression when each row is left out in turn."""
    error = 0.0
    for row in range(len(rows)):
        others = np.arange(len(rows)) != row
        fit = Ridge(alpha=penalty, tol=1e-12, solver='cholesky').fit(rows[others], targets[others])
        error += float(((fit.predict(rows[row:row + 1]) - targets[row]) ** 2).sum())
    return error


def numbers(rng):
    rows = rng.normal(size=(COUNT, WIDTH))
    targets = rows @ rng.normal(size=WIDTH) + 3 + rng.normal(size=COUNT)
    errors = [left_out(rows, targets, penalty) for penalty in PENALTIES]
    penalty = PENALTIES[int(np.argmin(errors))]
    fit = Ridge(alpha=penalty, solver='cholesky').fit(rows, targets)
    return {'rows': rows.tolist(), 'targets': targets.tolist(), 'penalty': penalty,
            'line': fit.coef_.tolist(), 'bias': float(fit.intercept_)}


def pairs(rng):
    differences = rng.normal(size=(COUNT, WIDTH))
    truth = 2 * rng.normal(size=WIDTH)
    chance = 1 / (1 + np.exp(-(differences @ truth)))
    rows = np.where((rng.random(COUNT) < chance)[:, None], differences, -differences)
    mirrored = np.concatenate([rows, -rows])     # scikit-learn wants both outcomes: each pair once from either side
    outcomes = np.repeat([1, 0], COUNT)
    lines = [LogisticRegression(C=1 / penalty, fit_intercept=False, tol=1e-12, max_iter=10000)
             .fit(mirrored, outcomes, sample_weight=np.full(2 * COUNT, 0.5)).coef_[0].tolist() for penalty in PENALTIES]
    return {'rows': rows.tolist(), 'lines': lines}


def classes(rng):
    rows = rng.normal(size=(3 * COUNT, WIDTH))
    labels = np.argmax(rows[:, :3] + 0.5 * rng.normal(size=(3 * COUNT, 3)), axis=1)
    fits = []
    for penalty in PENALTIES:
        fit = LogisticRegression(C=4 / penalty, tol=1e-12, max_iter=10000).fit(rows, labels)
        fits.append(fit.predict_proba(rows[:6]).tolist())
    return {'rows': rows.tolist(), 'labels': labels.tolist(), 'probabilities': fits}


def main():
    rng = np.random.default_rng(7)
    fixture = {'numbers': numbers(rng), 'pairs': pairs(rng), 'classes': classes(rng)}
    text = json.dumps(fixture, separators=(',', ':'))
    (Path(__file__).parent / 'linear_fits.json').write_text(text + '\n')


if __name__ == '__main__':
    main()
