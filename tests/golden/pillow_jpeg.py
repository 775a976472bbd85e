"""Writes JPEG files of kinds that Pillow cannot save, straight from random coefficients: any sampling, restart
markers, one scan for each component, Adobe's colour transforms. Baseline only (ITU-T T.81)."""
import struct

import numpy as np

from generator import mix32

# Every run and size of a coefficient, each with a code of 8 bits; code 255 is never used, for it may not be.
AC_SYMBOLS = [0x00, 0xF0] + [run << 4 | size for run in range(16) for size in range(1, 9)]
DC_SYMBOLS = list(range(12))


class Bits:
    def __init__(self):
        self.bytes, self.buffer, self.count = bytearray(), 0, 0

    def write(self, value, count):
        self.buffer = self.buffer << count | value
        self.count += count
        while self.count >= 8:
            self.count -= 8
            byte = self.buffer >> self.count & 0xFF
            self.bytes.append(byte)
            if byte == 0xFF:
                self.bytes.append(0)
        self.buffer &= (1 << self.count) - 1

    def pad(self):
        if self.count:
            self.write((1 << 8 - self.count) - 1, 8 - self.count)


class Numbers:
    """Random numbers one after the other."""

    def __init__(self, seed):
        self.seed, self.index = seed, 0

    def below(self, limit):
        self.index += 1
        return int(mix32(self.seed, np.array([self.index], np.uint32))[0]) % limit


def segment(marker, body):
    return bytes([0xFF, marker]) + struct.pack('>H', len(body) + 2) + bytes(body)


def write_value(bits, symbols, run, value):
    size = abs(value).bit_length()
    bits.write(symbols.index(run << 4 | size), 8)
    if size:
        bits.write(value if value > 0 else value + (1 << size) - 1, size)


def write_block(bits, numbers, level):
    """A random block. `level` is the last quantised mean of the component; returns the new one."""
    new = numbers.below(240) - 120
    write_value(bits, DC_SYMBOLS, 0, new - level)
    position = 0
    for _ in range(numbers.below(6)):
        run = numbers.below(9)
        if position + run + 1 > 63:
            break
        position += run + 1
        write_value(bits, AC_SYMBOLS, run, (1 if numbers.below(2) else -1) * (1 + numbers.below(30)))
    if position < 63:
        bits.write(AC_SYMBOLS.index(0), 8)
    return new


def units_of_scan(components, chosen, width, height):
    """Lists of component numbers, one list for each unit of the scan."""
    most_h, most_v = max(h for h, _ in components), max(v for _, v in components)
    if len(chosen) == 1:  # only the blocks that the picture needs
        h, v = components[chosen[0]]
        columns = -(-(-(-width * h // most_h)) // 8)
        rows = -(-(-(-height * v // most_v)) // 8)
        return [[chosen[0]]] * (columns * rows)
    unit = [c for c in chosen for _ in range(components[c][0] * components[c][1])]
    return [unit] * (-(-width // (8 * most_h)) * -(-height // (8 * most_v)))


def write_scan(components, chosen, width, height, restart, numbers):
    body = [len(chosen)]
    for component in chosen:
        body += [component + 1, 0]
    out = bytearray(segment(0xDA, body + [0, 63, 0]))
    bits, levels = Bits(), dict.fromkeys(chosen, 0)
    for number, unit in enumerate(units_of_scan(components, chosen, width, height)):
        if restart and number and number % restart == 0:
            bits.pad()
            bits.bytes += bytes([0xFF, 0xD0 + (number // restart - 1) % 8])
            levels = dict.fromkeys(chosen, 0)
        for component in unit:
            levels[component] = write_block(bits, numbers, levels[component])
    bits.pad()
    return out + bits.bytes


def random_jpeg(width, height, components, seed, restart=0, adobe=None, separate=False):
    """components: (horizontal, vertical) sampling of each. adobe: the transform in Adobe's marker, if any."""
    out = bytearray(b'\xff\xd8')
    if adobe is not None:
        out += segment(0xEE, b'Adobe' + struct.pack('>HHHB', 100, 0, 0, adobe))
    out += segment(0xDB, [0] + [4 + i // 4 for i in range(64)])
    frame = struct.pack('>BHHB', 8, height, width, len(components))
    for i, (h, v) in enumerate(components):
        frame += bytes([i + 1, h << 4 | v, 0])
    out += segment(0xC0, frame)
    for kind, symbols in ((0x00, DC_SYMBOLS), (0x10, AC_SYMBOLS)):
        counts = [0] * 16
        counts[7] = len(symbols)
        out += segment(0xC4, [kind] + counts + symbols)
    if restart:
        out += segment(0xDD, struct.pack('>H', restart))
    every = list(range(len(components)))
    for chosen in [[c] for c in every] if separate else [every]:
        out += write_scan(components, chosen, width, height, restart, Numbers(seed + chosen[0]))
    return bytes(out + b'\xff\xd9')
