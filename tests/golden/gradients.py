#!/usr/bin/env python3
"""Writes gradients.json and gradients-b32.json: the gradients that PyTorch's autograd finds for seeded towers
(generator.py), adapters, heads and pictures, which c_src/train is compared with.

Gradients are those of float64 from the float32 weights; `float32_error` is how far PyTorch's own float32 comes from them:
the norm of the difference over the norm. Small towers have them whole, as base64 of float32, tensor after tensor. Full-size
ones have for each tensor its norm and eight projections on seeded signs: the root mean square of the projections of a
difference is the difference's norm, on average.

  python3 tests/golden/gradients.py          needs PyTorch and numpy; minutes
  python3 tests/golden/gradients.py small    the small towers alone: seconds
"""
import base64
import json
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F

import generator
from clip import Tower, apply_head

TINY = dict(width=32, layers=2, heads=2, mlp_width=64, patch=8, image=32, embedding=16)
ODD = dict(width=36, layers=3, heads=3, mlp_width=100, patch=7, image=35, embedding=20)
BARE = dict(width=64, layers=2, heads=4, mlp_width=128, patch=8, image=40, embedding=0)
B32 = dict(width=768, layers=12, heads=12, mlp_width=3072, patch=32, image=224, embedding=512)

ATTENTION = ['q_proj', 'k_proj', 'v_proj']
EVERYWHERE = ATTENTION + ['out_proj', 'fc1', 'fc2']
PLACES = {'q_proj': 'attention.query', 'k_proj': 'attention.key', 'v_proj': 'attention.value', 'out_proj': 'attention.out',
          'fc1': 'mlp.fc1', 'fc2': 'mlp.fc2'}


def item(picture, target=0.0, other=0, weight=1.0):
    return dict(picture=picture, other=other, target=target, weight=weight)


SCORES = [item(0, 0.3), item(1, -0.5, weight=0.5), item(2, 1.7)]
PAIRS = [item(0, 1.0, other=1), item(2, 0.0, other=1, weight=0.5), item(0, 0.5, other=2)]
CLASSES = [item(0, other=1), item(1, other=0, weight=2.0), item(2, other=2)]
HEAD = dict(outputs=[1], activations=['identity'])
HEAD_2 = dict(outputs=[6, 1], activations=['relu', 'identity'])
HEAD_3 = dict(outputs=[9, 4, 1], activations=['relu', 'gelu', 'identity'])
CLASS_HEAD = dict(outputs=[7, 3], activations=['gelu', 'identity'])


def case(id, sizes, targets, first_block, head, loss, items, **other):
    return {**dict(id=id, sizes=sizes, activation='quick_gelu', seed=21, outliers=False, views_seed=31, pictures=[0, 1, 2],
                   targets=targets, first_block=first_block, rank=2, projection_rank=0, head=head, normalize=False,
                   loss=loss, delta=0.25, items=items), **other}


CASES = [
    case('attention', TINY, ATTENTION, 0, HEAD_2, 'squared', SCORES, pictures=[0, 0, 1, 2, 2, 2]),
    case('everywhere', ODD, EVERYWHERE, 1, CLASS_HEAD, 'classes', CLASSES, activation='gelu', rank=3, projection_rank=2,
         normalize=True, outliers=True),
    case('bare', BARE, ['out_proj', 'fc1', 'fc2'], 0, HEAD_3, 'pairs', PAIRS, pictures=[2, 0, 1, 0], outliers=True),
    case('head-1', TINY, ['k_proj', 'v_proj'], 1, HEAD, 'huber', SCORES),
    case('head-3', ODD, ['q_proj'], 2, HEAD_3, 'squared', SCORES, rank=9),
    case('projection', TINY, [], 2, CLASS_HEAD, 'classes', CLASSES, projection_rank=3),
    *(case(target, TINY, [target], 0, HEAD, 'pairs', PAIRS, rank=1) for target in EVERYWHERE),
]
B32_CASE = dict(targets=ATTENTION, first_block=0, rank=16, normalize=False,
                head=dict(outputs=[512, 256, 1], activations=['relu', 'relu', 'identity']), pictures=[0, 1, 2, 3],
                items=[item(0, 3.0), item(1, 2.5, weight=0.5), item(2, 4.0), item(3, 3.5)])  # stars, before a head knows any
B32_CASES = [
    case('b32', B32, loss='squared', seed=4, **B32_CASE),
    case('b32-outliers', B32, loss='squared', activation='gelu', seed=5, outliers=True, **B32_CASE),
    case('b32-quarter', B32, loss='huber', seed=5, outliers=True, **{**B32_CASE, 'targets': EVERYWHERE, 'first_block': 9, 'rank': 4}),
]
PROJECTIONS = 8


def make_parameters(spec, dtype):
    """[(name, tensor)] in the trainer's order; LoRA's scale is 1 and its B half as large as generator.py's."""
    sizes, rank = spec['sizes'], spec['rank']
    pairs = {module: (a, b) for module, a, b in generator.adapter_tensors(sizes, dict(targets=spec['targets'], rank=rank), spec['seed'] + 1000)}
    found = []
    for i in range(spec['first_block'], sizes['layers']):
        for target in (target for target in EVERYWHERE if target in spec['targets']):
            part = 'mlp' if target.startswith('fc') else 'self_attn'
            a, b = pairs[f'vision_model.encoder.layers.{i}.{part}.{target}']
            found += [(f'blocks.{i}.{PLACES[target]}.lora_A', a), (f'blocks.{i}.{PLACES[target]}.lora_B', b / 2)]
    if spec['projection_rank']:
        lora = dict(targets=['visual_projection'], rank=spec['projection_rank'])
        (_, a, b), = generator.adapter_tensors(sizes, lora, spec['seed'] + 1000)
        found += [('projection.lora_A', a), ('projection.lora_B', b / 2)]
    layers = generator.head_tensors(sizes['embedding'] or sizes['width'], spec['head']['outputs'], spec['seed'] + 1000)
    for i, (weight, bias) in enumerate(layers):
        found += [(f'head.{i}.weight', weight), (f'head.{i}.bias', bias)]
    return [(name, torch.from_numpy(array).to(dtype).requires_grad_()) for name, array in found]


def adapter_of(parameters):
    """What clip.Tower takes: {module: (A, B, scale)}"""
    modules = {place: target for target, place in PLACES.items()}
    adapter = {}
    for name, tensor in parameters.items():
        if not name.endswith('.lora_A'):
            continue
        place, b = name[:-len('.lora_A')], parameters[name[:-1] + 'B']
        if place == 'projection':
            adapter['visual_projection'] = (tensor, b, 1.0)
            continue
        _, block, *rest = place.split('.')
        target = modules['.'.join(rest)]
        part = 'mlp' if target.startswith('fc') else 'self_attn'
        adapter[f'vision_model.encoder.layers.{block}.{part}.{target}'] = (tensor, b, 1.0)
    return adapter


def loss_of(spec, outputs):
    total = 0.0
    for one in spec['items']:
        y = outputs[one['picture']]
        if spec['loss'] == 'classes':
            loss = F.cross_entropy(y, torch.tensor(one['other']))
        elif spec['loss'] == 'pairs':
            target = torch.tensor(one['target'], dtype=y.dtype)
            loss = F.binary_cross_entropy_with_logits(y[0] - outputs[one['other']][0], target)
        elif spec['loss'] == 'huber':
            loss = F.huber_loss(y[0], torch.tensor(one['target'], dtype=y.dtype), delta=spec['delta'])
        else:
            loss = (y[0] - one['target']) ** 2
        total = total + one['weight'] * loss
    return total


def build(spec, dtype):
    """[(name, parameter)], and the function from them to (loss, outputs of each picture)."""
    sizes = spec['sizes']
    weights = generator.tower_tensors(sizes, spec['seed'], spec['outliers'])
    tower = Tower(sizes, spec['activation'], {name: torch.from_numpy(array).to(dtype) for name, array in weights})
    named = make_parameters(spec, dtype)
    parameters = dict(named)
    pictures = spec['pictures']
    views = torch.from_numpy(np.stack([generator.synthetic_view(sizes['image'], spec['views_seed'], i) for i in range(len(pictures))]))
    head = [(parameters[f'head.{i}.weight'], parameters[f'head.{i}.bias'], activation)
            for i, activation in enumerate(spec['head']['activations'])]
    of = torch.tensor(pictures)

    def forward():
        raw = apply_head(tower.embed(views, adapter_of(parameters)), head, spec['normalize'])
        outputs = torch.stack([raw[of == picture].mean(dim=0) for picture in range(max(pictures) + 1)])
        return loss_of(spec, outputs), outputs

    return named, forward


def compute(spec, dtype):
    named, forward = build(spec, dtype)
    loss, outputs = forward()
    loss.backward()
    return dict(loss=float(loss.detach()), outputs=outputs.detach(), gradients=[(name, tensor.grad.double()) for name, tensor in named])


def teach(spec):
    """How far three steps of AdamW with clipping and decay move the parameters."""
    named, forward = build(spec, torch.float64)
    before = [tensor.detach().clone() for _, tensor in named]
    groups = [dict(params=[tensor for name, tensor in named if name.endswith('.bias') == bias], weight_decay=0.0 if bias else 0.01)
              for bias in (False, True)]
    optimizer = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.999), eps=1e-8)
    for _ in range(3):
        optimizer.zero_grad()
        forward()[0].backward()
        torch.nn.utils.clip_grad_norm_([tensor for _, tensor in named], 0.5)
        optimizer.step()
    return [tensor.detach() - start for (_, tensor), start in zip(named, before)]


def worst_error(exact, rounded):
    return max(float((a - b).norm() / a.norm()) for (_, a), (_, b) in zip(exact['gradients'], rounded['gradients']))


def projections(index, gradient):
    flat = gradient.flatten().numpy()
    places = np.arange(flat.size, dtype=np.uint32)
    signs = (1.0 - 2.0 * (generator.mix32(97 + index * PROJECTIONS + i, places) >> np.uint32(31)) for i in range(PROJECTIONS))
    return [float(f'{flat @ sign:.8g}') for sign in signs]


def base64_of(tensors):
    flat = np.concatenate([tensor.flatten().numpy() for tensor in tensors]).astype('<f4')
    return base64.b64encode(flat.tobytes()).decode()


def run(spec, whole):
    exact = compute(spec, torch.float64)
    error = worst_error(exact, compute(spec, torch.float32))
    print(f"{spec['id']}: float32 error {error:.2g}", flush=True)
    result = {**spec, 'float32_error': float(f'{error:.2g}'), 'expected_loss': float(f"{exact['loss']:.9g}"),
              'expected_outputs': [[float(f'{value:.9g}') for value in row] for row in exact['outputs'].tolist()]}
    if whole:
        moved = {'moved': base64_of(teach(spec))} if spec['id'] == 'attention' else {}
        return {**result, **moved, 'tensors': [[name, list(gradient.shape)] for name, gradient in exact['gradients']],
                'gradient': base64_of([gradient for _, gradient in exact['gradients']])}
    return {**result, 'tensors': [[name, list(gradient.shape), float(f'{float(gradient.norm()):.8g}'), projections(i, gradient)]
                                  for i, (name, gradient) in enumerate(exact['gradients'])]}


def write(name, cases, whole):
    lines = ',\n'.join(json.dumps(run(spec, whole), separators=(',', ':')) for spec in cases)
    path = pathlib.Path(__file__).with_name(name)
    path.write_text(f'{{"cases":[\n{lines}\n]}}\n')
    print(f'{name}: {path.stat().st_size} bytes')


def main():
    write('gradients.json', CASES, True)
    if sys.argv[1:] != ['small']:
        write('gradients-b32.json', B32_CASES, False)


if __name__ == '__main__':
    main()
