"""Tests of distillation: python3 -m unittest discover -s tests/train"""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import unittest.mock
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / 'build_scripts' / 'train'))

import one_thread  # noqa: E402,F401

import numpy as np  # noqa: E402
import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402
from PIL import Image  # noqa: E402

from distill import UNFINISHED, Run, Schedule, main, train  # noqa: E402
from distill_state import write_compact  # noqa: E402
from familiarity import Known, told  # noqa: E402
from fixed_views import CUTS, FixedViews, mix, random_box  # noqa: E402
from gather import Gathered, distilled, gather  # noqa: E402
from held_out import split, split_set  # noqa: E402
from lessons import Lessons, blank, statistics  # noqa: E402
from lessons_data import Steps, damage, tint, what_is_known  # noqa: E402
from made import FAMILIES, made  # noqa: E402
from probe import ridge_score  # noqa: E402
from muon import orthogonal  # noqa: E402
from measures import spearman, within  # noqa: E402
from ratings import Rated, make_comparable, read_trait  # noqa: E402
from tensorfile import write_tensors  # noqa: E402
from teach import GRID, files_of, order_of, taught  # noqa: E402
from views import Cut, cut_all, photographs  # noqa: E402

SETTINGS = {'teach_seed': 1, 'content': 4, 'ladders': 2, 'width': 64, 'layers': 1, 'patch': 8,
            'size': 32, 'seed': 3, 'rate': 1e-3, 'share': 0.5, 'begin': ''}


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
        train(run, Schedule(steps), minutes)
        return run

    def test_what_is_held_out_is_never_opened(self):
        used = {Path(name).name for name, _ in distilled(self.data)}
        for folder in ('rated', 'lnsim', 'savoias'):
            training, held = split_set(self.data, folder)
            self.assertTrue(held)
            self.assertFalse(used & {row['file'] for row in held})
            self.assertTrue({row['file'] for row in training} <= used)
        self.assertFalse(used & {path.name for path in photographs(self.data / 'photos', 'test')})

    def test_a_held_out_photograph_that_is_a_training_one_by_another_name_is_left_out(self):
        with tempfile.TemporaryDirectory() as folder:
            make_data(Path(folder))
            training, held = split_set(folder, 'rated')
            twin, kept = Path(folder) / 'rated' / held[0]['file'], [row['file'] for row in held[1:]]
            twin.write_bytes((Path(folder) / 'rated' / training[0]['file']).read_bytes())
            again, left = split_set(folder, 'rated')
            self.assertEqual((again, [row['file'] for row in left]), (training, kept))

    def test_every_photograph_is_taught_validation_first(self):
        gathered = Gathered(self.work)
        order, validation = order_of(gathered, 1), gathered.part('validation')
        self.assertEqual(sorted(order), list(range(len(gathered))))
        self.assertEqual(list(order[:len(validation)]), list(validation))
        self.assertEqual(sorted(order_of(gathered, 1, CUTS)), sorted(gathered.part('train')))

    def test_a_fixed_view_is_the_same_again(self):
        gathered = Gathered(self.work)
        views, size = [FixedViews(gathered, 1).cut(3, view, 32) for view in range(2 * CUTS)], gathered.image(3).size
        for view, pixels in enumerate(views):
            self.assertTrue((FixedViews(gathered, 1).cut(3, view, 32) == pixels).all())
            self.assertTrue(view == 0 or (FixedViews(gathered, 2).cut(3, view, 32) != pixels).any())
        whole = np.asarray(gathered.image(3).resize((32, 32), Image.BICUBIC, box=(0, 0, *size)))
        self.assertTrue((views[0] == whole).all())
        other = Image.new('RGB', size)
        self.assertTrue(all((FixedViews(gathered, 1).cut(3, view, 32, other) == 0).all() == (view < CUTS)
                            for view in range(2 * CUTS)))

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

    def test_sigterm_ends_a_run_with_its_checkpoint(self):
        run = Run(self.work, self.work / 'told.pt', SETTINGS)
        learn = run.learn

        def learn_and_be_told(*args):
            group = [os.getpid(), *(child.pid for child in multiprocessing.active_children())]
            subprocess.run(['kill', *map(str, group)], check=True)  # from outside: a worker heeds its parent in another way
            time.sleep(0.2)     # a worker that dies of it is noticed
            return learn(*args)

        before, run.learn = signal.getsignal(signal.SIGTERM), learn_and_be_told
        train(run, Schedule(6), None)
        self.assertEqual(Run(self.work, self.work / 'told.pt', SETTINGS).step, 1)
        self.assertEqual(signal.getsignal(signal.SIGTERM), before)

    def test_a_run_that_stops_early_says_so_and_writes_no_trunk(self):
        files = {name: self.work / f'early-{name}' for name in ('checkpoint', 'trunk', 'compact')}
        words = {'work': self.work, **files, 'steps': 2, 'threads': 1, 'width': 64, 'layers': 1, 'patch': 8, 'size': 32}
        command = ['distill.py', *(str(each) for word, value in words.items() for each in (f'--{word}', value))]
        for more, status, made in ((['--minutes', '1e-9'], UNFINISHED, False), ([], 0, True)):
            with unittest.mock.patch('sys.argv', command + more):
                self.assertEqual(main(), status)
            self.assertEqual(files['trunk'].exists(), made)
            self.assertTrue(files['compact'].exists())

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
        told = np.array([1, 2, 2, 1])
        self.assertEqual(within(part.groups, spearman, told, part.labels), 0)
        self.assertEqual(part.compare(spearman, told), 0)
        self.assertEqual(part.compare(spearman, told, [0, 1]), 1)


class Pieces(unittest.TestCase):
    def test_the_split_depends_on_the_name_alone(self):
        names = [f'{i}.jpg' for i in range(50)]
        training, held = split(names, 0.2)
        self.assertEqual((len(training), len(held)), (40, 10))
        self.assertEqual(split(names[::-1], 0.2), (training, held))

    def test_boxes_lie_inside(self):
        rng = np.random.default_rng(0)
        for _ in range(30):
            left, top, right, bottom = random_box(rng)
            self.assertTrue(0 <= left < right <= 1 + 1e-9 and 0 <= top < bottom <= 1 + 1e-9)

    def test_a_mixture_is_of_both(self):
        own, other, kinds = np.full((40, 40, 3), 200, np.uint8), np.full((40, 40, 3), 100, np.uint8), set()
        for seed in range(30):
            mixed = mix(own, other, np.random.default_rng(seed))
            self.assertEqual((mixed.shape, mixed.dtype), (own.shape, own.dtype))
            blended = len(np.unique(mixed)) == 1
            kinds.add(blended)
            if blended:
                self.assertTrue(120 <= mixed[0, 0, 0] <= 180)
            else:
                self.assertEqual(list(np.unique(mixed)), [100, 200])
                self.assertTrue(0.1 < (mixed == 100).mean() < 0.7)
        self.assertEqual(kinds, {True, False})
        self.assertTrue((own == 200).all() and (other == 100).all())

    def test_the_plateau_does_not_know_the_number_of_steps(self):
        self.assertEqual(Schedule(10000).rate(5000), Schedule(60000).rate(5000))
        self.assertLess(Schedule(10000).rate(9990), 0.01 * Schedule(10000).rate(5000))

    def test_the_decline_takes_its_share_of_the_steps(self):
        schedule = Schedule(1000, decline=0.4, whole=0.1)
        self.assertEqual(schedule.rate(600), schedule.rate(300))
        self.assertAlmostEqual(schedule.rate(800), schedule.rate(300) / 2)
        self.assertEqual(schedule.whole_from(), 900)

    def test_who_knows_nothing_loses_one_and_who_knows_all_nothing(self):
        torch.manual_seed(0)
        answers = {'pooled': torch.randn(400, 2304) * torch.rand(2304), 'maps': torch.randn(400, 49, 128)}
        config = {'hidden_size': 16, 'projection_dim': 16, 'image_size': 35, 'patch_size': 5}
        known = statistics(answers['pooled'], answers['maps'], 16)
        lessons = Lessons(config, known, torch.zeros(256), torch.ones(256))
        tokens = torch.randn(400, 49, 16)
        losses = lessons.content(torch.zeros(400, 16), tokens, answers)
        self.assertAlmostEqual(losses['pooled'].item(), 1, delta=0.01)
        self.assertAlmostEqual(losses['maps'].item(), 1, delta=0.05)
        embedding = F.pad(lessons.wanted(answers['pooled']), (0, 4))
        self.assertAlmostEqual(lessons.content(embedding, tokens, answers)['pooled'].item(), 0, delta=1e-6)
        told = lessons.feature(embedding)
        apart = (answers['pooled'] - answers['pooled'].mean(0) - told) / known['pooled_scale']
        self.assertLess((apart @ known['axes']).abs().max().item(), 1e-3)

    def test_muon_makes_all_singular_values_alike(self):
        torch.manual_seed(0)
        uneven = torch.randn(3, 8, 32) * torch.logspace(0, -1, 8)[:, None]
        values = torch.linalg.svdvals(orthogonal(uneven))
        self.assertGreater(values.min().item(), 0.5)
        self.assertLess(values.max().item(), 1.3)

    def test_views_stay_views(self):
        view = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
        for change in (tint, damage):
            for seed in range(20):
                changed = change(view, np.random.default_rng(seed))
                self.assertEqual((changed.shape, changed.dtype), (view.shape, view.dtype))

    def test_maps_are_taken_where_the_patches_are(self):
        config = {'hidden_size': 16, 'projection_dim': 16, 'image_size': 40, 'patch_size': 4}
        lessons = Lessons(config, blank(16), torch.zeros(256), torch.ones(256))
        ramp = torch.arange(7.).repeat(7).view(1, 49, 1)        # rises from left to right
        there = lessons.at_patches(ramp, torch.tensor([[0, 9, 90, 99]]))[0, :, 0]
        self.assertLess(there[0], 0.3)
        self.assertGreater(there[1], 5.7)
        self.assertEqual((there[0].item(), there[1].item()), (there[2].item(), there[3].item()))

    def test_what_lies_towards_made_pictures_is_unfamiliar(self):
        rng = np.random.default_rng(0)
        spread = np.r_[np.linspace(5, 1, 8), np.full(8, 0.1)]
        shift = np.eye(16)[12]      # ten deviations of a quiet direction, a fifth of one of the loudest
        known = Known(rng.standard_normal((2000, 16)) * spread, rng.standard_normal((500, 16)) * spread + shift)
        known.measure(rng.standard_normal((500, 16)) * spread)
        photographs = rng.standard_normal((500, 16)) * spread
        usual = known.familiar(photographs)
        self.assertAlmostEqual(usual.mean(), 0.5, delta=0.05)
        self.assertAlmostEqual((usual < 0.1).mean(), 0.1, delta=0.04)
        self.assertEqual(known.familiar(photographs + shift).max(), 0)
        self.assertEqual(known.familiar(photographs - 3 * shift).min(), 1)      # the other way is nearer, however far
        stored = known.tensors()
        self.assertEqual({name: values.shape for name, values in stored.items()}, {'mean': (16,), 'axes': (1, 16), 'power': (1,), 'rest': (1,), 'far': (500,)})
        self.assertTrue(all(np.isfinite(values).all() for values in stored.values()))
        with tempfile.TemporaryDirectory() as folder:
            write_tensors(Path(folder) / 'known', stored)
            self.assertAlmostEqual(Known.read(Path(folder) / 'known').familiar(photographs[:9] + 0.2 * shift)[3], known.familiar(photographs[:9] + 0.2 * shift)[3])

    def test_a_picture_smaller_than_all_photographs_is_unfamiliar(self):
        class Trunk:
            config = {'image_size': 32}

            def __call__(self, views):
                return torch.zeros(len(views), 4)

        class Known:
            familiar = staticmethod(lambda embeddings: np.full(len(embeddings), 0.7))

        images = [Image.new('RGB', size) for size in ((111, 300), (300, 111), (112, 112), (400, 300))]
        self.assertEqual(told(Trunk(), Known, images, 112).tolist(), [0, 0, 0.7, 0.7])

    def test_made_pictures_are_the_same_again_and_of_every_family(self):
        for seed, family in enumerate(FAMILIES):
            first, again, other = (np.asarray(each) for each in (made(seed), made(seed), made(seed + len(FAMILIES))))
            self.assertTrue((first == again).all(), family)
            self.assertTrue(first.shape != other.shape or (first != other).any(), family)

    def test_ridge_finds_what_is_there(self):
        rng = np.random.default_rng(0)
        features = rng.standard_normal((200, 20))
        labels = features[:, 0] + 0.1 * rng.standard_normal(200)
        self.assertGreater(ridge_score(features, Rated('', range(200), labels, [''] * 200)), 0.9)
        self.assertLess(abs(ridge_score(features, Rated('', range(200), rng.standard_normal(200), [''] * 200))), 0.3)


if __name__ == '__main__':
    unittest.main()
