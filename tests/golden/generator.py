"""Seeded towers, adapters, heads and pictures: the same bits as generator.mjs, which explains them."""
import math

import numpy as np

HALVES_DEVIATION = 92681.90002157777
OUTLIER_RARITY = 250
OUTLIER_GAIN = 7
CELL = 8
NOISE = 32
CHUNK = 1 << 22  # numbers at a time, to bound the memory


def hash_name(name):
    value = 0x811C9DC5
    for byte in name.encode('ascii'):
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


def mix32(seed, index):
    """index: an array of uint32. Returns uint32."""
    x = index.astype(np.uint32) * np.uint32(0x9E3779B9) + np.uint32(seed)
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x85EBCA6B)
    x ^= x >> np.uint32(13)
    x *= np.uint32(0xC2B2AE35)
    x ^= x >> np.uint32(16)
    return x


def tensor_seed(seed, name):
    return int(mix32(seed, np.array([hash_name(name)], np.uint32))[0])


def normals(seed, name, shape, deviation, mean=0.0):
    own = tensor_seed(seed, name)
    scale = deviation / HALVES_DEVIATION
    count = math.prod(shape)
    values = np.empty(count, np.float32)
    for start in range(0, count, CHUNK):
        end = min(count, start + CHUNK)
        hashes = mix32(own, np.arange(3 * start, 3 * end, dtype=np.uint32))
        halves = (hashes & np.uint32(0xFFFF)) + (hashes >> np.uint32(16))
        sums = halves.reshape(-1, 3).sum(axis=1, dtype=np.int64)
        values[start:end] = (2 * sums - 393210).astype(np.float64) * scale + mean
    return values.reshape(shape)


def gains(seed, name, width, outliers):
    values = normals(seed, name, [width], 0.1, 1.0)
    if outliers:
        chosen = mix32(tensor_seed(seed, name + '.outliers'), np.arange(width, dtype=np.uint32))
        values[chosen % OUTLIER_RARITY == 0] *= OUTLIER_GAIN
    return values


def tower_tensors(sizes, seed, outliers):
    """Yields (name, array) in the order of generator.mjs."""
    width, mlp_width, patch = sizes['width'], sizes['mlp_width'], sizes['patch']

    def normal(name, shape, deviation):
        return name, normals(seed, name, shape, deviation)

    def norm(name):
        yield name + '.weight', gains(seed, name + '.weight', width, outliers)
        yield normal(name + '.bias', [width], 0.05)

    def linear(name, out, inputs, gain):
        yield normal(name + '.weight', [out, inputs], gain / math.sqrt(inputs))
        yield normal(name + '.bias', [out], 0.05)

    tower = 'vision_model'
    yield normal(f'{tower}.embeddings.class_embedding', [width], 0.5)
    yield normal(f'{tower}.embeddings.patch_embedding.weight', [width, 3, patch, patch], 1 / math.sqrt(3 * patch * patch))
    yield normal(f'{tower}.embeddings.position_embedding.weight', [1 + (sizes['image'] // patch) ** 2, width], 0.3)
    yield from norm(f'{tower}.pre_layrnorm')
    for i in range(sizes['layers']):
        block = f'{tower}.encoder.layers.{i}'
        yield from norm(f'{block}.layer_norm1')
        for side, gain in (('q', 1.25), ('k', 1.25), ('v', 1), ('out', 1)):
            yield from linear(f'{block}.self_attn.{side}_proj', width, width, gain)
        yield from norm(f'{block}.layer_norm2')
        yield from linear(f'{block}.mlp.fc1', mlp_width, width, 1)
        yield from linear(f'{block}.mlp.fc2', width, mlp_width, 1)
    yield from norm(f'{tower}.post_layernorm')
    if sizes['embedding'] > 0:
        yield normal('visual_projection.weight', [sizes['embedding'], width], 1 / math.sqrt(width))


def target_shape(target, sizes):
    shapes = {
        'fc1': (sizes['mlp_width'], sizes['width']),
        'fc2': (sizes['width'], sizes['mlp_width']),
        'visual_projection': (sizes['embedding'], sizes['width']),
    }
    return shapes.get(target, (sizes['width'], sizes['width']))


def adapter_modules(sizes, targets):
    for target in targets:
        shape = target_shape(target, sizes)
        if target == 'visual_projection':
            yield (target, *shape)
            continue
        part = 'mlp' if target.startswith('fc') else 'self_attn'
        for i in range(sizes['layers']):
            yield (f'vision_model.encoder.layers.{i}.{part}.{target}', *shape)


def adapter_tensors(sizes, lora, seed):
    """Yields (module, A, B)."""
    rank = lora['rank']
    for module, out, inputs in adapter_modules(sizes, lora['targets']):
        a, b = (f'base_model.model.{module}.lora_{side}.weight' for side in 'AB')
        yield (module, normals(seed, a, [rank, inputs], 1 / math.sqrt(inputs)),
               normals(seed, b, [out, rank], 0.3 / math.sqrt(rank)))


def head_tensors(inputs, outputs, seed):
    """Yields (weight, bias) of fc1, fc2, …"""
    for index, out in enumerate(outputs):
        columns = inputs if index == 0 else outputs[index - 1]
        name = f'fc{index + 1}'
        yield (normals(seed, name + '.weight', [out, columns], math.sqrt(2) / math.sqrt(columns)),
               normals(seed, name + '.bias', [out], 0.1))


def synthetic_view(size, seed, index):
    """[size, size, 3], 8-bit RGB."""
    own = tensor_seed(seed, f'view.{index}')
    contrast, slope = (int(word) for word in mix32(own, np.arange(2, dtype=np.uint32)) & np.uint32(127))
    contrast, slope = contrast + 64, slope - 64
    y, x, c = np.meshgrid(np.arange(size), np.arange(size), np.arange(3), indexing='ij')
    cell = (y // CELL * 1024 + x // CELL) * 3 + c
    colour = (mix32(own, 16 + cell) & np.uint32(255)).astype(np.int64) * contrast >> 8
    at = (y * size + x) * 3 + c
    noise = (mix32(own ^ 0x5BD1E995, at) & np.uint32(NOISE - 1)).astype(np.int64) - NOISE // 2
    light = np.trunc(slope * (x - y) / size).astype(np.int64)
    return np.clip(96 + colour - (contrast >> 1) + light + noise, 0, 255).astype(np.uint8)
