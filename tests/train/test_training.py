"""Tests of build_scripts/train: python3 -m unittest discover -s tests/train"""

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

from checks import NEUTRAL, moved  # noqa: E402
from degrade import BLUR_KINDS, KINDS, NOISE_KINDS, degrade  # noqa: E402
from descriptors import colour_histogram, describe  # noqa: E402
from filters import mixing, rectifying_mlp  # noqa: E402
from fit import Plan, fit  # noqa: E402
from measures import bootstrap_interval, detail_left, full_reference, ranks, spearman  # noqa: E402
from model import Mlp, Tower, attach_lora, load_lora, lora_state  # noqa: E402
from pictures import cut_views, part_of, resize, views_of  # noqa: E402
from pretrain import PEAK_RATE, learning_rate  # noqa: E402
from scenes import fractal  # noqa: E402
from scorer import TaskScorer  # noqa: E402
from tensorfile import read_tensors, write_tensors  # noqa: E402
from trunk import load_trunk, write_adapter, write_head  # noqa: E402

TINY = {'hidden_size': 16, 'intermediate_size': 32, 'num_hidden_layers': 2, 'num_attention_heads': 2,
        'patch_size': 8, 'image_size': 32, 'projection_dim': 12, 'hidden_act': 'quick_gelu'}


def textured(seed=0, rows=96, columns=128):
    """A picture with detail on many scales."""
    rng = np.random.default_rng(seed)
    planes = [fractal(rng, rows, columns, 48, 6) for _ in range(3)]
    return torch.from_numpy(np.stack(planes)).float().clamp(0, 1)


def tiny_tower(seed=0):
    """A random tower."""
    torch.manual_seed(seed)
    return Tower(TINY).eval()


class Measures(unittest.TestCase):
    def test_ranks_share_ties(self):
        self.assertEqual(ranks([3, 1, 3, 2]).tolist(), [2.5, 0, 2.5, 1])

    def test_spearman_is_about_order_only(self):
        self.assertAlmostEqual(spearman([1, 2, 3, 4], [1, 10, 100, 1000]), 1)
        self.assertAlmostEqual(spearman([1, 2, 3, 4], [4, 3, 2, 1]), -1)
        self.assertEqual(spearman([1, 1, 1], [1, 2, 3]), 0)

    def test_interval_holds_the_mean(self):
        values = np.random.default_rng(0).normal(5, 1, 400)
        low, high = bootstrap_interval(lambda rows: values[rows].mean(), 400)
        self.assertTrue(low < values.mean() < high)
        self.assertLess(high - low, 0.3)

    def test_the_original_has_everything_left(self):
        picture = textured()
        self.assertAlmostEqual(full_reference(picture, picture[None]).item(), 1, places=4)
        self.assertAlmostEqual(detail_left(picture, picture[None]).item(), 1, places=4)

    def test_noise_leaves_detail_and_blur_takes_it(self):
        picture = textured()
        for kind in NOISE_KINDS:
            self.assertGreater(detail_left(picture, degrade(picture, kind, 0.5, 1)[None]).item(), 0.85, kind)
        for kind in BLUR_KINDS:
            self.assertLess(detail_left(picture, degrade(picture, kind, 0.7, 1)[None]).item(), 0.5, kind)


class Degradations(unittest.TestCase):
    def test_harm_grows_with_strength(self):
        picture = textured(3)
        for kind in KINDS:
            rungs = torch.stack([degrade(picture, kind, t, 5) for t in (0, 0.25, 0.5, 0.75, 1)])
            left = full_reference(picture, rungs).numpy()
            self.assertGreater(spearman(left, [5, 4, 3, 2, 1]), 0.89, f'{kind}: {left}')
            self.assertLess(left[-1], 0.8, kind)

    def test_a_seed_repeats_and_strength_nought_changes_nothing(self):
        picture = (textured(1) * 255).round() / 255
        for kind in KINDS:
            first, again = degrade(picture, kind, 0.6, 9), degrade(picture, kind, 0.6, 9)
            self.assertTrue(torch.equal(first, again), kind)
            self.assertTrue(torch.equal(degrade(picture, kind, 0, 9), picture), kind)

    def test_levels_are_those_of_a_file(self):
        harmed = degrade(textured(2), 'gaussian_noise', 0.5, 1) * 255
        self.assertLess((harmed - harmed.round()).abs().max().item(), 1e-3)


class Pictures(unittest.TestCase):
    def test_grid_is_at_the_midpoints(self):
        pixels = np.arange(20 * 30, dtype=np.uint32).reshape(20, 30) % 251
        image = Image.fromarray(np.repeat(pixels[..., None].astype(np.uint8), 3, 2))
        views = cut_views(image, {'grid': [2, 3], 'size': 8})
        self.assertEqual(list(views.shape), [6, 3, 8, 8])
        # (i + 0.5) * (20 - 8 + 1) / 2 = 3.25 and 9.75; (j + 0.5) * (30 - 8 + 1) / 3 = 3.83, 11.5 and 19.17
        corners = [int(view[0, 0, 0]) for view in views]
        self.assertEqual(corners, [int(pixels[y, x]) for y in (3, 9) for x in (3, 11, 19)])

    def test_views_reach_from_edge_to_edge(self):
        image = np.zeros((20, 31, 3), np.uint8)
        image[..., 0], image[..., 1] = np.arange(20)[:, None], np.arange(31)[None]
        views = cut_views(image, {'grid': [3, 4], 'size': 8, 'edges': True})
        corners = [(int(view[0, 0, 0]), int(view[1, 0, 0])) for view in views]
        self.assertEqual(corners[::4], [(0, 0), (6, 0), (12, 0)])
        self.assertEqual(corners[:4], [(0, 0), (0, 8), (0, 15), (0, 23)])   # 7.67 and 15.33, to the nearest

    def test_detail_is_cut_from_a_larger_picture_that_was_not_enlarged(self):
        rule = {'resize': {'shorter': 16, 'interpolation': 'bicubic'}, 'views': {'grid': [1, 2], 'size': 8},
                'detail': {'shorter': 40, 'grid': [2, 2]}}
        noise = np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8)
        for side, count, source in ((16, 2, None), (24, 6, 24), (64, 6, 40)):
            image = Image.fromarray(noise[:side, :side * 3 // 2])
            views = views_of(image, rule)
            self.assertEqual(len(views), count)
            if source:
                larger = image if source == side else image.resize((source * 3 // 2, source), Image.BICUBIC)
                self.assertTrue(torch.equal(views[2:], cut_views(larger, {'grid': [2, 2], 'size': 8})))

    def test_shorter_side_rounds_as_torchvision(self):
        image = Image.new('RGB', (481, 321))
        self.assertEqual(resize(image, {'shorter': 224, 'interpolation': 'bicubic'}).size, (335, 224))

    def test_parts_are_stable_and_of_their_size(self):
        shares = {'train': 0.7, 'test': 0.3}
        parts = [part_of(f'{i}.jpg', shares) for i in range(20000)]
        self.assertAlmostEqual(parts.count('test') / 20000, 0.3, delta=0.015)
        self.assertEqual(part_of('a/b/x.jpg', shares), part_of('x.png', shares))

    def test_histogram_sums_to_one(self):
        views = torch.randint(0, 256, (3, 3, 32, 32), dtype=torch.uint8)
        self.assertTrue(torch.allclose((colour_histogram(views) ** 2).sum(1), torch.ones(3), atol=1e-5))
        self.assertTrue(torch.isfinite(describe(views)).all())


class Files(unittest.TestCase):
    def test_tensors_come_back(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / 'x.safetensors'
            tensors = {'a.b': torch.randn(3, 5), 'c': torch.arange(4)}
            write_tensors(path, tensors)
            read = read_tensors(path)
            self.assertTrue(torch.equal(read['a.b'], tensors['a.b']) and torch.equal(read['c'], tensors['c']))
            write_tensors(path, tensors, half=True)
            self.assertTrue(torch.equal(read_tensors(path)['a.b'], tensors['a.b'].half().float()))

    def test_a_task_scores_from_its_files_as_it_was(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            tower = tiny_tower()
            (folder / 'config.json').write_text(json.dumps(TINY))
            write_tensors(folder / 'model.safetensors', tower.state_dict())
            pictures, labels = labelled_views(24)
            fitted = fit(tower, pictures, labels, Plan(epochs=3, patch_share=1, head_steps=50))
            write_adapter(fitted.tower, folder / 'adapter', fitted.plan.alpha)
            write_head(fitted.head, folder / 'head.safetensors')
            rule = {'resize': {'shorter': 32, 'interpolation': 'bicubic'}, 'views': {'center': 32}}
            scorer = TaskScorer(folder, folder / 'adapter', folder / 'head.safetensors', rule)
            image = Image.fromarray(pictures[0][0].permute(1, 2, 0).numpy())
            self.assertAlmostEqual(scorer.raw(image), fitted.predict(pictures[:1])[0, 0], places=2)


class Lora(unittest.TestCase):
    def test_a_fresh_adapter_changes_nothing_and_the_trunk_is_frozen(self):
        pixels = torch.randn(2, 3, 32, 32)
        tower = tiny_tower()
        before = tower(pixels)
        attach_lora(tower)
        self.assertTrue(torch.equal(tower(pixels), before))
        learning = [name for name, p in tower.named_parameters() if p.requires_grad]
        self.assertEqual(len(learning), 2 * 3 * 2)
        self.assertTrue(all('.lora_' in name for name in learning))

    def test_an_adapter_is_b_times_a_scaled(self):
        tower = attach_lora(tiny_tower(), rank=4, alpha=2)
        layer = tower.vision_model.encoder.layers[1].self_attn.v_proj
        torch.nn.init.normal_(layer.lora_B.weight)
        x = torch.randn(5, 16)
        weight = layer.base_layer.weight + 0.5 * layer.lora_B.weight @ layer.lora_A.weight
        self.assertTrue(torch.allclose(layer(x), x @ weight.t() + layer.base_layer.bias, atol=1e-5))
        other = attach_lora(tiny_tower(), rank=4, alpha=2)
        load_lora(other, lora_state(tower))
        pixels = torch.randn(1, 3, 32, 32)
        self.assertTrue(torch.equal(other(pixels), tower(pixels)))


def labelled_views(count, seed=0):
    """Views whose brightness is their label."""
    rng = np.random.default_rng(seed)
    labels = rng.uniform(1, 7, count)
    pictures = [torch.from_numpy((rng.random((1, 3, 32, 32)) * 20 + 30 * label).astype(np.uint8)) for label in labels]
    return pictures, labels.tolist()


class Fitting(unittest.TestCase):
    def test_each_way_learns_brightness_and_leaves_the_trunk_alone(self):
        tower = tiny_tower()
        before = {name: tensor.clone() for name, tensor in tower.state_dict().items()}
        pictures, labels = labelled_views(60)
        unseen, wanted = labelled_views(30, 1)
        for way in ('head', 'lora', 'full'):
            fitted = fit(tower, pictures, labels, Plan(way=way, epochs=5))
            told = fitted.predict(unseen)[:, 0]
            self.assertGreater(spearman(told, wanted), 0.9, way)
            self.assertLess(abs(told.mean() - np.mean(wanted)), 1, way)
        for name, tensor in tower.state_dict().items():
            self.assertTrue(torch.equal(tensor, before[name]), name)

    def test_the_same_seed_gives_the_same_adapter(self):
        pictures, labels = labelled_views(24)
        first, again = (fit(tiny_tower(), pictures, labels, Plan(epochs=2, seed=4, head_steps=20)) for _ in range(2))
        self.assertTrue(torch.equal(first.head.fc1.weight, again.head.fc1.weight))


class Starts(unittest.TestCase):
    def test_filters_are_mixed_without_loss_and_no_row_hangs_on_one_weight(self):
        torch.manual_seed(0)
        bank = torch.randn(64, 3, 4, 4) * torch.logspace(-2, 1, 64).view(-1, 1, 1, 1)
        mix = mixing(bank)
        self.assertTrue(torch.allclose(mix @ mix.t(), torch.eye(64), atol=1e-6))
        self.assertLessEqual(mix.abs().max().item(), 0.25 + 1e-6)
        mlp = Mlp(64, 256, 'quick_gelu')
        rectifying_mlp(mlp, mix)
        x = torch.randn(5, 64)
        self.assertLess((mlp.fc1(x @ mix.t())[:, :64] - 2 * x).abs().max().item(), 0.4)

    def test_the_rate_rises_stays_and_falls_to_nothing(self):
        rates = [learning_rate(step, 1000) for step in range(1000)]
        self.assertLess(rates[0], PEAK_RATE / 50)
        self.assertTrue(all(rate == PEAK_RATE for rate in rates[100:700]))
        self.assertLess(rates[-1], PEAK_RATE / 200)


class Checks(unittest.TestCase):
    def test_moves_are_from_the_unchanged_score(self):
        moves = moved([1, 2, 3], {'up': [2, 3, 4], 'apart': [0, 2, 4]})
        self.assertEqual(moves['up'], {'mean': 1.0, 'sd': 0.0})
        self.assertAlmostEqual(moves['apart']['sd'], (2 / 3) ** 0.5)

    def test_neutral_changes_keep_a_picture_and_crops_have_their_shape(self):
        image = Image.fromarray((textured() * 255).byte().permute(1, 2, 0).numpy())
        for name, change in NEUTRAL.items():
            self.assertEqual(change(image).mode, 'RGB', name)
        width, height = NEUTRAL['cropped to 16:9'](image).size
        self.assertAlmostEqual(width / height, 16 / 9, delta=0.02)


class Trunks(unittest.TestCase):
    def test_a_whole_clip_folder_gives_its_vision_tower(self):
        with tempfile.TemporaryDirectory() as folder:
            folder, tower = Path(folder), tiny_tower()
            vision = {key: value for key, value in TINY.items() if key != 'projection_dim'}
            (folder / 'config.json').write_text(json.dumps({'projection_dim': 12, 'vision_config': vision}))
            write_tensors(folder / 'model.safetensors', {**tower.state_dict(), 'text_model.x': torch.ones(2),
                                                         'vision_model.embeddings.position_ids': torch.arange(17)})
            pixels = torch.randn(1, 3, 32, 32)
            self.assertTrue(torch.equal(load_trunk(folder)(pixels), tower(pixels)))

    def test_another_layout_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            with self.assertRaises(SystemExit):
                load_trunk(folder)


if __name__ == '__main__':
    unittest.main()
