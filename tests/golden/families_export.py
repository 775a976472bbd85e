#!/usr/bin/env python3
"""Writes families/export.json: what transformers, PEFT and PyTorch make of a trait that export-peft.mjs wrote (families/export/, which
tests/js/export-peft.test.mjs compares with what it writes today).

  python3 tests/golden/families_export.py [--check]      needs transformers, peft, safetensors, PyTorch

With "--check" it writes nothing, and says how far the installed versions are from what is there.
"""
import json
import pathlib
import sys

import peft
import torch
from peft import PeftModel
from safetensors.torch import load_file
from torch import nn
from transformers import CLIPVisionModelWithProjection

from checkpoints import numbers, seeded_views
from clip import normalize_pixels

HERE = pathlib.Path(__file__).parent / 'families'
ACTIVATIONS = {'relu': nn.ReLU, 'gelu': nn.GELU}


def head_of(task):
    state = load_file(str(HERE / 'export' / 'head.safetensors'))
    inputs, layers = state['0.weight'].shape[1], []
    for layer in task['head']:
        layers.append(nn.Linear(inputs, layer['outputs']))
        if layer['activation'] != 'identity':
            layers.append(ACTIVATIONS[layer['activation']]())
        inputs = layer['outputs']
    head = nn.Sequential(*layers)
    head.load_state_dict(state)
    return head


def main():
    tower = CLIPVisionModelWithProjection.from_pretrained(str(HERE / 'towers' / 'vision-with-projection'))
    model = PeftModel.from_pretrained(tower, str(HERE / 'export' / 'adapter')).eval()
    task = json.loads((HERE / 'export' / 'task.json').read_text())
    with torch.no_grad():
        embeddings = model(pixel_values=normalize_pixels(seeded_views(), torch.float32)).image_embeds
        raw = head_of(task)(embeddings / embeddings.norm(dim=-1, keepdim=True) if task['normalize'] else embeddings)
    expected = {'embeddings': numbers(embeddings), 'raw': numbers(raw)}
    path = HERE / 'export.json'
    if '--check' in sys.argv:
        known = json.loads(path.read_text())
        for name, values in expected.items():
            print(f'PEFT {peft.__version__}: {name} differ by {(torch.tensor(values) - torch.tensor(known[name])).abs().max():.2g}')
    else:
        path.write_text(json.dumps(expected, separators=(',', ':')) + '\n')


if __name__ == '__main__':
    main()
