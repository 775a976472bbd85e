"""CLIP's vision transformer with LoRA and heads in plain PyTorch, from the papers' equations: the independent
source that the engine is compared with.

  Radford et al. 2021, "Learning Transferable Visual Models From Natural Language Supervision"
  Dosovitskiy et al. 2020, "An Image is Worth 16x16 Words"
  Hu et al. 2021, "LoRA"

Weights are a dictionary in transformers' names. The computation runs in whatever type the weights have.
"""
import math

import torch
import torch.nn.functional as F

CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)
NORM_EPSILON = 1e-5


def quick_gelu(x):
    return x * torch.sigmoid(1.702 * x)


ACTIVATIONS = {'quick_gelu': quick_gelu, 'gelu': F.gelu, 'relu': F.relu, 'identity': lambda x: x}


def normalize_pixels(views, dtype, mean=CLIP_MEAN, std=CLIP_STD):
    """views: [n, size, size, 3], uint8. Returns [n, 3, size, size]."""
    pixels = views.permute(0, 3, 1, 2).to(dtype) / 255
    mean, std = (torch.tensor(values, dtype=dtype).reshape(1, 3, 1, 1) for values in (mean, std))
    return (pixels - mean) / std


class Tower:
    def __init__(self, sizes, activation, weights):
        self.sizes = sizes
        self.activation = ACTIVATIONS[activation]
        self.weights = weights

    def linear(self, x, module, adapter):
        """W x + b + scale B (A x); adapter: {module: (A, B, scale)}"""
        y = F.linear(x, self.weights[module + '.weight'], self.weights.get(module + '.bias'))
        if module in adapter:
            a, b, scale = adapter[module]
            y = y + scale * F.linear(F.linear(x, a), b)
        return y

    def norm(self, x, module):
        return F.layer_norm(x, x.shape[-1:], self.weights[module + '.weight'], self.weights[module + '.bias'], NORM_EPSILON)

    def attention(self, x, module, adapter):
        n, tokens, width = x.shape
        heads = self.sizes['heads']

        def split(side):
            return self.linear(x, f'{module}.{side}_proj', adapter).reshape(n, tokens, heads, -1).transpose(1, 2)

        q, k, v = split('q'), split('k'), split('v')
        weights = torch.softmax(q @ k.transpose(2, 3) / math.sqrt(width // heads), dim=-1)
        return self.linear((weights @ v).transpose(1, 2).reshape(n, tokens, width), f'{module}.out_proj', adapter)

    def embed(self, views, adapter=None, mean=CLIP_MEAN, std=CLIP_STD):
        """views: [n, image, image, 3], uint8. Returns the embeddings, [n, embedding or width]."""
        adapter = adapter or {}
        weights, prefix = self.weights, 'vision_model.'
        kernel = weights[prefix + 'embeddings.patch_embedding.weight']
        patches = F.conv2d(normalize_pixels(views, kernel.dtype, mean, std), kernel, stride=self.sizes['patch'])
        patches = patches.flatten(2).transpose(1, 2)
        classes = weights[prefix + 'embeddings.class_embedding'].expand(len(views), 1, -1)
        x = torch.cat([classes, patches], dim=1) + weights[prefix + 'embeddings.position_embedding.weight']
        x = self.norm(x, prefix + 'pre_layrnorm')
        for i in range(self.sizes['layers']):
            block = f'{prefix}encoder.layers.{i}'
            x = x + self.attention(self.norm(x, block + '.layer_norm1'), block + '.self_attn', adapter)
            hidden = self.activation(self.linear(self.norm(x, block + '.layer_norm2'), block + '.mlp.fc1', adapter))
            x = x + self.linear(hidden, block + '.mlp.fc2', adapter)
        x = self.norm(x[:, 0], prefix + 'post_layernorm')
        return self.linear(x, 'visual_projection', adapter) if self.sizes['embedding'] else x


def apply_head(embeddings, layers, normalize):
    """layers: [(weight, bias, activation name)]. Returns the raw result of each view."""
    x = F.normalize(embeddings, dim=-1) if normalize else embeddings
    for weight, bias, activation in layers:
        x = ACTIVATIONS[activation](F.linear(x, weight, bias))
    return x
