"""Tests of distillation: python3 -m unittest discover -s tests/train"""

import json
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / 'build_scripts' / 'train'))

import one_thread  # noqa: E402,F401

import numpy as np  # noqa: E402
import torch  # noqa: E402
from PIL import Image  # noqa: E402

from distill import Run, learning_rate, train  # noqa: E402
from distill_state import write_compact  # noqa: E402
from gather import Gathered, distilled, gather  # noqa: E402
from held_out import split, split_set  # noqa: E402
from lessons import Lessons, statistics  # noqa: E402
from lessons_data import Steps, damage, tint, what_is_known  # noqa: E402
from probe import ridge_score  # noqa: E402
from questions import descriptor_statistics  # noqa: E402
from measures import spearman, within  # noqa: E402
from ratings import Rated, make_comparable, read_trait  # noqa: E402
from teach import GRID, box_of, files_of, order_of, taught  # noqa: E402
from views import Cut, cut_all, photographs  # noqa: E402

SETTINGS = {'teach_seed': 1, 'content': 4, 'ladders': 2, 'width': 64, 'layers': 1, 'patch': 8,
            'size': 32, 'seed': 3, 'rate': 1e-3, 'share': 0.5}


def write_pictures(folder, names, seed):
    """Small noisy pictures."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(seed)
    for name in names:
        coarse = rng.integers(0, 256, (6, 8, 3), dtype=np.uint8)
        Image.fromarray(coarse).resize((80, 60), Image.BICUBIC).save(folder / name)


def make_data(folder):
    """A data folder of the real one's layout."""
    write_pictures(folder / 'unlabelled', [f'u{i}.png' for i in range(40)], 0)
    write_pictures(folder / 'photos', [f'p{i}.png' for i in range(40)], 1)
    for seed, (name, columns) in enumerate({'rated': 'category,valence_mean', 'lnsim': 'memorability_mean',
                                            'savoias': 'complexity_mean,category'}.items(), 2):
        names = [f'{name}{i}.png' for i in range(20)]
        write_pictures(folder / name, names, seed)
        rows = [','.join([each, *(('scenes' if column == 'category' else '1') for column in columns.split(','))])
                for each in names]
        (folder / name / 'ratings.csv').write_text('\n'.join([f'file,{columns}', *rows]) + '\n')


def make_work(data, work):
    """What gather, teach and views leave behind, with answers from chance."""
    gather(data, work)
    rng = np.random.default_rng(0)
    for name, (shape, dtype) in files_of(len(Gathered(work)), 2).items():
        values = np.ones(shape) if name == 'taught' else rng.standard_normal(shape)
        np.save(work / f'{name}.npy', values.astype(dtype))
    (work / 'views.json').write_text(json.dumps({'seed': 1, 'views': 2}))
    for part in ('train', 'validation'):
        paths = photographs(data / 'photos', 'train')[:3]
        cut_all(paths, work / 'views' / part, Cut(0, 2, 40, 72), 1, 1)


class Distillation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.data, cls.work = Path(cls.folder.name) / 'data', Path(cls.folder.name) / 'work'
        make_data(cls.data)
        make_work(cls.data, cls.work)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def run_to(self, checkpoint, steps, minutes=None):
        run = Run(self.work, self.work / checkpoint, SETTINGS)
        train(run, steps, minutes)
        return run

    def test_what_is_held_out_is_never_opened(self):
        used = {Path(name).name for name, _ in distilled(self.data)}
        for folder in ('rated', 'lnsim', 'savoias'):
            training, held = split_set(self.data, folder)
            self.assertTrue(held)
            self.assertFalse(used & {row['file'] for row in held})
            self.assertTrue({row['file'] for row in training} <= used)
        self.assertFalse(used & {path.name for path in photographs(self.data / 'photos', 'test')})

    def test_every_photograph_is_taught_validation_first(self):
        gathered = Gathered(self.work)
        order, validation = order_of(gathered, 1), gathered.part('validation')
        self.assertEqual(sorted(order), list(range(len(gathered))))
        self.assertEqual(list(order[:len(validation)]), list(validation))

    def test_only_what_is_known_is_learnt(self):
        known = what_is_known(self.work)
        known['views'][::2] = False
        known['views'][1::2, 0] = False
        steps = Steps(self.work, SETTINGS, known, 4)
        steps.open()
        self.assertTrue((steps.numbers % 2 == 1).all())
        steps.taught.answers = lambda numbers, views, mirrored: {'views': views}
        self.assertTrue((steps[0]['views'] == 1).all())
        self.assertTrue(taught(self.work).all())

    def test_a_stopped_run_goes_on_exactly(self):
        whole = self.run_to('whole.pt', 6)
        stopped = self.run_to('stopped.pt', 6, minutes=1e-9)
        self.assertEqual(stopped.step, 1)
        resumed = self.run_to('stopped.pt', 6)
        for name, value in whole.tower.state_dict().items():
            self.assertTrue(torch.equal(value, resumed.tower.state_dict()[name]), name)

    def test_the_small_checkpoint_goes_on(self):
        run = self.run_to('first.pt', 3)
        write_compact(run, self.work / 'small.pt')
        again = Run(self.work, self.work / 'small.pt', {})
        self.assertEqual((again.step, again.settings), (3, SETTINGS))
        for name, value in run.tower.state_dict().items():
            self.assertTrue(torch.equal(value.half().float(), again.tower.state_dict()[name]), name)

    def test_every_photograph_once_in_a_pass(self):
        steps = Steps(self.work, SETTINGS, what_is_known(self.work), 4)
        steps.open()
        total = len(steps.numbers)
        seen = np.concatenate([steps.photographs(step) for step in range(-(-total // 4))])[:total]
        self.assertEqual(sorted(seen), sorted(steps.numbers))

    def test_a_mirrored_views_map_is_mirrored(self):
        steps = Steps(self.work, SETTINGS, what_is_known(self.work), 4)
        steps.open()
        both = [steps.taught.answers(np.array([0]), np.array([1]), [turned])['maps'][0].view(GRID, GRID, -1)
                for turned in (False, True)]
        self.assertTrue(torch.equal(both[0].flip(1), both[1]))


    def test_a_trait_keeps_to_the_split(self):
        training, held = read_trait(self.data, 'complexity')
        self.assertEqual((len(training.files), len(held.files)), (16, 4))
        self.assertEqual(list(training.groups), ['scenes'])


    def test_categories_of_complexity_get_one_mean(self):
        part = Rated('complexity', range(4), np.array([1, 3, 50, 60], np.float32), ['a', 'a', 'b', 'b'])
        held = Rated('complexity', range(1), np.array([2], np.float32), ['a'])
        make_comparable(part, held)
        self.assertEqual(part.labels.tolist(), [27.5, 29.5, 23.5, 33.5])
        self.assertEqual(held.labels.tolist(), [28.5])
        self.assertEqual(within(part.groups, spearman, np.array([1, 2, 2, 1]), part.labels), 0)


class Pieces(unittest.TestCase):
    def test_the_split_depends_on_the_name_alone(self):
        names = [f'{i}.jpg' for i in range(50)]
        training, held = split(names, 0.2)
        self.assertEqual((len(training), len(held)), (40, 10))
        self.assertEqual(split(names[::-1], 0.2), (training, held))

    def test_boxes_lie_inside_and_repeat(self):
        self.assertEqual(box_of('a', 0, 1), (0, 0, 1, 1))
        for view in range(1, 30):
            left, top, right, bottom = box_of('a', view, 1)
            self.assertTrue(0 <= left < right <= 1 + 1e-9 and 0 <= top < bottom <= 1 + 1e-9)
            self.assertEqual(box_of('a', view, 1), (left, top, right, bottom))

    def test_the_plateau_does_not_know_the_number_of_steps(self):
        self.assertEqual(learning_rate(5000, 10000), learning_rate(5000, 60000))
        self.assertLess(learning_rate(9990, 10000), 0.01 * learning_rate(5000, 10000))

    def test_untrained_heads_lose_about_one(self):
        torch.manual_seed(0)
        answers = {'pooled': torch.rand(64, 2304) * torch.rand(2304), 'maps': torch.randn(64, 49, 128),
                   'logits': torch.zeros(64, 1001)}
        views = torch.randint(256, (8, 3, 32, 32), dtype=torch.uint8)
        config = {'hidden_size': 16, 'projection_dim': 16, 'image_size': 35, 'patch_size': 5}
        lessons = Lessons(config, statistics(answers), *descriptor_statistics(views))
        for layer in (lessons.pooled, lessons.logits, lessons.maps[1]):
            torch.nn.init.zeros_(layer.weight)
            torch.nn.init.zeros_(layer.bias)
        losses = lessons.content(torch.randn(64, 16), torch.randn(64, 49, 16), answers)
        self.assertAlmostEqual(losses['pooled'].item(), 1, delta=0.05)
        self.assertAlmostEqual(losses['maps'].item(), 1, delta=0.05)
        self.assertAlmostEqual(losses['logits'].item(), 0, delta=1e-4)

    def test_views_stay_views(self):
        view = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
        for change in (tint, damage):
            for seed in range(20):
                changed = change(view, np.random.default_rng(seed))
                self.assertEqual((changed.shape, changed.dtype), (view.shape, view.dtype))

    def test_maps_are_taken_where_the_patches_are(self):
        config = {'hidden_size': 16, 'projection_dim': 16, 'image_size': 40, 'patch_size': 4}
        answers = {'pooled': torch.rand(4, 2304), 'maps': torch.rand(4, 49, 128)}
        lessons = Lessons(config, statistics(answers), torch.zeros(256), torch.ones(256))
        ramp = torch.arange(7.).repeat(7).view(1, 49, 1)        # rises from left to right
        there = lessons.at_patches(ramp, torch.tensor([[0, 9, 90, 99]]))[0, :, 0]
        self.assertLess(there[0], 0.3)
        self.assertGreater(there[1], 5.7)
        self.assertEqual((there[0].item(), there[1].item()), (there[2].item(), there[3].item()))

    def test_ridge_finds_what_is_there(self):
        rng = np.random.default_rng(0)
        features = rng.standard_normal((200, 20))
        labels = features[:, 0] + 0.1 * rng.standard_normal(200)
        self.assertGreater(ridge_score(features, Rated('', range(200), labels, [''] * 200)), 0.9)
        self.assertLess(abs(ridge_score(features, Rated('', range(200), rng.standard_normal(200), [''] * 200))), 0.3)


if __name__ == '__main__':
    unittest.main()
