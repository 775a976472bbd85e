"""Tests of how a rated trait is fitted and how far off it is said to be: python3 -m unittest discover -s tests/train"""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / 'build_scripts' / 'train'))
import one_thread  # noqa: E402,F401

import numpy as np  # noqa: E402

from hints import Unrated, fit_with_hints  # noqa: E402
from measures import prediction_interval  # noqa: E402
from ridge import fit_best_ridge, fit_ridge  # noqa: E402


class RidgeTest(unittest.TestCase):
    def test_both_systems_of_equations_have_one_answer(self):
        rng = np.random.default_rng(0)
        wide, labels = rng.normal(size=(12, 30)) + 3, rng.normal(size=12)
        ours = fit_ridge(wide, labels, 0.5)
        x = wide - wide.mean(0)
        x /= np.sqrt((x * x).sum(1).mean())
        theirs = x @ np.linalg.solve(x.T @ x + 0.5 * np.eye(30), x.T @ (labels - labels.mean())) + labels.mean()
        np.testing.assert_allclose(ours.tell(wide), theirs, atol=1e-9)

    def test_without_penalty_it_finds_the_line(self):
        rng = np.random.default_rng(1)
        features, weights = rng.normal(size=(50, 4)), np.array([1.0, -2, 0.5, 3])
        found = fit_ridge(features, features @ weights + 7, 1e-12)
        np.testing.assert_allclose(found.weights, weights, atol=1e-6)
        self.assertAlmostEqual(found.offset, 7, places=6)

    def test_noise_alone_gets_the_greatest_penalty(self):
        rng = np.random.default_rng(2)
        found = fit_best_ridge(rng.normal(size=(60, 40)), rng.normal(size=60))
        self.assertLess(np.abs(found.weights).max(), 0.02)


class HintsTest(unittest.TestCase):
    def test_what_nobody_rated_teaches(self):
        """The embedding is a blurred view of what the teachers see; few ratings cannot show which way to look."""
        rng = np.random.default_rng(3)
        truth, blur = rng.normal(size=20), rng.normal(size=(20, 100))

        def draw(count):
            seen = rng.normal(size=(count, 20))
            return seen, seen @ blur + rng.normal(size=(count, 100)) * 4

        (rated, embeddings), (others, unrated), (new, unseen) = draw(40), draw(3000), draw(500)
        labels = rated @ truth
        hinted = fit_with_hints(embeddings, rated, labels, Unrated(unrated, others)).tell(unseen)
        alone = fit_best_ridge(embeddings, labels).tell(unseen)
        wanted = new @ truth
        self.assertGreater(np.corrcoef(hinted, wanted)[0, 1], np.corrcoef(alone, wanted)[0, 1] + 0.1)


class IntervalTest(unittest.TestCase):
    def test_it_holds_the_share_that_it_says(self):
        rng = np.random.default_rng(4)
        told, wanted = np.zeros(2000), rng.normal(size=2000)
        interval = prediction_interval(told, wanted)
        new = rng.normal(size=20000)
        self.assertAlmostEqual(((new > -interval['below']) & (new < interval['above'])).mean(), 0.9, delta=0.02)
        self.assertEqual(interval['pictures'], 2000)

    def test_few_pictures_give_their_extremes(self):
        self.assertEqual(prediction_interval([0, 0, 0], [-2, 1, 5]), {'coverage': 0.9, 'below': 2, 'above': 5, 'pictures': 3})

    def test_an_end_is_never_on_the_wrong_side(self):
        self.assertEqual(prediction_interval([0, 0], [3, 4])['below'], 0)


if __name__ == '__main__':
    unittest.main()
