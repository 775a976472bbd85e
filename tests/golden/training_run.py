#!/usr/bin/env python3
"""Writes training_run.json: the losses of a short run of AdamW over LoRA and a head, as PyTorch finds them in float64, which
tests/js/train-gradients.test.mjs has the engine go through in the same order of steps.

  python3 tests/golden/training_run.py      needs PyTorch and numpy; seconds
"""
import json
import pathlib

import torch

from gradients import CASES, build

STEPS = 24
RATE = 2e-3


def run(spec):
    """The loss before each step; the rate falls to nothing, as in web/lib/model/training-run.js."""
    named, forward = build(spec, torch.float64)
    groups = [dict(params=[tensor for name, tensor in named if name.endswith('.bias') == bias], weight_decay=0.0 if bias else 0.01)
              for bias in (False, True)]
    optimizer = torch.optim.AdamW(groups, lr=RATE, betas=(0.9, 0.999), eps=1e-8)
    losses = []
    for step in range(STEPS):
        for group in optimizer.param_groups:
            group['lr'] = RATE * (1 - step / STEPS)
        optimizer.zero_grad()
        loss = forward()[0]
        loss.backward()
        losses.append(float(f'{float(loss.detach()):.9g}'))
        torch.nn.utils.clip_grad_norm_([tensor for _, tensor in named], 1.0)
        optimizer.step()
    return losses


def main():
    runs = {spec['id']: run(spec) for spec in CASES if spec['id'] in ('attention', 'everywhere', 'bare')}
    path = pathlib.Path(__file__).with_name('training_run.json')
    path.write_text(json.dumps({'steps': STEPS, 'rate': RATE, 'losses': runs}, separators=(',', ':')) + '\n')


if __name__ == '__main__':
    main()
