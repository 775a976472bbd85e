"""CLIP's vision tower in PyTorch, under the names of Hugging Face's CLIPVisionModelWithProjection, with LoRA
beside its linear layers as PEFT does it, and MLP heads after it."""

import torch
from torch import nn


class Embeddings(nn.Module):
    """Pixels [batch, 3, image, image] to tokens [batch, 1 + (image / patch)^2, width]."""

    def __init__(self, config):
        super().__init__()
        width, patch = config['hidden_size'], config['patch_size']
        count = (config['image_size'] // patch) ** 2
        self.class_embedding = nn.Parameter(torch.randn(width) * 0.02)
        self.patch_embedding = nn.Conv2d(3, width, patch, patch, bias=False)
        self.position_embedding = nn.Embedding(1 + count, width)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, pixels, keep=None):
        """`keep` [batch, kept]: the patches that are looked at, for training on a part of them."""
        patches = self.patch_embedding(pixels).flatten(2).transpose(1, 2)
        position = self.position_embedding.weight
        patches = patches + position[1:]
        if keep is not None:
            patches = patches.gather(1, keep[:, :, None].expand(-1, -1, patches.shape[2]))
        first = (self.class_embedding + position[0]).expand(len(pixels), 1, -1)
        return torch.cat([first, patches], 1)


class Attention(nn.Module):
    """Multi-head self-attention: softmax(q k^T / sqrt(width / heads)) v."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.q_proj = nn.Linear(width, width)
        self.k_proj = nn.Linear(width, width)
        self.v_proj = nn.Linear(width, width)
        self.out_proj = nn.Linear(width, width)

    def forward(self, x):
        batch, tokens, width = x.shape

        def split(y):
            return y.view(batch, tokens, self.heads, width // self.heads).transpose(1, 2)

        q, k, v = split(self.q_proj(x)), split(self.k_proj(x)), split(self.v_proj(x))
        weights = (q * (width // self.heads) ** -0.5 @ k.transpose(2, 3)).softmax(-1)
        return self.out_proj((weights @ v).transpose(1, 2).reshape(batch, tokens, width))


class Mlp(nn.Module):
    """fc2(activation(fc1(x)))."""

    def __init__(self, width, inner, activation):
        super().__init__()
        self.fc1 = nn.Linear(width, inner)
        self.fc2 = nn.Linear(inner, width)
        self.activation = activation

    def forward(self, x):
        x = self.fc1(x)
        x = nn.functional.silu(1.702 * x) / 1.702 if self.activation == 'quick_gelu' else nn.functional.gelu(x)
        return self.fc2(x)


class Layer(nn.Module):
    """A pre-LayerNorm transformer layer."""

    def __init__(self, config):
        super().__init__()
        width, epsilon = config['hidden_size'], config.get('layer_norm_eps', 1e-5)
        self.self_attn = Attention(width, config['num_attention_heads'])
        self.layer_norm1 = nn.LayerNorm(width, epsilon)
        self.mlp = Mlp(width, config['intermediate_size'], config.get('hidden_act', 'quick_gelu'))
        self.layer_norm2 = nn.LayerNorm(width, epsilon)

    def forward(self, x):
        x = x + self.self_attn(self.layer_norm1(x))
        return x + self.mlp(self.layer_norm2(x))


class Encoder(nn.Module):
    """The layers, one after the other."""

    def __init__(self, config):
        super().__init__()
        self.layers = nn.ModuleList(Layer(config) for _ in range(config['num_hidden_layers']))

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


class VisionModel(nn.Module):
    """Pixels to the normalised class token [batch, width]."""

    def __init__(self, config):
        super().__init__()
        width, epsilon = config['hidden_size'], config.get('layer_norm_eps', 1e-5)
        self.embeddings = Embeddings(config)
        self.pre_layrnorm = nn.LayerNorm(width, epsilon)  # spelt so in every published checkpoint
        self.encoder = Encoder(config)
        self.post_layernorm = nn.LayerNorm(width, epsilon)

    def tokens(self, pixels, keep=None):
        """What the last layer leaves of every token [batch, tokens, width], the class token first."""
        return self.encoder(self.pre_layrnorm(self.embeddings(pixels, keep)))

    def forward(self, pixels, keep=None):
        return self.post_layernorm(self.tokens(pixels, keep)[:, 0])


class Tower(nn.Module):
    """Normalised pixels [batch, 3, image, image] to embeddings [batch, projection_dim], without L2 norm."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.patches = (config['image_size'] // config['patch_size']) ** 2
        self.vision_model = VisionModel(config)
        self.visual_projection = nn.Linear(config['hidden_size'], config['projection_dim'], bias=False)

    def forward(self, pixels, keep=None):
        return self.visual_projection(self.vision_model(pixels, keep))


class LoraLinear(nn.Module):
    """y = W x + b + scale * B (A x), with W and b left alone (Hu et al., 2021). B starts at zero."""

    def __init__(self, base, rank, scale):
        super().__init__()
        self.base_layer = base
        self.scale = scale
        self.lora_A = nn.Linear(base.in_features, rank, bias=False)
        self.lora_B = nn.Linear(rank, base.out_features, bias=False)
        nn.init.zeros_(self.lora_B.weight)

    def forward(self, x):
        return self.base_layer(x) + self.scale * self.lora_B(self.lora_A(x))


LORA_TARGETS = ('q_proj', 'k_proj', 'v_proj')


def attach_lora(tower, rank=16, alpha=16):
    """Freezes the tower and puts an adapter beside the layers LORA_TARGETS of every attention."""
    tower.requires_grad_(False)
    for layer in tower.vision_model.encoder.layers:
        for name in LORA_TARGETS:
            setattr(layer.self_attn, name, LoraLinear(getattr(layer.self_attn, name), rank, alpha / rank))
    return tower


def detach_lora(tower):
    """Takes the adapter off again; the tower is the frozen one."""
    for layer in tower.vision_model.encoder.layers:
        for name in LORA_TARGETS:
            module = getattr(layer.self_attn, name)
            if isinstance(module, LoraLinear):
                setattr(layer.self_attn, name, module.base_layer)
    return tower


def fold_lora(tower):
    """Adds the adapter to the frozen weights: the same scores for less work, but nothing more to train."""
    for layer in tower.vision_model.encoder.layers:
        for name in LORA_TARGETS:
            module = getattr(layer.self_attn, name)
            with torch.no_grad():
                module.base_layer.weight += module.scale * module.lora_B.weight @ module.lora_A.weight
    return detach_lora(tower)


def lora_state(tower):
    """The adapter's tensors under PEFT's names."""
    return {'base_model.model.' + name: tensor.detach().clone()
            for name, tensor in tower.state_dict().items() if '.lora_' in name}


def load_lora(tower, state):
    """Puts tensors that lora_state gave into a tower with an adapter of the same shape."""
    own = {name: tensor for name, tensor in tower.state_dict().items() if '.lora_' in name}
    given = {name[len('base_model.model.'):]: tensor for name, tensor in state.items()}
    if set(own) != set(given):
        raise ValueError('The adapter does not fit this tower: its layers have other names.')
    for name, tensor in given.items():
        own[name].copy_(tensor)


class Head(nn.Sequential):
    """Linear layers fc1, fc2, … with ReLU between them."""

    def __init__(self, *sizes):
        super().__init__()
        for i, (inputs, outputs) in enumerate(zip(sizes, sizes[1:]), 1):
            if i > 1:
                self.add_module(f'relu{i - 1}', nn.ReLU())
            self.add_module(f'fc{i}', nn.Linear(inputs, outputs))
