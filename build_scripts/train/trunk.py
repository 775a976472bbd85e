"""Reads and writes what Hugging Face and PEFT call a model: trunk folders, adapter folders, heads."""

import json
from pathlib import Path

import torch

from model import LORA_TARGETS, Tower, lora_state
from pictures import MEAN, STD
from tensorfile import read_tensors, write_tensors

PREFIXES = ('vision_model.', 'visual_projection.')


def read_config(folder):
    """The vision configuration of config.json, from a CLIP model's or a vision tower's own."""
    path = Path(folder) / 'config.json'
    if not path.exists():
        raise SystemExit(f'{folder} has no config.json: it is no trunk folder in Hugging Face\'s layout.')
    config = json.loads(path.read_text())
    vision = {**config.get('vision_config', config)}
    vision['projection_dim'] = config.get('projection_dim', vision.get('projection_dim', 0))
    vision.setdefault('hidden_act', 'quick_gelu')
    missing = [word for word in ('hidden_size', 'intermediate_size', 'num_hidden_layers', 'num_attention_heads',
                                 'patch_size', 'image_size') if word not in vision]
    if missing or not vision['projection_dim']:
        raise SystemExit(f'{path} lacks {", ".join(missing) or "projection_dim"}.')
    if vision['hidden_act'] not in ('quick_gelu', 'gelu'):
        raise SystemExit(f'{path}: the activation {vision["hidden_act"]} is not known here.')
    return vision


def config_of(width, layers, patch, size):
    """The config.json of a trunk of ours: heads of 64 numbers, an embedding as wide as the tokens."""
    return {'architectures': ['CLIPVisionModelWithProjection'], 'model_type': 'clip_vision_model',
            'hidden_size': width, 'intermediate_size': 4 * width, 'num_hidden_layers': layers,
            'num_attention_heads': width // 64, 'patch_size': patch, 'image_size': size,
            'num_channels': 3, 'projection_dim': width, 'hidden_act': 'quick_gelu', 'layer_norm_eps': 1e-5}


def read_trunk_tensors(folder):
    """The vision tensors of model.safetensors, in one file or in shards."""
    folder = Path(folder)
    index = folder / 'model.safetensors.index.json'
    if index.exists():
        names = sorted(set(json.loads(index.read_text())['weight_map'].values()))
    elif (folder / 'model.safetensors').exists():
        names = ['model.safetensors']
    else:
        raise SystemExit(f'{folder} has no model.safetensors.')
    tensors = {}
    for name in names:
        tensors.update({key: value for key, value in read_tensors(folder / name).items()
                        if key.startswith(PREFIXES) and not key.endswith('position_ids')})
    return tensors


def load_trunk(folder):
    """The tower of a Hugging Face folder, frozen, for scoring."""
    tower = Tower(read_config(folder))
    tower.load_state_dict(read_trunk_tensors(folder))
    return tower.requires_grad_(False).eval()


def write_trunk(tower, folder):
    """A Hugging Face folder of the trunk."""
    size = tower.config['image_size']
    folder.mkdir(parents=True, exist_ok=True)
    (folder / 'config.json').write_text(json.dumps(tower.config, indent=2) + '\n')
    (folder / 'preprocessor_config.json').write_text(json.dumps({
        'do_resize': True, 'size': {'shortest_edge': size}, 'resample': 3, 'do_center_crop': True,
        'crop_size': {'height': size, 'width': size}, 'do_normalize': True, 'image_mean': MEAN,
        'image_std': STD}, indent=2) + '\n')
    write_tensors(folder / 'model.safetensors', tower.state_dict(), half=True)


def write_adapter(tower, folder, alpha):
    """A PEFT folder of the tower's adapter, in half precision."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    state = lora_state(tower)
    rank = next(len(tensor) for name, tensor in state.items() if '.lora_A.' in name)
    (folder / 'adapter_config.json').write_text(json.dumps({
        'peft_type': 'LORA', 'r': rank, 'lora_alpha': alpha, 'target_modules': list(LORA_TARGETS),
        'bias': 'none', 'fan_in_fan_out': False, 'lora_dropout': 0.0, 'inference_mode': True}, indent=2) + '\n')
    write_tensors(folder / 'adapter_model.safetensors', state, half=True)


def read_adapter(folder):
    """(tensors, rank, alpha) of a folder that write_adapter wrote."""
    config = json.loads((Path(folder) / 'adapter_config.json').read_text())
    return read_tensors(Path(folder) / 'adapter_model.safetensors'), config['r'], config['lora_alpha']


def write_head(head, path):
    """A head's tensors, in single precision: it is small and its output is the score."""
    write_tensors(path, head.state_dict())


def round_to_half(module, names='.lora_'):
    """Rounds the adapter to what its file holds, so that what is measured is what is shipped."""
    with torch.no_grad():
        for name, tensor in module.state_dict().items():
            if names in name:
                tensor.copy_(tensor.half().float())
