#!/usr/bin/env python3
"""Writes checkpoints/: tiny checkpoints in every published layout, saved by PyTorch and numpy themselves, and
checkpoints.json: what PyTorch computes from them. The towers are seeded (generator.py).

  python3 tests/golden/checkpoints.py      needs PyTorch and numpy
"""
import json
import pathlib

import numpy as np
import torch
from torch import nn

import generator
from clip import Tower, apply_head

FOLDER = pathlib.Path(__file__).with_name('checkpoints')
SIZES = dict(width=16, layers=2, heads=2, mlp_width=32, patch=4, image=8, embedding=12)
VIEWS = dict(seed=201, count=3)
ATTENTION = ['q_proj', 'k_proj', 'v_proj']
SEED = 20
QUALITY, EMOTION, OTHER = 52, 42, 43  # the seeds of PerceptCLIP's tasks; with some others ReLU leaves nothing of the head
EVERY_LAYER = [*ATTENTION, 'out_proj', 'fc1', 'fc2', 'visual_projection']
OTHER_PROJECTION = 21  # the seed of the tower whose projection an adapter brings along

OPENAI_TRUNK = {
    'embeddings.class_embedding': 'class_embedding',
    'embeddings.position_embedding.weight': 'positional_embedding',
    'embeddings.patch_embedding.weight': 'conv1.weight',
    'pre_layrnorm': 'ln_pre',
    'post_layernorm': 'ln_post',
}
OPENAI_BLOCK = {'layer_norm1': 'ln_1', 'layer_norm2': 'ln_2', 'self_attn.out_proj': 'attn.out_proj', 'mlp.fc1': 'mlp.c_fc', 'mlp.fc2': 'mlp.c_proj'}


def seeded_tower(seed=SEED, dtype=torch.float32):
    return {name: torch.from_numpy(array).to(dtype) for name, array in generator.tower_tensors(SIZES, seed, False)}


def seeded_views():
    return torch.from_numpy(np.stack([generator.synthetic_view(SIZES['image'], VIEWS['seed'], i) for i in range(VIEWS['count'])]))


def to_openai(tower):
    """transformers' names to OpenAI's, without `visual.`"""
    names = {}
    for theirs, ours in OPENAI_TRUNK.items():
        for part in ['', '.weight', '.bias']:
            if f'vision_model.{theirs}{part}' in tower:
                names[ours + part] = tower[f'vision_model.{theirs}{part}']
    for i in range(SIZES['layers']):
        block, target = f'vision_model.encoder.layers.{i}', f'transformer.resblocks.{i}'
        for theirs, ours in OPENAI_BLOCK.items():
            for part in ['weight', 'bias']:
                names[f'{target}.{ours}.{part}'] = tower[f'{block}.{theirs}.{part}']
        for part in ['weight', 'bias']:
            names[f'{target}.attn.in_proj_{part}'] = torch.cat([tower[f'{block}.self_attn.{side}.{part}'] for side in ATTENTION])
    names['proj'] = tower['visual_projection.weight'].T
    return names


def text_tower():
    return {
        'positional_embedding': torch.zeros(4, 8), 'text_projection': torch.zeros(8, 12), 'logit_scale': torch.tensor(1.0),
        'token_embedding.weight': torch.zeros(5, 8), 'ln_final.weight': torch.ones(8), 'ln_final.bias': torch.zeros(8),
        'transformer.resblocks.0.attn.in_proj_weight': torch.zeros(24, 8),
    }


class Holder(nn.Module):
    """A module that only holds tensors, by their dotted names."""

    def forward(self, x):
        return x


def build_module(tensors):
    root = Holder()
    for name, tensor in tensors.items():
        *path, last = name.split('.')
        module = root
        for part in path:
            if part not in module._modules:
                module.add_module(part, Holder())
            module = module._modules[part]
        if tensor.is_floating_point():
            module.register_parameter(last, nn.Parameter(tensor, requires_grad=False))
        else:
            module.register_buffer(last, tensor)
    return root


def round_like_openai(tower):
    """OpenAI stores matrices as halves and leaves LayerNorm in float32."""
    return {name: tensor if 'norm' in name or 'layrnorm' in name else tensor.half() for name, tensor in tower.items()}


def write_openai():
    rounded = round_like_openai(seeded_tower())
    tensors = {f'visual.{name}': tensor for name, tensor in to_openai(rounded).items()}
    tensors.update(text_tower())
    tensors.update({'input_resolution': torch.tensor(8), 'context_length': torch.tensor(4), 'vocab_size': torch.tensor(5)})
    torch.jit.script(build_module(tensors)).save(str(FOLDER / 'openai.pt'))
    return rounded


def write_open_clip(tower):
    tensors = {f'module.visual.{name}': tensor for name, tensor in to_openai(tower).items()}  # `proj` is a transposed view
    tensors.update({f'module.{name}': tensor for name, tensor in text_tower().items()})
    shared = torch.cat([tensors[name].flatten() for name in ('module.visual.ln_pre.bias', 'module.visual.ln_post.bias')])
    tensors['module.visual.ln_pre.bias'], tensors['module.visual.ln_post.bias'] = shared[:16], shared[16:]
    torch.save({'epoch': 3, 'name': 'tiny', 'state_dict': tensors, 'optimizer': {'state': {}, 'lr': 0.5}}, FOLDER / 'open-clip.pt')
    torch.save(to_openai(tower), FOLDER / 'visual-only.pt')


def write_hugging_face():
    tower = seeded_tower(dtype=torch.bfloat16)
    ids = {'vision_model.embeddings.position_ids': torch.arange(5).expand(1, -1)}
    torch.save({**tower, **ids}, FOLDER / 'hugging-face.bin')
    return tower


def adapter_of(seed, targets=ATTENTION, rank=4):
    return list(generator.adapter_tensors(SIZES, dict(targets=targets, rank=rank), seed))


def head_of(outputs, seed):
    return [(torch.from_numpy(weight), torch.from_numpy(bias)) for weight, bias in generator.head_tensors(SIZES['embedding'], outputs, seed)]


def write_percept_clip(name, tower, seed, outputs):
    prefix = 'model.base_model.model.'
    tensors = {}
    for key, tensor in tower.items():
        inner = key.replace('vision_model.', '')
        if any(f'.{side}.' in inner for side in ATTENTION):
            head, part = inner.rsplit('.', 1)
            inner = f'{head}.base_layer.{part}'
        tensors[prefix + inner if key != 'visual_projection.weight' else 'proj.weight'] = tensor
    for module, a, b in adapter_of(seed):
        inner = prefix + module.replace('vision_model.', '')
        tensors[f'{inner}.lora_A.default.weight'] = torch.from_numpy(a)
        tensors[f'{inner}.lora_B.default.weight'] = torch.from_numpy(b)
    for index, (weight, bias) in enumerate(head_of(outputs, seed)):
        tensors[f'mlp.fc{index + 1}.weight'], tensors[f'mlp.fc{index + 1}.bias'] = weight, bias
    torch.save(tensors, FOLDER / name)


def named_layers(layers, names):
    return {f'{name}.{part}': tensor for name, layer in zip(names, layers) for part, tensor in zip(['weight', 'bias'], layer)}


def write_heads():
    linear = head_of([1], 31)
    torch.save(dict(zip(['weight', 'bias'], linear[0])), FOLDER / 'laion-linear.pth')
    mlp = head_of([16, 8, 4, 3, 1], 32)
    torch.save(named_layers(mlp, [f'layers.{i}' for i in (0, 2, 4, 6, 7)]), FOLDER / 'laion-mlp.pth')
    torch.save(named_layers(mlp, [f'layers.{i}' for i in (0, 3, 6, 9, 11)]), FOLDER / 'laion-mlp-relu.pth')
    arrays = {name: tensor.numpy() for name, tensor in named_layers(head_of([6, 1], 33), ['fc1', 'fc2']).items()}
    arrays['fc1.weight'] = np.asfortranarray(arrays['fc1.weight'])
    np.savez(FOLDER / 'head.npz', **arrays)
    np.savez_compressed(FOLDER / 'head-compressed.npz', **arrays)


class Evil:
    def __reduce__(self):
        import os
        return os.system, ('touch percept-was-here',)


def write_refused(tower):
    torch.save({'weight': Evil()}, FOLDER / 'evil.pth')
    torch.save(nn.Linear(2, 2), FOLDER / 'whole-model.pth')
    torch.save({'weight': torch.ones(1, 12), 'bias': torch.ones(1)}, FOLDER / 'legacy.pth', _use_new_zipfile_serialization=False)
    torch.save({'weight': torch.ones(1, 12, dtype=torch.float64), 'bias': torch.ones(1)}, FOLDER / 'double.pth')
    changed = {name: tensor.clone() for name, tensor in tower.items()}
    changed['vision_model.encoder.layers.1.mlp.fc1.weight'][3, 4] += 1e-6
    write_percept_clip('perceptclip-other.pth', changed, OTHER, [1])
    views = torch.arange(24, dtype=torch.float32)
    torch.save({'transposed': views[:12].reshape(3, 4).T, 'stepped': views[1::5], 'inner': views.reshape(4, 6)[1:3, 2:5],
                'expanded': views[2:5].reshape(3, 1).expand(3, 2), 'scalar': views[7], 'empty': views[:0],
                'parameter': nn.Parameter(views[20:]), 'halves': views[:4].half(), 'brains': views[:4].bfloat16(),
                'integers': torch.arange(3)}, FOLDER / 'strided.pth')


def numbers(tensor):
    return [numbers(row) for row in tensor] if tensor.dim() > 1 else [float(f'{value:.8g}') for value in tensor]


def embed(tower, activation, adapter=None, sizes=SIZES):
    weights = {name: tensor.double() for name, tensor in tower.items()}
    with torch.no_grad():
        return Tower(sizes, activation, weights).embed(seeded_views(), adapter)


def score(embeddings, layers, activation, normalize):
    chain = [(weight.double(), bias.double(), activation) for weight, bias in layers]
    chain[-1] = (*chain[-1][:2], 'identity')
    return numbers(apply_head(embeddings, chain, normalize))


def scaled(pairs, scale):
    return {module: (torch.from_numpy(a).double(), torch.from_numpy(b).double(), scale) for module, a, b in pairs}


def percept_adapter(seed):
    return scaled(adapter_of(seed), 8 / 4)


def peft_results(tower):
    """What PEFT's ways to say a scale mean, r 4 and lora_alpha 8 everywhere."""
    plain = percept_adapter(QUALITY)
    # rank_pattern {"v_proj": 2}, alpha_pattern {"layers.1.self_attn.q_proj": 3}
    patterns = {**plain, **scaled(adapter_of(QUALITY, ['v_proj'], 2), 8 / 2)}
    query = 'vision_model.encoder.layers.1.self_attn.q_proj'
    patterns[query] = (*plain[query][:2], 3 / 4)
    projection = dict(generator.tower_tensors(SIZES, OTHER_PROJECTION, False))['visual_projection.weight']
    return {
        'plain': numbers(embed(tower, 'quick_gelu', plain)),
        'rslora': numbers(embed(tower, 'quick_gelu', scaled(adapter_of(QUALITY), 8 / 4 ** 0.5))),
        'patterns': numbers(embed(tower, 'quick_gelu', patterns)),
        'every_layer': numbers(embed(tower, 'quick_gelu', scaled(adapter_of(QUALITY, EVERY_LAYER), 8 / 4))),
        'own_projection': numbers(embed({**tower, 'visual_projection.weight': torch.from_numpy(projection)}, 'quick_gelu', plain)),
    }


def main():
    FOLDER.mkdir(exist_ok=True)
    tower = seeded_tower()
    openai, brain = write_openai(), write_hugging_face()
    write_open_clip(tower)
    write_percept_clip('perceptclip-quality.pth', tower, QUALITY, [8, 4, 1])
    write_percept_clip('perceptclip-emotion.pth', tower, EMOTION, [8, 4, 8])
    write_heads()
    write_refused(tower)
    plain = embed(tower, 'quick_gelu')
    quality, emotion = (embed(tower, 'quick_gelu', percept_adapter(seed)) for seed in (QUALITY, EMOTION))
    mlp = head_of([16, 8, 4, 3, 1], 32)
    expected = {
        'openai': numbers(embed(openai, 'quick_gelu')),
        'hugging_face': numbers(embed(brain, 'gelu')),
        'plain_gelu': numbers(embed(tower, 'gelu')),
        'plain': numbers(plain),
        'bare': numbers(embed(tower, 'quick_gelu', sizes={**SIZES, 'embedding': 0})),
        'peft': peft_results(tower),
        'quality': {'embeddings': numbers(quality), 'raw': score(quality, head_of([8, 4, 1], QUALITY), 'relu', False)},
        'emotion': {'embeddings': numbers(emotion), 'raw': score(emotion, head_of([8, 4, 8], EMOTION), 'relu', False)},
        'laion_linear': score(plain, head_of([1], 31), 'identity', True),
        'laion_mlp': score(plain, mlp, 'identity', True),
        'laion_mlp_relu': score(plain, mlp, 'relu', True),
        'npz': score(plain, head_of([6, 1], 33), 'relu', False),
    }
    seeds = {'tower': SEED, 'quality': QUALITY, 'other_projection': OTHER_PROJECTION}
    path = FOLDER.with_name('checkpoints.json')
    path.write_text(json.dumps({'sizes': SIZES, 'views': VIEWS, 'seeds': seeds, 'expected': expected}, separators=(',', ':')) + '\n')


if __name__ == '__main__':
    main()
