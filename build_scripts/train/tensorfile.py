"""The safetensors format, read and written: eight bytes with the header's length, a JSON header, the data."""

import json

import numpy as np
import torch

DTYPES = {'F32': np.float32, 'F16': np.float16, 'F64': np.float64, 'I64': np.int64, 'I32': np.int32,
          'U8': np.uint8}
NAMES = {np.dtype(dtype): name for name, dtype in DTYPES.items()}


def write_tensors(path, tensors, half=False):
    """Writes {name: tensor}; floating-point tensors as float16 when `half`."""
    header, chunks, offset = {}, [], 0
    for name in sorted(tensors):
        array = np.ascontiguousarray(torch.as_tensor(tensors[name]).detach().cpu().numpy())
        if half and array.dtype == np.float32:
            array = array.astype(np.float16)
        data = array.tobytes()
        header[name] = {'dtype': NAMES[array.dtype], 'shape': list(array.shape),
                        'data_offsets': [offset, offset + len(data)]}
        chunks.append(data)
        offset += len(data)
    text = json.dumps(header, separators=(',', ':')).encode()
    text += b' ' * (-len(text) % 8)
    with open(path, 'wb') as file:
        file.write(len(text).to_bytes(8, 'little') + text)
        file.writelines(chunks)


def read_tensors(path):
    """Reads {name: tensor}; every floating-point tensor comes as float32. bfloat16 is widened."""
    with open(path, 'rb') as file:
        data = file.read()
    length = int.from_bytes(data[:8], 'little')
    if len(data) < 8 or length > len(data) - 8:
        raise ValueError(f'{path} is not a safetensors file.')
    header, body, result = json.loads(data[8:8 + length]), data[8 + length:], {}
    for name, entry in header.items():
        if name == '__metadata__':
            continue
        first, last = entry['data_offsets']
        if entry['dtype'] == 'BF16':
            wide = np.frombuffer(body[first:last], np.uint16).astype(np.uint32) << 16
            array = wide.view(np.float32)
        elif entry['dtype'] in DTYPES:
            array = np.frombuffer(body[first:last], DTYPES[entry['dtype']])
        else:
            raise ValueError(f'{path}: tensor {name} has type {entry["dtype"]}, which is not read here.')
        tensor = torch.from_numpy(array.reshape(entry['shape']).copy())
        result[name] = tensor.float() if tensor.is_floating_point() else tensor
    return result
