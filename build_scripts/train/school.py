"""The checks of distillation, on photographs of its own validation part."""

import numpy as np
import torch

from gather import Gathered
from lessons_data import some_views
from measures import spearman
from pictures import normalize
from teach import POOLED, taught
from views import Ladders

PHOTOGRAPHS, LADDERS, BATCH = 400, 120, 50
RUNGS = 1, 4        # of each ladder, the lower ones first


def centred_cosine(told, wanted):
    """The mean cosine of rows from which the training mean is taken off."""
    return torch.cosine_similarity(told, wanted, dim=1).mean().item()


class School:
    """Views 0 of validation photographs, clean, and validation ladders."""

    def __init__(self, work, settings):
        numbers = Gathered(work).part('validation')
        if not taught(work)[numbers, 0].all():
            raise SystemExit('The validation photographs are not taught yet: let teach.py run a few minutes.')
        self.views, self.answers = some_views(work, settings, numbers, PHOTOGRAPHS)
        ladders = Ladders(work / 'views' / 'validation')
        rows, rungs = np.tile(ladders.some(LADDERS), 2), np.repeat(RUNGS, LADDERS)
        self.rungs, self.labels = ladders.cut(rows, rungs, settings['size'])

    @torch.no_grad()
    def check(self, tower, lessons):
        """{measure: value}."""
        tower.eval(), lessons.eval()
        embeddings, tokens = [], []
        for part in self.views.split(BATCH):
            each = tower.vision_model.tokens(normalize(part))
            embeddings.append(tower.visual_projection(tower.vision_model.post_layernorm(each[:, 0])))
            tokens.append(each[:, 1:])
        embedding = torch.cat(embeddings)
        result = {name: loss.item() for name, loss in
                  lessons.content(embedding, torch.cat(tokens), self.answers).items()}
        told = lessons.feature(embedding).split(list(POOLED.values()), 1)
        wanted = (self.answers['pooled'] - lessons.pooled_mean * lessons.pooled_scale).split(list(POOLED.values()), 1)
        for name, *both in zip(POOLED, told, wanted):
            result[f'cosine_{name}'] = centred_cosine(*both)
        embedding = lessons.norm(torch.cat([tower(normalize(part)) for part in self.rungs.split(BATCH)]))
        result['damage'] = lessons.damage(embedding, *self.labels).item()
        result['quality'] = spearman(lessons.damage.tell(embedding)[2][:, 0], self.labels[3])
        tower.train(), lessons.train()
        return {name: float(np.float32(value)) for name, value in result.items()}
