"""What the student learns:

pooled        both teachers' pooled features: their principal components are the first parts of the embedding
maps          both teachers' 7 x 7 maps on their principal components, from the patches' last tokens
descriptors   colours and layout of the view, from the embedding
damage        degradation, its strength and what is left, from the embedding

All but the first go through a head that is thrown away afterwards. Content is about the clean view, whatever was done to
the one that the student sees; descriptors and damage are about the seen one.
"""

import torch
import torch.nn.functional as F
from torch import nn

from questions import Damage, Descriptors
from teach import COMPONENTS, GRID, NAMES, POOLED

# So that the gradients are of like size: README.md says how that was measured.
WEIGHTS = {'pooled': 4.0, 'maps': 2.0, 'descriptors': 1.0, 'damage': 0.03}
AXES = 0.75     # the share of the embedding that are principal components of both teachers' pooled features


def blank(embedding):
    """Statistics of the right shapes, for a checkpoint to fill."""
    channels, components, count = sum(POOLED.values()), COMPONENTS * len(NAMES), round(AXES * embedding)
    return {'pooled_scale': torch.ones(channels), 'pooled_mean': torch.zeros(channels),
            'axes': torch.zeros(channels, count), 'power': torch.ones(count), 'maps_mean': torch.zeros(components),
            'maps_scale': torch.ones(())}


def statistics(pooled, maps, embedding):
    """What the answers for training views are measured by: their means, the pooled features' principal components for
    an embedding of this width, and the maps' scale. A channel counts by the square root of its spread: quiet ones tell
    something too, but loud ones more."""
    scale = pooled.std(0).clamp(min=1e-3).sqrt()
    scaled = pooled / scale
    mean = scaled.mean(0)
    centred = scaled - mean
    power, axes = torch.linalg.eigh(centred.t() @ centred / len(centred))
    count, maps = round(AXES * embedding), maps.flatten(0, -2)
    return {'pooled_scale': scale, 'pooled_mean': mean, 'axes': axes[:, -count:].flip(1).contiguous(),
            'power': power[-count:].flip(0).clamp(min=1e-6 * power[-1]), 'maps_mean': maps.mean(0),
            'maps_scale': maps.std(0).square().mean().sqrt()}


class Lessons(nn.Module):
    """The heads, and the losses of all lessons; what knows nothing of a photograph loses 1 in pooled features and maps.

    The first parts of the embedding are compared with the principal components themselves: a head between the two would
    be wrong for hundreds of steps, and send noise into the tower as long. The other heads take embeddings that are
    normalised by their batch: an untrained tower's are nearly the same for all pictures."""

    def __init__(self, config, known, mean, spread):
        super().__init__()
        width, embedding = config['hidden_size'], config['projection_dim']
        self.side = config['image_size'] // config['patch_size']
        for name, value in known.items():
            self.register_buffer(name, value)
        self.norm = nn.BatchNorm1d(embedding, momentum=0.02, affine=False)
        self.maps = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, COMPONENTS * len(NAMES)))
        nn.init.zeros_(self.maps[1].weight)
        nn.init.zeros_(self.maps[1].bias)
        self.descriptors = Descriptors(embedding, mean, spread)
        self.damage = Damage(embedding)

    def wanted(self, pooled):
        """The principal components [batch, axes] of pooled features, each with a variance of 1."""
        return (pooled / self.pooled_scale - self.pooled_mean) @ self.axes / self.power.sqrt()

    def at_patches(self, maps, keep):
        """Maps [batch, 49, components] at the places of the student's patches, all of them or those of `keep`."""
        if self.side != GRID:
            maps = F.interpolate(maps.transpose(1, 2).unflatten(2, (GRID, GRID)), self.side, mode='bilinear',
                                 antialias=True).flatten(2).transpose(1, 2)
        return maps if keep is None else maps.gather(1, keep[:, :, None].expand(-1, -1, maps.shape[2]))

    def content(self, embedding, tokens, answers, keep=None):
        """{'pooled', 'maps'}: losses of content views, of whose patches the tokens [batch, kept] are. A component counts by
        its standard deviation."""
        wanted = self.wanted(answers['pooled'])
        weight = self.power.sqrt() / self.power.sqrt().mean()
        maps = self.at_patches((answers['maps'] - self.maps_mean) / self.maps_scale, keep)
        return {'pooled': ((embedding[:, :wanted.shape[1]] - wanted).square() * weight).mean(),
                'maps': F.mse_loss(self.maps(tokens), maps)}

    def feature(self, embedding):
        """What the student believes that the teachers' pooled features are, without their mean."""
        return (embedding[:, :len(self.power)] * self.power.sqrt()) @ self.axes.t() * self.pooled_scale


def total(losses):
    """The weighted sum."""
    return sum(WEIGHTS[name] * loss for name, loss in losses.items())


def student_losses(tower, lessons, normalize, batch):
    """All losses of one batch, whose content views come first."""
    seen = torch.cat([batch['content'], batch['rungs']])
    count = len(batch['content'])
    tokens = tower.vision_model.tokens(normalize(seen), batch.get('keep'))
    embedding = tower.visual_projection(tower.vision_model.post_layernorm(tokens[:, 0]))
    normal = lessons.norm(embedding)
    keep = batch['keep'][:count] if 'keep' in batch else None
    losses = lessons.content(embedding[:count], tokens[:count, 1:], batch, keep)
    losses['descriptors'] = lessons.descriptors(normal, seen)
    losses['damage'] = lessons.damage(normal[count:], *batch['labels'])
    return losses
