"""Distillation, second: what both teachers say of fixed views of every photograph, computed once.

The views are those of `fixed_views.py`. Both teachers see each one clean, at 224 pixels, a photograph's own cuts from the
file at full size. Kept in half precision for each photograph and view: both pooled features, and both 7 x 7 maps projected
on their first principal components. Views are done in rounds, view 0 of all photographs first, and training may begin on
those that are done. Another seed or number of views, or other photographs, are refused where there are answers.
"""

import one_thread  # noqa: F401  (before NumPy is loaded)

import argparse
import importlib.util
import json
from multiprocessing import Process
from pathlib import Path

import numpy as np
import torch

from fixed_views import CUTS, WHOLE, FixedViews, cut_box
from gather import Gathered
from pictures import open_picture
from progress import Progress, digest, make_array, of_one_making, save_arrays

SIZE, GRID = 224, 7
NAMES = ('v1', 'v2')
POOLED = {'v1': 1024, 'v2': 1280}
COMPONENTS = 64         # principal components of each teacher's map
SAMPLE = 800            # photographs that they are computed from
ANSWERS = 'views.json, taught.npy, pooled.npy, maps.npy and components.npz'
BATCH = 2               # more does not fit into a core's cache and is slower


def load_teachers(folder):
    """Both teachers, compiled: twice as fast, and equal to 2e-5."""
    spec = importlib.util.spec_from_file_location('teacher', folder / 'teacher.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    teachers = [module.load_teacher(folder / f'teacher-mobilenet-{name}.npz') for name in NAMES]
    if not hasattr(torch, 'compile'):
        return teachers
    import torch._inductor.config as inductor
    inductor.freezing = True
    return [torch.compile(teacher, dynamic=False) for teacher in teachers]


def ask(teachers, views):
    """(pooled [n, 2304], maps [[n, channels, 7, 7]] of each) for uint8 views [n, size, size, 3]."""
    pixels = torch.from_numpy(np.stack(views)).permute(0, 3, 1, 2).float() / 255
    with torch.no_grad():
        first, second = (teacher(pixels) for teacher in teachers)
    return torch.cat([first.feature, second.feature], 1), (first.spatial, second.spatial)


def files_of(photographs, views):
    """Shapes and types of what is written."""
    rows = (photographs, views)
    return {'pooled': (rows + (sum(POOLED.values()),), np.float16),
            'maps': (rows + (GRID * GRID, COMPONENTS * len(NAMES)), np.float16), 'taught': (rows, np.uint8)}


def make_files(work, gathered, seed, views):
    """Empty files and views.json, unless an earlier run made them; refuses those of other views."""
    files = {work / f'{name}.npy': shape for name, shape in files_of(len(gathered), views).items()}
    settings = {'seed': seed, 'views': views, 'photographs': digest(row['file'] for row in gathered.rows)}
    of_one_making(work / 'views.json', settings, [*files, work / 'components.npz'], ANSWERS)
    for path, shape in files.items():
        make_array(path, *shape)


def principal_components(teachers, gathered, data, path):
    """Mean and first components of each teacher's map places, from SAMPLE photographs."""
    if path.exists():
        return
    numbers = gathered.part('train')
    numbers = numbers[np.linspace(0, len(numbers) - 1, SAMPLE).astype(int)]
    places, progress = [[], []], Progress('components', len(numbers))
    for i in range(0, len(numbers), BATCH):
        images = [open_picture(data / gathered.rows[number]['file']) for number in numbers[i:i + BATCH]]
        _, maps = ask(teachers, [cut_box(image, WHOLE, SIZE) for image in images])
        for kept, each in zip(places, maps):
            kept.append(each.permute(0, 2, 3, 1).flatten(0, 2)[::3])
        progress.update(i + BATCH)
    result = {}
    for name, kept in zip(NAMES, places):
        values = torch.cat(kept).double()
        mean = values.mean(0)
        power, vectors = torch.linalg.eigh((values - mean).t() @ (values - mean) / len(values))
        print(f'{name}: {COMPONENTS} components hold {power[-COMPONENTS:].sum() / power.sum():.3f} of the variance')
        result[f'{name}-mean'] = mean.float().numpy()
        result[f'{name}-components'] = vectors[:, -COMPONENTS:].flip(1).float().numpy()
    save_arrays(path, **result)


def project(maps, components):
    """The maps' places on the components: [n, 49, 2 * COMPONENTS]."""
    parts = [(each.flatten(2).transpose(1, 2) - torch.from_numpy(components[f'{name}-mean'])) @
             torch.from_numpy(components[f'{name}-components']) for name, each in zip(NAMES, maps)]
    return torch.cat(parts, 2)


def order_of(gathered, seed, view=0):
    """Validation photographs first, then the others at random: a run that begins early has some of all kinds. Mixtures
    are only trained on."""
    train = np.random.default_rng(seed).permutation(gathered.part('train'))
    return np.r_[gathered.part('validation'), train] if view < CUTS else train


def teach_share(args, worker):
    """One worker's photographs, every `workers`-th, round by round."""
    gathered, teachers = Gathered(args.work), load_teachers(args.teachers)
    components = dict(np.load(args.work / 'components.npz'))
    files = {name: np.load(args.work / f'{name}.npy', mmap_mode='r+')
             for name in files_of(len(gathered), args.views)}
    cutter, orders = FixedViews(gathered, args.seed), [order_of(gathered, args.seed, view) for view in range(args.views)]
    progress, done = Progress('teach', sum(map(len, orders)) // args.workers), 0
    for view, order in enumerate(orders):
        own = order[worker::args.workers]
        for start in range(0, len(own), BATCH):
            numbers = own[start:start + BATCH]
            done += len(numbers)
            if files['taught'][numbers, view].all():
                continue
            images = BATCH * [None]     # of a mixture, the gathered ones
            if view < CUTS:
                images = [open_picture(args.data / gathered.rows[number]['file']) for number in numbers]
            cuts = [cutter.cut(number, view, SIZE, image) for number, image in zip(numbers, images)]
            cuts += cuts[:1] * (BATCH - len(cuts))
            pooled, maps = ask(teachers, cuts)
            kept = slice(len(numbers))
            files['pooled'][numbers, view] = pooled[kept]
            files['maps'][numbers, view] = project(maps, components)[kept]
            files['taught'][numbers, view] = 1
            progress.update(done)


def taught(work):
    """Which views of which photographs are done, [photographs, views]."""
    return np.load(work / 'taught.npy').astype(bool)


def missing(work, gathered, seed, views):
    """How many views the teachers were not asked about that they should have been."""
    done = taught(work)
    return sum(int((~done[order_of(gathered, seed, view), view]).sum()) for view in range(views))


def read_views(work):
    """The seed and number of the views."""
    return json.loads((work / 'views.json').read_text())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--data', required=True, type=Path, help='the folder that gather.py read')
    parser.add_argument('--work', required=True, type=Path, help='the folder that gather.py wrote to')
    parser.add_argument('--teachers', required=True, type=Path, help='folder of teacher.py and both networks')
    parser.add_argument('--views', type=int, default=13, help='views of each photograph')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--workers', type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(1)
    gathered = Gathered(args.work)
    make_files(args.work, gathered, args.seed, args.views)
    principal_components(load_teachers(args.teachers), gathered, args.data, args.work / 'components.npz')
    workers = [Process(target=teach_share, args=(args, worker)) for worker in range(args.workers)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    left = missing(args.work, gathered, args.seed, args.views)
    if left:
        raise SystemExit(f'{left} views have no answers: see the messages above, then run this again.')
    print('All views have their answers.')


if __name__ == '__main__':
    main()
