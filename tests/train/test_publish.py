"""Tests of what is said about the demo's tasks: python3 -m unittest discover -s tests/train"""

import json
import re
import sys
import tempfile
import unittest
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / 'build_scripts' / 'train'))

import one_thread  # noqa: E402,F401

from checks import NEUTRAL, STRANGE  # noqa: E402
from demo_report import difference_cell, differences_table, readme  # noqa: E402
from evidence import KINDS_OF, STRENGTHS, overall  # noqa: E402
from experiment import COUNTS, SEEDS  # noqa: E402
from familiarity import KEPT_BACK, tells_apart  # noqa: E402
from publish import TASKS, recipe  # noqa: E402
from ratings import SOURCES, TRAITS  # noqa: E402

FIGURE = {'value': 0.61, 'interval': [0.52, 0.68]}
MOVE = {'mean': -0.03, 'sd': 0.12}
SORTS = {'valence': ('Animal', 'Scenery'), 'arousal': ('Animal', 'Scenery'), 'complexity': ('interior_design', 'scenes')}


def trait_report(trait):
    """What traits.py writes."""
    sorts = SORTS.get(trait, ('',))
    chosen = 'adapter' if trait == 'valence' else 'ridge with hints'
    return {'pictures': {'train': 400, 'test': 184}, 'unrated': 9876, 'chosen': chosen,
            'candidates': {'ridge with hints': 0.6, 'adapter': 0.59}, 'held': {'told': [3.5, 4.5], 'rated': [3, 5.5]},
            'told': {'spearman': FIGURE, 'pearson': FIGURE}, 'histogram_ridge': {'spearman': FIGURE, 'pearson': FIGURE},
            'gain_interval': [0.1, 0.3], 'categories': {sort: {'photographs': 46, 'spearman': 0.55} for sort in sorts},
            'neutral': {name: MOVE for name in NEUTRAL}, 'spread': 0.7}


def evidence():
    """What evidence.py writes."""
    row = {'photographs': 24, 'mean_scores': [0.9, 0.7, 0.5, 0.4, 0.3], 'spearman_mean': 0.97, 'spearman_lowest': 0.7, 'below_0.7': 0.0}
    tasks = {task: {'kinds': {kind: row for kind in kinds}, 'spearman_measure': FIGURE, 'spearman_strength': 0.95,
                    'neutral': {name: MOVE for name in NEUTRAL}, 'strange': {name: MOVE for name in STRANGE},
                    'clean': {'mean': 0.9, 'sd': 0.05}} for task, kinds in KINDS_OF.items()}
    return {'photographs': 60, 'checked': 30, 'strengths': STRENGTHS, **tasks}


def make_work(work):
    """The files of a finished run, without tensors."""
    (work / 'trunk').mkdir()
    (work / 'trunk' / 'config.json').write_text(json.dumps({
        'hidden_size': 16, 'intermediate_size': 32, 'num_hidden_layers': 1, 'num_attention_heads': 1, 'patch_size': 16,
        'image_size': 128, 'projection_dim': 16}))
    (work / 'evidence.json').write_text(json.dumps(evidence()))
    ladders = {'ladders': {'jpeg': {'told': [0.9, 0.4], 'measures': [1.0, 0.2]}, 'defocus': {'told': [0.9, 0.3], 'measures': [1.0, 0.2]}}}
    photographs = [{'clean': 0.9, **ladders}, {'clean': 1.0, 'ladders': {}}]
    (work / 'evidence-photographs.json').write_text(json.dumps([{'quality': each, 'sharpness': each} for each in photographs]))
    (work / 'sharpness-scale.json').write_text(json.dumps({'photographs': 200, 'top': 1.0874}))
    for trait in TRAITS:
        (work / f'{trait}.json').write_text(json.dumps(trait_report(trait)))
    runs = [[[way, count, seed, trait], 0.5] for way, seeds in SEEDS.items() for count in COUNTS for seed in range(seeds)
            for trait in ('valence', 'beauty')]
    (work / 'experiment.json').write_text(json.dumps(runs))
    (work / 'first').mkdir()
    before = [[key, value / 2] for key, value in runs if key[0] == 'head']
    (work / 'first' / 'experiment.json').write_text(json.dumps(before))
    (work / 'familiarity.json').write_text(json.dumps({'threshold': 0.005, 'smallest': 112, 'unfamiliar': {KEPT_BACK: {'pictures': 200, 'below': 0.01}, 'drawings': {'pictures': 200, 'below': 0.93}}}))
    (work / 'agreement.txt').write_text('quality: Spearman 0.999')


def figures_of(text):
    """Every measured figure, in order of size; a real minus is a minus."""
    return sorted(re.findall(r'[-+]?\d+\.\d+', text.replace('−', '-')))


class Published(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.work = Path(cls.folder.name)
        make_work(cls.work)
        cls.recipe = recipe(cls.work)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_all_seven_tasks_have_cards_with_the_same_figures_in_both_languages(self):
        self.assertEqual([task['id'] for task in self.recipe['tasks']], ['quality', 'sharpness', *SOURCES])
        for task in self.recipe['tasks']:
            for topic in ('direction', 'trained_on', 'held_out', 'bias', 'known_failures', 'not_for'):
                both = task['about'][topic]
                self.assertTrue(all(len(both[language]) > 5 for language in ('en', 'ja')), (task['id'], topic))
                self.assertEqual(figures_of(both['en']), figures_of(both['ja']), (task['id'], topic))
            labels = [band['label'] for band in task['output']['bands']]
            self.assertTrue(all(label['en'] and label['ja'] for label in labels))

    def test_sharpness_ends_where_the_sharpest_photographs_lie(self):
        outputs = {task['id']: task['output'] for task in self.recipe['tasks']}
        self.assertEqual((outputs['sharpness']['from'], outputs['sharpness']['to']), ([0, 1.087], [0, 1]))
        self.assertEqual(TASKS['sharpness']['output']['from'], [0, 1])
        self.assertEqual(outputs['quality']['from'], [0, 1])

    def test_each_output_says_how_far_it_was_off_in_its_own_units(self):
        intervals = {task['id']: task['output']['interval'] for task in self.recipe['tasks']}
        self.assertEqual(intervals['valence'], {'coverage': 0.9, 'below': 0.5, 'above': 1, 'pictures': 2})
        self.assertEqual(intervals['quality'], {'coverage': 0.9, 'below': 0.2, 'above': 0.1, 'pictures': 4})
        self.assertEqual(intervals['sharpness'], {'coverage': 0.9, 'below': 0.184, 'above': 0.092, 'pictures': 4})

    def test_the_clean_photograph_counts_once(self):
        photos = [{'ladders': {kind: {'told': [0.9, *told], 'measures': [1, 0.5, 0.2]} for kind, told in ladders.items()}}
                  for ladders in ({'jpeg': (0.1, 0.5), 'defocus': (0.1, 0.5)}, {'jpeg': (0.1, 0.5)})]
        self.assertAlmostEqual(overall(photos)['value'], -1, msg='among degraded ones')
        intervals = {task['id']: task['output']['interval'] for task in self.recipe['tasks']}
        self.assertEqual(intervals['quality']['pictures'], 4)

    def test_a_card_tells_scores_not_raw_values(self):
        moves = {task['id']: task['about'].get('moves', {}).get('en') for task in self.recipe['tasks']}
        self.assertIn('defocus 0.90 to 0.30', moves['quality'])
        self.assertIn('defocus 0.83 to 0.28', moves['sharpness'])
        bias = next(task for task in self.recipe['tasks'] if task['id'] == 'sharpness')['about']['bias']['en']
        self.assertIn('(mean 0.83)', bias)
        self.assertIn('mirrored -0.03 (spread 0.11)', bias)

    def test_a_head_alone_has_no_adapter_and_one_layer(self):
        tasks = {task['id']: task for task in self.recipe['tasks']}
        self.assertEqual((tasks['valence']['adapter'], tasks['valence']['head']['layers']), ({'path': 'valence'}, ['fc1', 'relu', 'fc2']))
        self.assertEqual(('adapter' in tasks['beauty'], tasks['beauty']['head']['layers']), (False, ['fc1']))
        self.assertIn('9,900 photographs', tasks['beauty']['about']['trained_on']['en'])
        self.assertIn('9,900 枚', tasks['beauty']['about']['trained_on']['ja'])

    def test_sorts_of_pictures_are_named_only_where_the_set_names_them(self):
        failures = {task['id']: task['about']['known_failures']['en'] for task in self.recipe['tasks']}
        self.assertIn('animal 0.55 (46)', failures['valence'])
        self.assertIn('by subject', failures['complexity'])
        self.assertIn('interior design 0.55 (46)', failures['complexity'])
        self.assertNotIn('by subject', failures['memorability'])

    def test_familiarity_is_published_where_it_tells_strange_pictures_from_photographs(self):
        sorts = {KEPT_BACK: {'pictures': 200, 'below': 0.03}, 'drawings': {'pictures': 200, 'below': 0.93}}
        self.assertTrue(tells_apart(sorts))
        self.assertFalse(tells_apart({**sorts, 'drawings': {'pictures': 200, 'below': 0.1}}))
        self.assertFalse(tells_apart({**sorts, 'charts': {'pictures': 200, 'below': 0.1}}), 'not most of two')
        self.assertTrue(tells_apart({**sorts, 'charts': {'pictures': 200, 'below': 0.1}, 'screenshots': {'pictures': 200, 'below': 0.6}}))
        self.assertFalse(tells_apart({**sorts, KEPT_BACK: {'pictures': 200, 'below': 0.1}}))
        self.assertEqual(self.recipe['familiarity']['unfamiliar'], [
            {'name': {'en': KEPT_BACK, 'ja': '学習に使っていない写真'}, 'pictures': 200, 'below': 0.01},
            {'name': {'en': 'drawings', 'ja': 'イラスト'}, 'pictures': 200, 'below': 0.93}])
        self.assertEqual(self.recipe['familiarity']['smallest'], 112)

    def test_the_page_has_no_blank_left(self):
        template = (Path(__file__).parents[2] / 'build_scripts' / 'train' / 'demo-readme.md').read_text()
        page = readme(self.work, template)
        self.assertEqual(re.findall(r'\{[a-z_]+\}', page), [])
        for trait in TRAITS:
            self.assertIn(f'| {trait} | 0.61 [0.52, 0.68] |', page)
        self.assertIn('| drawings | 200 | 93 % |', page)
        self.assertIn('| both teachers, ridge | 0.500 ± 0.000 |', page)
        self.assertIn('| frozen + head, before distillation | 0.250 ± 0.000 |', page)

    def test_ways_are_compared_seed_by_seed(self):
        ways = {'head': {10: [0.1, 0.2, 0.3, 0.4, 0.5]}, 'lora': {10: [0.2, 0.3, 0.4, 0.5, 0.6]}, 'full': {10: [0.1, 0.2]}}
        ways = {way: defaultdict(list, counts) for way, counts in ways.items()}
        rows = differences_table(ways).split('\n')
        self.assertTrue(rows[2].startswith('| LoRA above the head | +0.100 [+0.100, +0.100] | not run |'), rows[2])
        self.assertTrue(rows[3].startswith('| full above LoRA | not run |'), rows[3])
        self.assertEqual(difference_cell([0, 0, 0, 0, 0], [0.1, 0.2, 0.3, 0.4, 0.5]), '+0.300 [+0.104, +0.496]')


if __name__ == '__main__':
    unittest.main()
