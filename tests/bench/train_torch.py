#!/usr/bin/env python3
"""How long a step of teaching takes in PyTorch's float32, beside its forward pass: what tests/bench/train.mjs is compared with.

  python3 tests/bench/train_torch.py [B/32|L/14] [rounds]      needs PyTorch and numpy; one thread, processor time
"""
import pathlib
import sys
import time

import torch

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / 'golden'))
import generator
from clip import Tower, apply_head

SIZES = {
    'B/32': dict(width=768, layers=12, heads=12, mlp_width=3072, patch=32, image=224, embedding=512),
    'L/14': dict(width=1024, layers=24, heads=16, mlp_width=4096, patch=14, image=224, embedding=768),
}
VIEWS = {'B/32': 6, 'L/14': 1}
RANK = 16


def weights_of(sizes):
    """Random weights of generator.py's shapes: no time depends on them."""
    shapes = ((name, array.shape) for name, array in generator.tower_tensors({**sizes, 'layers': 1}, 1, False))
    for name, shape in shapes:
        for layer in range(sizes['layers'] if '.layers.0.' in name else 1):
            yield name.replace('.layers.0.', f'.layers.{layer}.'), torch.randn(shape) / shape[-1] ** 0.5


def main():
    model = sys.argv[1] if len(sys.argv) > 1 else 'B/32'
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    torch.set_num_threads(1)
    sizes, views = SIZES[model], VIEWS[model]
    tower = Tower(sizes, 'quick_gelu', dict(weights_of(sizes)))
    pairs = [f'vision_model.encoder.layers.{i}.self_attn.{side}_proj' for i in range(sizes['layers']) for side in 'qkv']
    adapter = {name: (torch.randn(RANK, sizes['width']).div_(30).requires_grad_(), torch.zeros(sizes['width'], RANK).requires_grad_(), 1.0)
               for name in pairs}
    head = [(torch.randn(256, sizes['embedding']).div_(30).requires_grad_(), torch.zeros(256).requires_grad_(), 'relu'),
            (torch.randn(1, 256).div_(16).requires_grad_(), torch.zeros(1).requires_grad_(), 'identity')]
    optimizer = torch.optim.AdamW([tensor for a, b, _ in adapter.values() for tensor in (a, b)] + [tensor for w, b, _ in head for tensor in (w, b)], lr=1e-5)
    pixels = torch.randint(0, 256, (views, sizes['image'], sizes['image'], 3), dtype=torch.uint8)

    def forward():
        with torch.no_grad():
            tower.embed(pixels)

    def step():
        optimizer.zero_grad()
        apply_head(tower.embed(pixels, adapter), head, False).sub(1).square().mean().backward()
        optimizer.step()

    least = dict(forward=float('inf'), step=float('inf'))
    for _ in range(rounds):
        for run in (forward, step):
            start = time.process_time()
            run()
            least[run.__name__] = min(least[run.__name__], time.process_time() - start)
    print(f"{model}, PyTorch {torch.__version__}, float32, one thread, {views} views; LoRA of rank {RANK} on query, key and value: "
          f"forward {least['forward'] * 1000:.1f} ms, step {least['step'] * 1000:.1f} ms, {least['step'] / least['forward']:.2f} forward passes")


if __name__ == '__main__':
    main()
