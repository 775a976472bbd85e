"""Tests of what keeps the stages of training apart: files that are whole, data of one making, and what stands on which trunk.

python3 -m unittest discover -s tests/train
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TRAIN = Path(__file__).parents[2] / 'build_scripts' / 'train'
sys.path.insert(0, str(TRAIN))

import one_thread  # noqa: E402,F401

import numpy as np  # noqa: E402

import teach  # noqa: E402
import views  # noqa: E402
from fixed_views import CUTS  # noqa: E402
from held_out import HELD_OUT, split  # noqa: E402
from progress import in_place_of, save_arrays, write_whole  # noqa: E402
from technical import LADDERS, SEEN, Targets  # noqa: E402
from views import Cut, Ladders  # noqa: E402


class InFolder(unittest.TestCase):
    """A new folder for each test."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)


class WholeFiles(InFolder):
    def test_a_write_that_stops_leaves_what_was_there(self):
        path = self.folder / 'new' / 'text.json'
        write_whole(path, 'before')
        with self.assertRaises(KeyboardInterrupt), in_place_of(path) as part:
            part.write_text('hal')
            raise KeyboardInterrupt
        self.assertEqual(path.read_text(), 'before')

    def test_arrays_come_back_under_their_name(self):
        save_arrays(self.folder / 'kept', one=np.arange(3))
        self.assertEqual([path.name for path in self.folder.iterdir()], ['kept'])
        self.assertEqual(np.load(self.folder / 'kept')['one'].tolist(), [0, 1, 2])


class Gathered:
    """Five training photographs and two for validation."""

    def __init__(self, name='photo'):
        self.rows = [{'file': f'{name}{i}.jpg', 'part': 'train' if i < 5 else 'validation'} for i in range(7)]

    def __len__(self):
        return len(self.rows)

    def part(self, name):
        return np.array([i for i, row in enumerate(self.rows) if row['part'] == name])


class OneMaking(InFolder):
    def test_views_of_other_settings_are_refused(self):
        paths, cut, out = [Path(f'{i}.jpg') for i in range(3)], Cut(1, 2, 24, 40), self.folder / 'views'
        views.make_files(paths, out, cut, 1)
        done = np.load(out / 'done.npy', mmap_mode='r+')
        done[:] = 1
        views.make_files(paths, out, cut, 1)
        self.assertTrue(np.load(out / 'done.npy').all())
        for other in ((paths[::-1], cut, 1), (paths, cut, 2), (paths, Cut(1, 3, 24, 40), 1), (paths, Cut(1, 2, 24, 41), 1)):
            with self.assertRaisesRegex(SystemExit, f'remove the folder {re.escape(str(out))} '):
                views.make_files(other[0], out, *other[1:])
        (out / 'settings.json').unlink()
        with self.assertRaisesRegex(SystemExit, 'remove the folder'):
            views.make_files(paths, out, cut, 1)

    def test_answers_for_other_views_are_refused(self):
        teach.make_files(self.folder, Gathered(), 1, 2)
        np.load(self.folder / 'taught.npy', mmap_mode='r+')[:] = 1
        teach.make_files(self.folder, Gathered(), 1, 2)
        for other in ((Gathered('other'), 1, 2), (Gathered(), 2, 2), (Gathered(), 1, 3)):
            with self.assertRaisesRegex(SystemExit, 'remove views.json, taught.npy'):
                teach.make_files(self.folder, *other)
        self.assertTrue(teach.taught(self.folder).all())
        self.assertEqual(teach.read_views(self.folder)['seed'], 1)
        (self.folder / 'views.json').write_text(json.dumps({'seed': 1, 'views': 2}) + '\n')     # an earlier version's
        with self.assertRaisesRegex(SystemExit, 'of an earlier version'):
            teach.make_files(self.folder, Gathered(), 1, 2)

    def test_an_answer_that_lacks_is_counted_but_for_mixtures_of_validation_photographs(self):
        gathered, seen = Gathered(), CUTS + 1
        teach.make_files(self.folder, gathered, 1, seen)
        self.assertEqual(teach.missing(self.folder, gathered, 1, seen), 7 * CUTS + 5)
        taught = np.load(self.folder / 'taught.npy', mmap_mode='r+')
        taught[:], taught[5:, CUTS] = 1, 0
        self.assertEqual(teach.missing(self.folder, gathered, 1, seen), 0)
        taught[6, 0] = taught[0, CUTS] = 0
        self.assertEqual(teach.missing(self.folder, gathered, 1, seen), 2)


class LadderReading(InFolder):
    def test_targets_are_those_of_the_rungs_that_are_seen(self):
        views.make_files([Path(f'{i}.jpg') for i in range(4)], self.folder, Cut(0, 2, 24, 40), 1)
        number = np.arange(8 * views.RUNGS).reshape(8, views.RUNGS)
        np.load(self.folder / 'ladders.npy', mmap_mode='r+')[:] = number[:, :, None, None, None]
        np.load(self.folder / 'quality.npy', mmap_mode='r+')[:] = number
        np.load(self.folder / 'detail.npy', mmap_mode='r+')[:] = number ** 2
        for task in ('quality', 'sharpness'):
            targets = Targets(self.folder, task, 16)
            seen, wanted = targets.batch(np.random.default_rng(0))
            self.assertEqual((seen.shape, wanted.shape), ((LADDERS * SEEN, 3, 16, 16), (LADDERS, SEEN)))
            self.assertEqual(seen[:, 0, 5, 5].tolist(), wanted.flatten().tolist())
            self.assertTrue((wanted[:, 1:] > wanted[:, :-1]).all())
            seen, wanted = targets.some(2)
            self.assertEqual(wanted.tolist(), number[[0, 7]].tolist())
            self.assertEqual(seen[:, 2, 0, 0].tolist(), wanted.ravel().tolist())
        some = Ladders(self.folder, np.array([1, 0, 0, 1]))
        self.assertEqual(some.rows.tolist(), [0, 1, 6, 7])


STUB = '''#!/bin/sh
[ "$1" != - ] || exit 0
[ "$1" != -c ] || exec "$REAL" "$@"
script=${1##*/}
echo "$script" >> "$WORK/called"
case $script in
pretrain.py) mkdir -p "$WORK/first/trunk" && echo "$FIRST_TRUNK" > "$WORK/first/trunk/model.safetensors" ;;
distill.py) mkdir -p "$WORK/trunk" && echo "$TRUNK" > "$WORK/trunk/model.safetensors" && exit "$DISTILLED" ;;
technical.py) exit 9 ;;
esac
'''


@unittest.skipUnless(shutil.which('sh'), 'needs a shell')
class TrainDemo(InFolder):
    """The script itself in a folder of its own, with a Python that makes trunks alone and fails at the first task."""

    RESULTS = ('embeddings-rated.pt', 'experiment.json', 'evidence.json', 'evidence-photographs.json', 'familiarity.json', 'familiarity.safetensors',
               'quality.pt', 'quality-head.safetensors', 'sharpness.pt', 'sharpness-scale.json', 'valence.json', 'complexity-head.safetensors')
    KEPT = ('distill.pt', 'photographs.json', 'teachers-rated.npz', 'rated-0.pt', 'first/pretrain.pt')
    OF_FIRST = ('first/embeddings-rated.pt', 'first/experiment.json')

    def setUp(self):
        super().setUp()
        self.work, scripts = self.folder / 'work', self.folder / 'build_scripts' / 'train'
        scripts.mkdir(parents=True)
        self.script = Path(shutil.copy(TRAIN / 'train_demo.sh', scripts))
        (self.work / 'first').mkdir(parents=True)
        (self.folder / 'python').write_text(STUB)
        (self.folder / 'python').chmod(0o755)

    def run_script(self, **more):
        """(exit status, stderr)."""
        words = {'PYTHON': self.folder / 'python', 'REAL': sys.executable, 'WORK': self.work, 'FIRST_TRUNK': 'a', 'TRUNK': 'b', 'DISTILLED': '0'}
        env = {**os.environ, **{name: str(value) for name, value in {**words, **more}.items()}}
        done = subprocess.run(['sh', self.script, 'data', 'teachers', self.work], env=env, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return done.returncode, done.stderr

    def make(self, names):
        for name in names:
            (self.work / name).write_text('')

    def left(self):
        return sorted(name for name in (*self.RESULTS, *self.KEPT, *self.OF_FIRST) if (self.work / name).exists())

    def test_results_of_another_trunk_are_removed_and_those_of_this_one_stay(self):
        every = sorted((*self.RESULTS, *self.KEPT, *self.OF_FIRST))
        self.make(every)
        status, told = self.run_script()
        self.assertEqual((status, self.left()), (9, sorted(self.KEPT)))
        self.assertIn('quality.pt stands on another trunk and is removed', told)
        self.make(every)
        self.assertEqual((self.run_script()[0], self.left()), (9, every))
        self.run_script(TRUNK='c')
        self.assertEqual(self.left(), sorted((*self.KEPT, *self.OF_FIRST)))
        self.make(every)
        self.run_script(TRUNK='c', FIRST_TRUNK='d')
        self.assertEqual(self.left(), sorted((*self.KEPT, *self.RESULTS)))

    def test_a_stopped_distillation_stops_the_script(self):
        self.make(self.RESULTS)
        self.assertEqual((self.run_script(DISTILLED='75')[0], self.left()), (75, sorted(self.RESULTS)))
        self.assertEqual((self.work / 'called').read_text().split()[-1], 'distill.py')

    def test_it_says_what_python_lacks(self):
        modules = {'numpy': '', 'PIL': 'raise OSError("a library lacks")', 'torch': 'raise ImportError',
                   'sitecustomize': 'import sys\nsys.version_info = (3, 10)'}
        for name, text in modules.items():
            (self.folder / f'{name}.py').write_text(text)
        status, told = self.run_script(PYTHON=sys.executable, PYTHONPATH=self.folder)
        self.assertEqual((status, told.count('\n')), (1, 1), told)
        self.assertIn('lacks Python 3.11 or newer, PIL, torch; PYTHON names another', told)


class OneSplit(unittest.TestCase):
    @unittest.skipUnless(shutil.which('node'), 'needs Node')
    def test_the_table_of_few_labels_holds_out_the_same_photographs(self):
        script = (TRAIN / 'labels.mjs').read_text()
        count = int(re.search(r'^const HELD_OUT = (\d+);', script, re.M)[1])
        ordered = re.search(r'^function ordered\(.*?^}', script, re.M | re.S)[0]
        names = [f'{i % 9}.{i}.jpg' for i in range(584)]
        code = ('import { createHash } from "node:crypto"; import { parse } from "node:path"; ' + ordered +
                f' console.log(JSON.stringify(ordered({json.dumps([{"file": name} for name in names])})));')
        rows = json.loads(subprocess.run(['node', '--input-type=module', '-e', code], check=True, stdout=subprocess.PIPE).stdout)
        training, held = split(names, HELD_OUT['rated'])
        self.assertEqual([row['file'] for row in rows], held + training)
        self.assertEqual(count, len(held))


if __name__ == '__main__':
    unittest.main()
