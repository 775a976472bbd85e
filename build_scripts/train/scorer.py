"""Scores pictures as the engine does, in float32: a trunk, a task's adapter, if it has one, and its head."""

import torch

from model import Head, Tower, attach_lora, fold_lora, load_lora
from pictures import normalize, views_of
from tensorfile import read_tensors
from trunk import read_adapter, read_config, read_trunk_tensors


class TaskScorer:
    """One task: raw scores of images, each the mean over its views."""

    def __init__(self, trunk, adapter, head, preprocess):
        self.tower = Tower(read_config(trunk))
        self.tower.load_state_dict(read_trunk_tensors(trunk))
        if adapter is not None:
            tensors, rank, alpha = read_adapter(adapter)
            attach_lora(self.tower, rank, alpha)
            load_lora(self.tower, tensors)
            fold_lora(self.tower)
        layers = read_tensors(head)
        sizes = [layers['fc1.weight'].shape[1]]
        sizes += [len(layers[f'fc{i}.weight']) for i in range(1, len(layers) // 2 + 1)]
        self.head = Head(*sizes)
        self.head.load_state_dict(layers)
        self.preprocess = preprocess
        self.tower.eval()
        self.head.eval()

    @torch.no_grad()
    def raw(self, image):
        """The mean over the views, before the output rule."""
        return float(self.head(self.tower(normalize(views_of(image, self.preprocess)))).mean())
