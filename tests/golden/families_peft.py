#!/usr/bin/env python3
"""Writes families/peft/VERSION/ and families/peft.json: adapter folders as PEFT itself saves them, in whatever version is
installed, and the embeddings that it computes with them on the seeded tower of checkpoints.py.

  PYTHONPATH=.../peft-VERSION python3 tests/golden/families_peft.py CASE…     needs peft, transformers, safetensors, PyTorch

Without a case all of them are written that the version knows. Weights of the adapters are seeded; what PEFT would start them
with is overwritten.
"""
import json
import pathlib
import shutil
import sys

import torch
import peft
from peft import LoraConfig, get_peft_model
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

import generator
from checkpoints import SEED, SIZES, numbers, seeded_tower, seeded_views
from clip import normalize_pixels

HERE = pathlib.Path(__file__).parent / 'families' / 'peft'
VERSION = peft.__version__
BASIC = dict(r=2, lora_alpha=6, target_modules=['q_proj', 'v_proj'], lora_dropout=0.1)
VISION = 'vision_model.encoder.layers'


def at_least(*wanted):
    return tuple(int(part) for part in VERSION.split('.')[:2]) >= wanted


# name: (the least version, the words of LoraConfig); the first is written by every version
CASES = {
    'plain': ((0, 3), {}),
    'both-patterns': ((0, 6), dict(rank_pattern={'q_proj': 1}, alpha_pattern={'layers.0.self_attn.q_proj': 5, 'v_proj': 3})),
    'start-pattern': ((0, 15), dict(alpha_pattern={f'^{VISION}.0.self_attn.q_proj': 9}, rank_pattern={f'^{VISION}.1.self_attn.v_proj': 3})),
    'named-group': ((0, 15), dict(alpha_pattern={r'layers.(?P<layer>\d)\.self_attn.v_proj': 11})),
    'alternatives': ((0, 15), dict(alpha_pattern={'q_proj|layers.1.self_attn.v_proj': 4})),
    'rslora': ((0, 8), dict(use_rslora=True, alpha_pattern={'v_proj': 2})),
    'all-linear': ((0, 8), dict(target_modules='all-linear')),
    'mica': ((0, 20), dict(init_lora_weights='mica')),
    'orthogonal': ((0, 17), dict(init_lora_weights='orthogonal')),
    'leftover-corda': ((0, 15), 'corda'),
    'projection': ((0, 3), dict(modules_to_save=['visual_projection'])),
    'norm-saved': ((0, 3), dict(modules_to_save=['post_layernorm'])),
    'dora': ((0, 9), dict(use_dora=True)),
    'lora-bias': ((0, 14), dict(lora_bias=True)),
    'bias-all': ((0, 3), dict(bias='all')),
    'qalora': ((0, 16), dict(use_qalora=True, qalora_group_size=4)),
    'pissa': ((0, 10), dict(init_lora_weights='pissa')),
    'olora': ((0, 12), dict(init_lora_weights='olora')),
    'patch': ((0, 14), dict(target_modules=['q_proj', 'patch_embedding'])),
    'position': ((0, 14), dict(target_modules=['q_proj', 'position_embedding'])),
    'velora': ((0, 20), 'velora'),
    'kasa': ((0, 21), 'kasa'),
    'parameters': ((0, 17), dict(target_parameters=['visual_projection.weight'], lora_dropout=0.0)),
    'ia3': ((0, 3), 'ia3'),
}


def tower():
    config = CLIPVisionConfig(hidden_size=SIZES['width'], num_hidden_layers=SIZES['layers'], num_attention_heads=SIZES['heads'], patch_size=SIZES['patch'],
                              intermediate_size=SIZES['mlp_width'], image_size=SIZES['image'], projection_dim=SIZES['embedding'], hidden_act='quick_gelu')
    model = CLIPVisionModelWithProjection(config).eval()
    missing = model.load_state_dict(seeded_tower(), strict=False).missing_keys
    assert not [name for name in missing if 'position_ids' not in name], missing
    return model


def config_of(words):
    if words == 'corda':
        return LoraConfig(**BASIC, corda_config=peft.tuners.lora.config.CordaConfig())
    if words == 'velora':
        return LoraConfig(**BASIC, velora_config=peft.tuners.lora.config.VeloraConfig(num_groups=4))
    if words == 'kasa':
        return LoraConfig(**BASIC, kasa_config=peft.tuners.lora.config.KasaConfig())
    if words == 'ia3':
        return peft.IA3Config(target_modules=['k_proj', 'v_proj'], feedforward_modules=[])
    return LoraConfig(**{**BASIC, **words})


def seed_weights(model):
    """Every factor gets seeded numbers; what is saved whole is scaled, so that it differs from the tower's."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if 'lora_' in name and parameter.dim() == 2:
                values = generator.normals(91, name.replace('.default', ''), list(parameter.shape), 0.3)
                parameter.copy_(torch.from_numpy(values))
            elif 'modules_to_save' in name:
                parameter.mul_(1.25)


def run(name, words):
    model = get_peft_model(tower(), config_of(words)).eval()
    seed_weights(model)
    folder = HERE / VERSION / name
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(str(folder))
    (folder / 'README.md').unlink(missing_ok=True)
    pixels = normalize_pixels(seeded_views(), torch.float32)
    with torch.no_grad():
        return numbers(model(pixel_values=pixels).image_embeds)


def main():
    path = HERE.with_suffix('.json')
    expected = json.loads(path.read_text()) if path.exists() else {}
    for name in sys.argv[1:] or CASES:
        least, words = CASES[name]
        if not at_least(*least):
            continue
        try:
            expected.setdefault(VERSION, {})[name] = run(name, words)
        except (AttributeError, TypeError, ValueError, KeyError) as error:
            print(f'{VERSION}: {name}: {type(error).__name__}: {error}')
    path.write_text(json.dumps(expected, separators=(',', ':')).replace('},"', '},\n"') + '\n')


if __name__ == '__main__':
    main()
