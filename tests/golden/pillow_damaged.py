"""What Pillow makes of damaged JPEG files: writes damaged.json and the whole files, damaged/, that it is about.

    /usr/bin/python3 tests/golden/pillow_damaged.py

Debian 12's python3-pil (9.4.0 with libjpeg-turbo 2.1.5); cjpeg and jpegtran of libjpeg-turbo-progs for what Pillow cannot save.
A damaged file is told as the pieces that it consists of: [from, to] of the whole file, a number of zeros, or bytes in
hexadecimal. Its pixels are those of Pillow's convert("RGB"), by CRC-32; null where Pillow refuses. Odd files have the pixels of the
whole one, in Pillow, too; but for those that lack nothing but their end marker, which it may refuse and browsers show."""
import io
import json
import pathlib
import random
import subprocess
import warnings
import zlib

from PIL import Image

HERE = pathlib.Path(__file__).parent
FOLDER = HERE / 'damaged'
CASES = 2000
EOI = 'ffd9'


def saved(picture, **options):
    buffer = io.BytesIO()
    picture.save(buffer, 'JPEG', quality=80, **options)
    return buffer.getvalue()


def transcoded(jpeg, *options):
    return subprocess.run(['jpegtran', *options], input=jpeg, capture_output=True, check=True).stdout


def whole_files():
    photo = Image.open(HERE.parent.parent / 'web/samples/lake.jpg').convert('RGB').resize((203, 131), Image.LANCZOS)
    plain = saved(photo)
    return {
        'plain.jpg': plain,
        'full-chroma.jpg': saved(photo, subsampling=0),
        'half-chroma.jpg': saved(photo, subsampling=1),
        'coarse.jpg': transcoded(saved(photo.resize((407, 263)), subsampling=2), '-optimize'),
        'progressive.jpg': saved(photo, progressive=True),
        'progressive-grey.jpg': saved(photo.convert('L'), progressive=True),
        'cmyk.jpg': saved(photo.convert('CMYK')),
        'restart.jpg': transcoded(plain, '-restart', '3B'),
        'arithmetic.jpg': transcoded(plain, '-arithmetic'),
        'arithmetic-progressive.jpg': transcoded(plain, '-arithmetic', '-progressive'),
    }


def build(whole, pieces):
    parts = [bytes(piece) if isinstance(piece, int) else bytes.fromhex(piece) if isinstance(piece, str) else whole[piece[0]:piece[1]]
             for piece in pieces]
    return b''.join(parts)


def pillow_pixels(content):
    """[width, height, CRC-32], or null."""
    try:
        picture = Image.open(io.BytesIO(content))
        picture.load()
        return [*picture.size, zlib.crc32(picture.convert('RGB').tobytes())]
    except (OSError, SyntaxError, ValueError):
        return None


# ---- mishaps ----

def bits_flipped(whole, start, rng):
    pieces, at = [], 0
    for place in sorted(rng.sample(range(start, len(whole) - 2), rng.choice([1, 1, 3, 10]))):
        pieces += [[at, place], f'{whole[place] ^ 1 << rng.randrange(8):02x}']
        at = place + 1
    return pieces + [[at, len(whole)]]


def cut(whole, start, rng):
    return [[0, rng.randrange(start, len(whole))]]


def cut_and_ended(whole, start, rng):
    return [[0, rng.randrange(start, len(whole))], EOI]


def sector_zeroed(whole, start, rng):
    at = rng.randrange(start, len(whole) - 2)
    count = min(512, len(whole) - 2 - at)
    return [[0, at], count, [at + count, len(whole)]]


def stretches_swapped(whole, start, rng):
    first, second = sorted(rng.sample(range(start, len(whole) - 2), 2))
    count = min(512, second - first, len(whole) - 2 - second)
    return [[0, first], [second, second + count], [first + count, second], [first, first + count], [second + count, len(whole)]]


def byte_changed(whole, start, rng):
    at = rng.randrange(2, len(whole))
    return [[0, at], f'{rng.randrange(256):02x}', [at + 1, len(whole)]]


def stretch_lost(whole, start, rng):
    at = rng.randrange(start, len(whole) - 2)
    return [[0, at], [min(len(whole), at + rng.randrange(1, 300)), len(whole)]]


def bytes_put_in(whole, start, rng):
    at = rng.randrange(2, len(whole) - 2)
    return [[0, at], rng.randbytes(rng.randrange(1, 20)).hex(), [at, len(whole)]]


MISHAPS = [bits_flipped, cut, cut_and_ended, sector_zeroed, stretches_swapped, byte_changed, stretch_lost, bytes_put_in]


def mishap_cases(files):
    rng = random.Random(18)
    names = sorted(files)
    for number in range(CASES):
        name, mishap = rng.choice(names), MISHAPS[number % len(MISHAPS)]
        start = files[name].index(b'\xff\xda') + 12
        pieces = mishap(files[name], start, rng)
        yield {'file': name, 'what': mishap.__name__, 'pieces': pieces, 'pixels': pillow_pixels(build(files[name], pieces))}


# ---- oddities: each picture is whole ----

def segments(content):
    """(marker, from, to) of each up to the first scan's header."""
    at = 2
    while True:
        end = at + 2 + int.from_bytes(content[at + 2:at + 4], 'big')
        yield content[at + 1], at, end
        if content[at + 1] == 0xDA:
            return
        at = end


def without(content, marker):
    pieces, at = [], 0
    for code, start, end in segments(content):
        if code == marker:
            pieces.append([at, start])
            at = end
    return pieces + [[at, len(content)]]


def put_in(content, marker, text):
    """Bytes before the first segment of that marker."""
    at = next(start for code, start, _ in segments(content) if code == marker)
    return [[0, at], text, [at, len(content)]]


def with_ids(content, ids):
    """Other component ids in the frame and the scan."""
    frame = next(start for code, start, _ in segments(content) if 0xC0 <= code <= 0xC2)
    scan = next(start for code, start, _ in segments(content) if code == 0xDA)
    places = [frame + 10 + 3 * i for i in range(len(ids))] + [scan + 5 + 2 * i for i in range(len(ids))]
    pieces, at = [], 0
    for place, value in zip(places, [*ids, *ids]):
        pieces += [[at, place], f'{value:02x}']
        at = place + 1
    return pieces + [[at, len(content)]]


def odd_cases(files):
    plain, length = files['plain.jpg'], len(files['plain.jpg'])
    odd = {
        'no Huffman tables': ('plain.jpg', without(plain, 0xC4)),
        'no end marker': ('plain.jpg', [[0, length - 2]]),
        'zeros for an end marker': ('plain.jpg', [[0, length - 2], 2]),
        'zeros before the end marker': ('plain.jpg', [[0, length - 2], 300, EOI]),
        'zeros behind the end marker': ('plain.jpg', [[0, length], 300]),
        'words behind the end marker': ('plain.jpg', [[0, length], b'and more'.hex()]),
        'a height at the end as well': ('plain.jpg', [[0, length - 2], 'ffdc00040083', EOI]),
        'FF 00 between segments': ('plain.jpg', put_in(plain, 0xC0, 'ff00')),
        'stray bytes behind the frame header': ('plain.jpg', put_in(plain, 0xC4, b'stray'.hex())),
        'fill bytes': ('plain.jpg', put_in(plain, 0xDA, 'ffffff')),
        'component ids 1 1 1 1': ('cmyk.jpg', with_ids(files['cmyk.jpg'], [1, 1, 1, 1])),
        'component ids 0 0 0 0': ('cmyk.jpg', with_ids(files['cmyk.jpg'], [0, 0, 0, 0])),
        'component ids 1 1 1': ('plain.jpg', with_ids(plain, [1, 1, 1])),
        'component ids 7 8 9': ('plain.jpg', with_ids(plain, [7, 8, 9])),
    }
    for what, (name, pieces) in odd.items():
        pixels = pillow_pixels(files[name])
        assert pillow_pixels(build(files[name], pieces)) in ([pixels, None] if 'for an end' in what or what == 'no end marker' else [pixels]), what
        yield {'file': name, 'what': what, 'pieces': pieces, 'pixels': pixels}


def main():
    warnings.simplefilter('ignore')
    FOLDER.mkdir(exist_ok=True)
    files = whole_files()
    for name, content in files.items():
        (FOLDER / name).write_bytes(content)
    groups = {'whole': [{'file': name, 'pixels': pillow_pixels(content)} for name, content in files.items()],
              'odd': list(odd_cases(files)), 'damaged': list(mishap_cases(files))}
    lines = ['"%s": [\n%s\n]' % (name, ',\n'.join(json.dumps(case) for case in cases)) for name, cases in groups.items()]
    (HERE / 'damaged.json').write_text('{\n' + ',\n'.join(lines) + '\n}\n')


if __name__ == '__main__':
    main()
