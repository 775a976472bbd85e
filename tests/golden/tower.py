#!/usr/bin/env python3
"""Writes tower.json and tower-l14.json: what PyTorch computes for seeded towers (generator.py), adapters, heads and pictures.

Expected values are computed in float64 from the float32 weights; `float32_error` is how far PyTorch's own
float32 comes from them, the largest absolute difference over the largest absolute value.

  python3 tests/golden/tower.py      needs PyTorch and numpy; some minutes for the full-size towers
"""
import hashlib
import json
import math
import pathlib

import numpy as np
import torch

import generator
from clip import Tower, apply_head

B32 = dict(width=768, layers=12, heads=12, mlp_width=3072, patch=32, image=224, embedding=512)
ATTENTION = ['q_proj', 'k_proj', 'v_proj']
EVERYWHERE = ATTENTION + ['out_proj', 'fc1', 'fc2', 'visual_projection']
MLP_TASK = dict(lora=dict(targets=ATTENTION, rank=16, alpha=8), head=dict(outputs=[512, 256, 1], activations=['relu', 'relu', 'identity']),
                normalize=False, output='score')

CASES = [
    dict(id='tiny', sizes=dict(width=32, layers=2, heads=2, mlp_width=64, patch=8, image=32, embedding=16),
         activation='quick_gelu', seed=1, outliers=False, views=dict(seed=101, count=4), tasks=[
             dict(id='score', lora=dict(targets=ATTENTION, rank=4, alpha=8), normalize=False, output='score',
                  head=dict(outputs=[24, 1], activations=['relu', 'identity'])),
             dict(id='frozen', lora=None, normalize=True, output='score',
                  head=dict(outputs=[1], activations=['identity']))]),
    dict(id='tiny-odd', sizes=dict(width=36, layers=3, heads=3, mlp_width=100, patch=7, image=35, embedding=20),
         activation='gelu', seed=2, outliers=False, views=dict(seed=102, count=3), tasks=[
             dict(id='everywhere', lora=dict(targets=EVERYWHERE, rank=3, alpha=6, use_rslora=True), normalize=True,
                  output='classes', head=dict(outputs=[11, 5], activations=['gelu', 'identity'])),
             dict(id='patterns', lora=dict(targets=['q_proj', 'v_proj'], rank=5, alpha=4, alpha_pattern={'layers.1.self_attn.v_proj': 9}),
                  normalize=False, output='classes', head=dict(outputs=[7, 6, 2], activations=['identity', 'relu', 'identity']))]),
    dict(id='tiny-bare', sizes=dict(width=64, layers=2, heads=4, mlp_width=128, patch=8, image=40, embedding=0),
         activation='quick_gelu', seed=3, outliers=True, views=dict(seed=103, count=3), tasks=[
             dict(id='mlp', lora=dict(targets=['out_proj', 'fc1', 'fc2'], rank=2, alpha=2), normalize=False,
                  output='score', head=dict(outputs=[9, 1], activations=['relu', 'identity']))]),
    dict(id='b32', sizes=B32, activation='quick_gelu', seed=4, outliers=False, views=dict(seed=104, count=12), tasks=[dict(id='score', **MLP_TASK)]),
    dict(id='b32-outliers', sizes=B32, activation='gelu', seed=5, outliers=True, views=dict(seed=104, count=12), tasks=[dict(id='score', **MLP_TASK)]),
]

L14_CASE = dict(
    id='l14-outliers', sizes=dict(width=1024, layers=24, heads=16, mlp_width=4096, patch=14, image=224, embedding=768),
    activation='quick_gelu', seed=6, outliers=True, views=dict(seed=106, count=4), tasks=[dict(id='score', **MLP_TASK)])

TASK_SEED_STEP = 1000  # a task's adapter and head have seeds of their own


def scale_of(lora, module):
    alpha = next((value for key, value in lora.get('alpha_pattern', {}).items() if module.endswith(key)), lora['alpha'])
    return alpha / (math.sqrt(lora['rank']) if lora.get('use_rslora') else lora['rank'])


def make_adapter(case, task, seed, dtype):
    if task['lora'] is None:
        return {}
    pairs = generator.adapter_tensors(case['sizes'], task['lora'], seed)
    return {module: (torch.from_numpy(a).to(dtype), torch.from_numpy(b).to(dtype), scale_of(task['lora'], module))
            for module, a, b in pairs}


def make_head(case, task, seed, dtype):
    inputs = case['sizes']['embedding'] or case['sizes']['width']
    layers = generator.head_tensors(inputs, task['head']['outputs'], seed)
    return [(torch.from_numpy(weight).to(dtype), torch.from_numpy(bias).to(dtype), activation)
            for (weight, bias), activation in zip(layers, task['head']['activations'])]


def compute(case, weights, views, dtype):
    tower = Tower(case['sizes'], case['activation'], {name: torch.from_numpy(array).to(dtype) for name, array in weights.items()})
    with torch.no_grad():
        results = {'embeddings': tower.embed(views), 'tasks': {}}
        for index, task in enumerate(case['tasks']):
            seed = case['seed'] + TASK_SEED_STEP * (index + 1)
            embeddings = tower.embed(views, make_adapter(case, task, seed, dtype))
            raw = apply_head(embeddings, make_head(case, task, seed, dtype), task['normalize'])
            results['tasks'][task['id']] = {'embeddings': embeddings, 'raw': raw}
            if task['output'] == 'classes':
                results['tasks'][task['id']]['probabilities'] = torch.softmax(raw.mean(dim=0), dim=0)
    return results


def numbers(tensor):
    return [numbers(row) for row in tensor] if tensor.dim() > 1 else [float(f'{value:.8g}') for value in tensor]


def worst_error(exact, rounded):
    pairs = [(exact['embeddings'], rounded['embeddings'])]
    pairs += [(exact['tasks'][task][part], rounded['tasks'][task][part]) for task in exact['tasks'] for part in ('embeddings', 'raw')]
    return max(float((a - b.double()).abs().max() / a.abs().max()) for a, b in pairs)


def digest_weights(weights):
    digest = hashlib.sha256()
    for array in weights.values():
        digest.update(array.tobytes())
    return digest.hexdigest()


def run(case):
    weights = dict(generator.tower_tensors(case['sizes'], case['seed'], case['outliers']))
    size, seed = case['sizes']['image'], case['views']['seed']
    pictures = [generator.synthetic_view(size, seed, index) for index in range(case['views']['count'])]
    views = torch.from_numpy(np.stack(pictures))
    exact = compute(case, weights, views, torch.float64)
    float32_error = worst_error(exact, compute(case, weights, views, torch.float32))
    print(f"{case['id']}: float32 error {float32_error:.2g}", flush=True)
    tasks = {task: {part: numbers(values) for part, values in parts.items()} for task, parts in exact['tasks'].items()}
    return {**case, 'weights_sha256': digest_weights(weights),
            'views_sha256': hashlib.sha256(views.numpy().tobytes()).hexdigest(), 'float32_error': float(f'{float32_error:.2g}'),
            'expected': {'embeddings': numbers(exact['embeddings']), 'tasks': tasks}}


def write(name, cases):
    lines = ',\n'.join(json.dumps(run(case), separators=(',', ':')) for case in cases)
    path = pathlib.Path(__file__).with_name(name)
    path.write_text(f'{{"cases":[\n{lines}\n]}}\n')
    print(f'{name}: {path.stat().st_size} bytes')


def main():
    write('tower.json', CASES)
    write('tower-l14.json', [L14_CASE])


if __name__ == '__main__':
    main()
