"""How a run of distillation starts, from nothing or from a checkpoint, and its small checkpoint that travels."""

import numpy as np
import torch

from filters import structured_start
from gather import Gathered
from lessons import Lessons, blank, statistics
from lessons_data import some_views
from model import Tower
from pictures import normalize
from progress import save_whole, seed_everything
from questions import descriptor_statistics
from trunk import config_of, read_trunk_tensors

SAMPLE = 2000       # training photographs that the maps' mean and spread are taken from


def blank_lessons(config):
    """Heads of the right shapes, for a checkpoint to fill."""
    views = torch.zeros(2, 3, config['image_size'], config['image_size'], dtype=torch.uint8)
    return Lessons(config, blank(config['projection_dim']), *descriptor_statistics(views))


def start(work, settings, known, state):
    """(tower, lessons): of the checkpoint `state`, or new and seeded."""
    seed_everything(settings['seed'])
    config = config_of(*(settings[word] for word in ('width', 'layers', 'patch', 'size')))
    tower = Tower(config)
    if state:
        lessons = blank_lessons(config)
        for module, name in ((tower, 'tower'), (lessons, 'lessons')):
            module.load_state_dict({key: value.float() if value.is_floating_point() else value
                                    for key, value in state[name].items()})
        return tower, lessons
    numbers = Gathered(work).part('train')
    numbers = numbers[known['views'].numpy()[numbers, 0]]
    views, answers = some_views(work, settings, numbers, SAMPLE)
    if settings['begin']:
        tower.load_state_dict(read_trunk_tensors(settings['begin']))
    else:
        structured_start(tower, normalize(views[:400]), settings['seed'])
    with torch.no_grad():
        tower.visual_projection.weight.mul_(0.1)    # near the mean of what is wanted, which is 0
    pooled = torch.from_numpy(np.load(work / 'pooled.npy', mmap_mode='r')[numbers, 0].astype(np.float32))
    return tower, Lessons(config, statistics(pooled, answers['maps'], config['projection_dim']), *descriptor_statistics(views[:600]))


def half(state):
    """Floating-point tensors in half precision."""
    return {name: value.half() if value.is_floating_point() else value for name, value in state.items()}


def write_compact(run, path):
    """What another machine needs to go on: weights in half precision, no moments, which a few hundred steps restore."""
    save_whole({'step': run.step, 'settings': run.settings, 'known': run.known, 'log': run.log,
                'tower': half(run.tower.state_dict()), 'lessons': half(run.lessons.state_dict())}, path)
