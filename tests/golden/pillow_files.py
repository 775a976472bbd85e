"""Small picture files of every kind that the picture module reads, made here because Pillow cannot save most
of them. Each function returns a dictionary of file names and bytes."""
import io
import struct
import zlib

import numpy as np
from PIL import Image

from generator import mix32
from pillow_jpeg import random_jpeg

WIDTH, HEIGHT = 23, 17


def noise(count, seed):
    return (mix32(seed, np.arange(count, dtype=np.uint32)) >> np.uint32(24)).astype(np.uint8)


def smooth(width, height, channels=3):
    """A picture like a photograph: slow waves and a little noise."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [127 + 80 * np.sin(x / (5 + c) + c) + 45 * np.cos(y / (7 - c)) for c in range(channels)]
    grain = noise(width * height * channels, 7).reshape(height, width, channels) / 32.0
    return np.clip(np.stack(planes, -1) + grain, 0, 255).astype(np.uint8)


def saved(picture, kind, **options):
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


# ---- WebP ----

def transparent(width, height):
    """Transparent in the middle, over colours that go on."""
    alpha = np.where(np.hypot(*np.mgrid[-1:1:height * 1j, -1:1:width * 1j]) < 0.6, 0, 200).astype(np.uint8)
    return np.dstack([smooth(width, height), alpha])


def webp_files():
    photo, clear = Image.fromarray(smooth(61, 43)), Image.fromarray(transparent(61, 43))
    turned = photo.getexif()
    turned[0x0112] = 6
    frames = [Image.fromarray(np.roll(transparent(40, 30), 7 * i, axis=1)) for i in range(3)]
    return {
        'webp-lossy.webp': saved(photo, 'WEBP', quality=70),
        'webp-lossy-transparent.webp': saved(clear, 'WEBP', quality=70),
        'webp-lossless.webp': saved(photo, 'WEBP', lossless=True),
        'webp-lossless-transparent.webp': saved(clear, 'WEBP', lossless=True, exact=True),
        'webp-lossless-palette.webp': saved(photo.quantize(9).convert('RGB'), 'WEBP', lossless=True),
        'webp-turned.webp': saved(photo, 'WEBP', exif=turned.tobytes()),
        'webp-animated.webp': saved(frames[0], 'WEBP', save_all=True, append_images=frames[1:]),
        'webp-1x1.webp': saved(photo.resize((1, 1)), 'WEBP'),
        'webp-17x16.webp': saved(photo.resize((17, 16)), 'WEBP', quality=30),
    }


# ---- PNG ----

def png_chunk(kind, body):
    return struct.pack('>I', len(body)) + kind + body + struct.pack('>I', zlib.crc32(kind + body))


PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def filtered_row(row, previous, step, kind):
    """One row after filter 0 to 4."""
    left = np.concatenate([np.zeros(step, np.int32), row[:-step]]) if len(row) > step else np.zeros_like(row)
    above = previous
    corner = np.concatenate([np.zeros(step, np.int32), previous[:-step]]) if len(row) > step else np.zeros_like(row)
    estimate = left + above - corner
    distances = np.stack([abs(estimate - left), abs(estimate - above), abs(estimate - corner)])
    paeth = np.choose(np.argmin(distances, axis=0), [left, above, corner])
    base = [0 * row, left, above, (left + above) // 2, paeth][kind]
    return bytes([kind]) + ((row - base) & 255).astype(np.uint8).tobytes()


def png_rows(samples, depth, channels):
    """samples: [rows, columns * channels]. Packed and filtered, every filter in turn."""
    step = max(1, depth * channels // 8)
    previous, out = None, b''
    for number, row in enumerate(samples):
        if depth == 16:
            packed = row.astype('>u2').tobytes()
        else:
            bits = np.unpackbits(row.astype(np.uint8)[:, None], axis=1)[:, 8 - depth:]
            packed = np.packbits(bits.reshape(-1)).tobytes()
        now = np.frombuffer(packed, np.uint8).astype(np.int32)
        out += filtered_row(now, np.zeros_like(now) if previous is None else previous, step, number % 5)
        previous = now
    return out


def png(color_type, depth, interlaced=False, palette=None, extra=(), seed=1, after=()):
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color_type]
    count = WIDTH * HEIGHT * channels
    high, low = noise(count, seed).astype(np.uint16), noise(count, seed + 1000)
    samples = (high << 8 | low) >> (16 - depth)
    samples = samples.reshape(HEIGHT, WIDTH, channels)
    if interlaced:
        data = b''
        for x, y, step_x, step_y in PASSES:
            part = samples[y::step_y, x::step_x]
            if part.size:
                data += png_rows(part.reshape(part.shape[0], -1), depth, channels)
    else:
        data = png_rows(samples.reshape(HEIGHT, -1), depth, channels)
    packed = zlib.compress(data, 9)
    out = b'\x89PNG\r\n\x1a\n'
    out += png_chunk(b'IHDR', struct.pack('>IIBBBBB', WIDTH, HEIGHT, depth, color_type, 0, 0, int(interlaced)))
    if palette is not None:
        out += png_chunk(b'PLTE', palette)
    for kind, body in extra:
        out += png_chunk(kind, body)
    half = len(packed) // 2  # two chunks of data
    out += png_chunk(b'IDAT', packed[:half]) + png_chunk(b'IDAT', packed[half:])
    for kind, body in after:
        out += png_chunk(kind, body)
    return out + png_chunk(b'IEND', b'')


def png_files():
    files = {}
    for color_type, depths in ((0, (1, 2, 4, 8, 16)), (2, (8, 16)), (4, (8, 16)), (6, (8, 16))):
        for depth in depths:
            for interlaced in (False, True):
                name = f'png-color{color_type}-{depth}bit{"-interlaced" if interlaced else ""}.png'
                files[name] = png(color_type, depth, interlaced)
    for depth in (1, 2, 4, 8):
        palette = noise(3 << depth, depth).tobytes()
        files[f'png-palette-{depth}bit.png'] = png(3, depth, palette=palette)
        alpha = noise(1 << depth, 9).tobytes()
        files[f'png-palette-{depth}bit-transparent-interlaced.png'] = png(
            3, depth, True, palette, [(b'tRNS', alpha)])
    files['png-as-webp-lossless-transparent.png'] = saved(Image.fromarray(transparent(61, 43)), 'PNG')
    files['png-palette-short.png'] = png(3, 8, palette=noise(30, 3).tobytes())
    files['png-grey-transparent.png'] = png(0, 8, extra=[(b'tRNS', b'\0\x40')])
    files['png-rgb-transparent.png'] = png(2, 8, extra=[(b'tRNS', b'\0\x01\0\x02\0\x03')])
    files['png-rgb-suggested-palette.png'] = png(2, 8, palette=noise(48, 5).tobytes())
    return files


# ---- BMP ----

def bmp(depth, header=40, top_down=False, fields=None, colors=0, palette=None, seed=2, runs=None):
    row_bytes = (WIDTH * depth + 31) // 32 * 4
    pixels = noise(row_bytes * HEIGHT, seed).tobytes() if runs is None else runs
    after = b'' if palette is None else palette
    compression = 0
    if header == 12:
        info = struct.pack('<IHHHH', 12, WIDTH, HEIGHT, 1, depth)
    else:
        compression = 3 if fields else 0 if runs is None else {8: 1, 4: 2}[depth]
        info = struct.pack('<IiiHHIIiiII', header, WIDTH, -HEIGHT if top_down else HEIGHT, 1, depth, compression,
                           len(pixels), 2835, 2835, colors, 0)
        masks = struct.pack('<IIII', *fields) if fields else b''
        if header == 40:
            after = masks[:12] + after
        else:
            info += masks + bytes(header - 40 - len(masks))
    offset = 14 + len(info) + len(after)
    return b'BM' + struct.pack('<IHHI', offset + len(pixels), 0, 0, offset) + info + after + pixels


def bmp_runs(depth, seed=12):
    """Run-length coded rows: runs, and stretches of single pixels, an even number of them: Pillow 9.4 miscounts odd ones."""
    rng, out = np.random.default_rng(seed), b''
    most = (1 << depth) - 1
    for _ in range(HEIGHT):
        at = 0
        while at < WIDTH:
            count = min(WIDTH - at, int(rng.integers(1, 12)))
            if count >= 4 and rng.random() < 0.5:
                count -= count % 2
                values = rng.integers(0, most + 1, count)
                body = bytes(values.tolist()) if depth == 8 else bytes(16 * a + b for a, b in zip(values[::2], values[1::2]))
                out += bytes([0, count]) + body + bytes(len(body) % 2)
            else:
                out += bytes([count, int(rng.integers(0, 256))])
            at += count
        out += b'\0\0'
    return out + b'\0\1'


def bmp_files():
    def palette(count, width=4):
        entries = noise(3 * count, 11).reshape(count, 3)
        return np.concatenate([entries, np.zeros((count, width - 3), np.uint8)], 1).tobytes()

    rgb565, rgb555 = (0xF800, 0x7E0, 0x1F, 0), (0x7C00, 0x3E0, 0x1F, 0)
    bgra, abgr = (0xFF0000, 0xFF00, 0xFF, 0xFF000000), (0xFF, 0xFF00, 0xFF0000, 0xFF000000)
    return {
        'bmp-1bit.bmp': bmp(1, palette=palette(2)),
        'bmp-4bit.bmp': bmp(4, palette=palette(16)),
        'bmp-8bit.bmp': bmp(8, palette=palette(256)),
        'bmp-8bit-short-palette.bmp': bmp(8, palette=palette(100), colors=100),
        'bmp-8bit-os2.bmp': bmp(8, header=12, palette=palette(256, 3)),
        'bmp-24bit-os2.bmp': bmp(24, header=12),
        'bmp-16bit.bmp': bmp(16),
        'bmp-16bit-565.bmp': bmp(16, fields=rgb565),
        'bmp-16bit-555-v4.bmp': bmp(16, header=108, fields=rgb555),
        'bmp-24bit.bmp': bmp(24),
        'bmp-24bit-top-down.bmp': bmp(24, top_down=True),
        'bmp-32bit.bmp': bmp(32),
        'bmp-32bit-v5-bgra.bmp': bmp(32, header=124, fields=bgra),
        'bmp-32bit-v4-rgba.bmp': bmp(32, header=108, fields=abgr),
        'bmp-8bit-runs.bmp': bmp(8, palette=palette(256), runs=bmp_runs(8)),
        'bmp-8bit-runs-top-down.bmp': bmp(8, palette=palette(256), top_down=True, runs=bmp_runs(8, 13)),
        'bmp-4bit-runs.bmp': bmp(4, palette=palette(16), runs=bmp_runs(4)),
    }


# ---- GIF ----

def gif_codes(indices, root_bits):
    """Packs indices without compressing them: a clear code often enough that codes never grow."""
    clear, width = 1 << root_bits, root_bits + 1
    codes = []
    for i, index in enumerate(indices):
        if i % ((1 << root_bits) - 2 or 1) == 0:
            codes.append(clear)
        codes.append(int(index))
    codes.append(clear + 1)
    bits = 0
    for i, code in enumerate(codes):
        bits |= code << i * width
    data = bits.to_bytes((len(codes) * width + 7) // 8, 'little')
    blocks = [data[i:i + 255] for i in range(0, len(data), 255)]
    return bytes([root_bits]) + b''.join(bytes([len(b)]) + b for b in blocks) + b'\0'


def gif(frame=(0, 0, WIDTH, HEIGHT), bits=3, global_palette=True, local_palette=False, transparent=None,
        interlaced=False, screen=(WIDTH, HEIGHT), background=1, root_bits=None):
    left, top, width, height = frame
    out = b'GIF89a' + struct.pack('<HHBBB', *screen, 0x80 | bits - 1 if global_palette else 0, background, 0)
    if global_palette:
        out += noise(3 << bits, 21).tobytes()
    if transparent is not None:
        out += b'\x21\xf9\x04' + struct.pack('<BHBB', 1, 0, transparent, 0)
    out += b'\x21\xfe\x05hello\0'
    out += b'\x2c' + struct.pack('<HHHHB', left, top, width, height,
                                 (0x80 | bits - 1 if local_palette else 0) | (0x40 if interlaced else 0))
    if local_palette:
        out += noise(3 << bits, 22).tobytes()
    root_bits = root_bits or max(2, bits)
    return out + gif_codes(noise(width * height, 23) >> (8 - root_bits), root_bits) + b'\x3b'


def gif_files():
    still = Image.fromarray(smooth(90, 70)).quantize(64)
    frames = [Image.fromarray(np.roll(smooth(31, 29), 5 * i, 1)).quantize(16) for i in range(3)]
    flat = Image.new('P', (300, 300), 3)
    flat.putpalette(noise(768, 24).tobytes())
    full = Image.fromarray((noise(150 * 140, 25) >> 6).reshape(140, 150), 'P')  # more codes than the table holds
    full.putpalette(noise(12, 26).tobytes())
    return {
        'gif-full-table.gif': saved(full, 'GIF'),
        'gif-still.gif': saved(still, 'GIF'),
        'gif-animated.gif': saved(frames[0], 'GIF', save_all=True, append_images=frames[1:], duration=50),
        'gif-flat.gif': saved(flat, 'GIF'),
        'gif-interlaced.gif': gif(interlaced=True),
        'gif-local-palette.gif': gif(local_palette=True, interlaced=True),
        'gif-no-palette.gif': gif(global_palette=False),
        'gif-transparent.gif': gif(transparent=2),
        'gif-part-of-canvas.gif': gif(frame=(3, 5, 11, 7), bits=2),
        'gif-part-transparent.gif': gif(frame=(3, 5, 11, 7), transparent=2, interlaced=True),
        'gif-grows.gif': gif(screen=(10, 9), local_palette=True),
        'gif-short-palette.gif': gif(bits=2, root_bits=5),
        'gif-one-bit.gif': gif(bits=1),
    }


# ---- JPEG ----

def jpeg_files():
    photo = Image.fromarray(smooth(61, 43))
    files = {
        'jpeg-444.jpg': saved(photo, 'JPEG', quality=90, subsampling=0),
        'jpeg-422.jpg': saved(photo, 'JPEG', quality=80, subsampling=1),
        'jpeg-420.jpg': saved(photo, 'JPEG', quality=75, subsampling=2),
        'jpeg-low.jpg': saved(photo, 'JPEG', quality=5),
        'jpeg-progressive.jpg': saved(photo, 'JPEG', quality=75, progressive=True),
        'jpeg-progressive-444.jpg': saved(photo, 'JPEG', quality=95, progressive=True, subsampling=0),
        'jpeg-grey.jpg': saved(photo.convert('L'), 'JPEG', quality=85),
        'jpeg-grey-progressive.jpg': saved(photo.convert('L'), 'JPEG', quality=85, progressive=True),
        'jpeg-cmyk.jpg': saved(photo.convert('CMYK'), 'JPEG', quality=85),
        'jpeg-random-cmyk-inks.jpg': saved(Image.fromarray(smooth(33, 30, 4), 'CMYK'), 'JPEG', quality=90),
    }
    for width, height in ((1, 1), (2, 3), (5, 4), (8, 8), (17, 16), (3, 33)):
        tiny = Image.fromarray(smooth(width, height))
        files[f'jpeg-{width}x{height}.jpg'] = saved(tiny, 'JPEG', quality=90)
    one, full, wide, tall, four = (1, 1), (2, 2), (2, 1), (1, 2), (4, 1)
    random = {
        'grey': dict(components=[one]),
        'grey-sampled': dict(components=[full]),
        '440': dict(components=[tall, one, one]),
        '411': dict(components=[four, one, one]),
        '410': dict(components=[(4, 2), one, one]),
        '420-restart': dict(components=[full, one, one], restart=3),
        '422-separate': dict(components=[wide, one, one], separate=True),
        '420-separate-restart': dict(components=[full, one, one], separate=True, restart=2),
        'mixed': dict(components=[full, wide, tall]),
        'chroma-full': dict(components=[one, full, one]),
        'adobe-rgb': dict(components=[one, one, one], adobe=0),
        'adobe-ycc': dict(components=[full, one, one], adobe=1),
        'cmyk-plain': dict(components=[one, one, one, one]),
        'cmyk-adobe': dict(components=[one, one, one, one], adobe=0),
        'ycck': dict(components=[one, one, one, one], adobe=2),
        'ycck-420': dict(components=[full, one, one, full], adobe=2, restart=5),
    }
    for number, (name, options) in enumerate(random.items()):
        files[f'jpeg-random-{name}.jpg'] = random_jpeg(45, 37, seed=100 * number, **options)
    for name, sampling in (('422', wide), ('420', full)):  # colour two samples wide
        files[f'jpeg-random-{name}-narrow.jpg'] = random_jpeg(4, 19, [sampling, one, one], seed=7)
    return files


# ---- EXIF ----

def exif_block(orientation, big_endian=False, kind=3):
    order = '>' if big_endian else '<'
    value = struct.pack(order + ('HH' if kind == 3 else 'I'), *([orientation, 0] if kind == 3 else [orientation]))
    make = struct.pack(order + 'HHI', 0x010F, 2, 2) + b'P\0\0\0'
    entry = struct.pack(order + 'HHI', 0x0112, kind, 1) + value
    head = (b'MM' if big_endian else b'II') + struct.pack(order + 'HI', 42, 8)
    return head + struct.pack(order + 'H', 2) + make + entry + bytes(4)


def orientation_files():
    photo = Image.fromarray(smooth(29, 18))
    files = {}
    for orientation in range(1, 9):
        block = exif_block(orientation, orientation % 2 == 0)
        files[f'exif-{orientation}.jpg'] = saved(photo, 'JPEG', quality=90, exif=b'Exif\0\0' + block)
    files['exif-long.jpg'] = saved(photo, 'JPEG', exif=b'Exif\0\0' + exif_block(6, True, 4))
    files['exif-9.jpg'] = saved(photo, 'JPEG', exif=b'Exif\0\0' + exif_block(9))
    files['exif-before.png'] = png(2, 8, extra=[(b'eXIf', exif_block(8))])
    files['exif-after.png'] = png(2, 8, after=[(b'eXIf', exif_block(5, True))])
    return files
