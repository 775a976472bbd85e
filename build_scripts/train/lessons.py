"""What the student learns, each lesson through a head that is thrown away afterwards:

pooled        both teachers' pooled features, from the embedding
logits        v2's opinion of 1,001 classes, from the embedding
maps          both teachers' 7 x 7 maps on their principal components, from the patches' last tokens
descriptors   colours and layout of the view, from the embedding
damage        degradation, its strength and what is left, from the embedding

Content is about the clean view, whatever was done to the one that the student sees; descriptors and damage are about
the seen one.
"""

import torch
import torch.nn.functional as F
from torch import nn

from fit import whiten
from questions import Damage, Descriptors
from teach import COMPONENTS, GRID, LOGITS, NAMES, POOLED

WEIGHTS = {'pooled': 1.0, 'logits': 0.25, 'maps': 0.5, 'descriptors': 1.0, 'damage': 1.0}


def statistics(answers):
    """Mean and scale of the answers of training views. A pooled channel counts by the square root of its spread:
    quiet channels tell something too, but the loud ones more."""
    pooled, maps = answers['pooled'], answers['maps'].flatten(0, 1)
    spread = pooled.std(0).clamp(min=1e-3)
    scale = spread.sqrt() * (spread.sum() / len(spread)).sqrt()
    return {'pooled_mean': pooled.mean(0), 'pooled_scale': scale, 'maps_mean': maps.mean(0),
            'maps_scale': maps.std(0).square().mean().sqrt()}


class Lessons(nn.Module):
    """The heads, and the losses of all lessons; an untrained head's loss is 1 for features, about 1 for maps. What they
    take is standardised by the untrained tower's embeddings, once and for all, so that the embedding keeps a scale."""

    def __init__(self, config, known, mean, spread):
        super().__init__()
        width, embedding = config['hidden_size'], config['projection_dim']
        self.side = config['image_size'] // config['patch_size']
        for name, value in known.items():
            self.register_buffer(name, value)
        self.register_buffer('middle', torch.zeros(embedding))
        self.register_buffer('spread', torch.ones(embedding))
        self.pooled = nn.Linear(embedding, sum(POOLED.values()))
        self.logits = nn.Linear(embedding, LOGITS)
        self.maps = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, COMPONENTS * len(NAMES)))
        self.descriptors = Descriptors(embedding, mean, spread)
        self.damage = Damage(embedding)

    @torch.no_grad()
    def begin(self, embedding, logits):
        """Starts the heads on the untrained tower's embeddings, standardised, at what is true of all pictures."""
        self.middle.copy_(embedding.mean(0))
        self.spread.copy_(embedding.std(0) + 0.1 * embedding.std(0).mean())
        for head in (self.pooled, self.logits, self.maps[1]):
            nn.init.zeros_(head.weight)
            nn.init.zeros_(head.bias)
        self.logits.bias.copy_(logits.mean(0))
        whiten(self.damage.head, embedding)

    def at_patches(self, maps, keep):
        """Maps [batch, 49, components] at the places of the student's patches, all of them or those of `keep`."""
        if self.side != GRID:
            maps = F.interpolate(maps.transpose(1, 2).unflatten(2, (GRID, GRID)), self.side, mode='bilinear',
                                 antialias=True).flatten(2).transpose(1, 2)
        return maps if keep is None else maps.gather(1, keep[:, :, None].expand(-1, -1, maps.shape[2]))

    def content(self, embedding, tokens, answers, keep=None):
        """{'pooled', 'logits', 'maps'}: losses of content views, of whose patches the tokens [batch, kept] are."""
        normal = (embedding - self.middle) / self.spread
        wanted = (answers['pooled'] - self.pooled_mean) / self.pooled_scale
        maps = self.at_patches((answers['maps'] - self.maps_mean) / self.maps_scale, keep)
        opinion = answers['logits'].log_softmax(1)
        return {'pooled': F.mse_loss(self.pooled(normal), wanted),
                'logits': F.kl_div(self.logits(normal).log_softmax(1), opinion, reduction='batchmean', log_target=True),
                'maps': F.mse_loss(self.maps(tokens), maps)}

    def feature(self, embedding):
        """What the student believes that the teachers' pooled features are, without their mean."""
        return self.pooled((embedding - self.middle) / self.spread) * self.pooled_scale


def total(losses):
    """The weighted sum."""
    return sum(WEIGHTS[name] * loss for name, loss in losses.items())


def student_losses(tower, lessons, normalize, batch):
    """All losses of one batch, whose content views come first."""
    seen = torch.cat([batch['content'], batch['rungs']])
    count = len(batch['content'])
    tokens = tower.vision_model.tokens(normalize(seen), batch.get('keep'))
    embedding = tower.visual_projection(tower.vision_model.post_layernorm(tokens[:, 0]))
    keep = batch['keep'][:count] if 'keep' in batch else None
    losses = lessons.content(embedding[:count], tokens[:count, 1:], batch, keep)
    losses['descriptors'] = lessons.descriptors(embedding, seen)
    losses['damage'] = lessons.damage(embedding[count:], *batch['labels'])
    return losses
