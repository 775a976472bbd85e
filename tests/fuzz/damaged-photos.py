"""Photographs of yours, damaged at random, against Pillow: never other pixels than its own without a flag or a code.

    /usr/bin/python3 tests/fuzz/damaged-photos.py FOLDER [COUNT] [SEED]

COUNT (2000) damaged copies of the folder's JPEG files, and as many of WebP files that Pillow makes of them: bits flipped, cuts with
and without an end marker, sectors of zeros, stretches swapped, lost and put in (golden/pillow_damaged.py). Needs Debian 12's Pillow
9.4 and a built engine. Prints what became of them by format; ends with 1 where pixels differ in silence, and keeps those files."""
import collections
import io
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import warnings

from PIL import Image

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / 'golden'))
from pillow_damaged import MISHAPS, build, pillow_pixels  # noqa: E402

LONGEST_SIDE = 640  # of WebP, which takes longer


def as_webp(content, rng):
    """The photograph, smaller, in one of the ways in which WebP is written."""
    picture = Image.open(io.BytesIO(content)).convert('RGB')
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    way = rng.randrange(3)
    if way == 2:
        picture.putalpha(Image.linear_gradient('L').resize(picture.size))
    buffer = io.BytesIO()
    picture.save(buffer, 'WEBP', quality=rng.choice([30, 75, 90]), lossless=way == 1)
    return buffer.getvalue()


def scan_start(content):
    """Behind the first scan's header; of WebP behind the file's."""
    return content.index(b'\xff\xda') + 12 if content[:2] == b'\xff\xd8' else 20


def damaged_copies(photos, count, form, rng):
    for number in range(count):
        content = rng.choice(photos).read_bytes()
        whole = as_webp(content, rng) if form == 'webp' else content
        mishap = MISHAPS[number % len(MISHAPS)]
        yield mishap.__name__, whole, build(whole, mishap(whole, scan_start(whole), rng))


def decode(paths):
    """[status, damaged, width, height, CRC-32] of each file, by the engine."""
    done = subprocess.run(['node', str(HERE / 'decode-files.mjs')], input='\n'.join(map(str, paths)), text=True, stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def judge(ours, pillow, whole):
    """What became of a file; 'WRONG' where its pixels are others than Pillow's and nothing says so."""
    status, damaged, *pixels = ours
    if status != 'OK':
        return 'refused by both' if pillow is None else 'refused here alone'
    if pixels == whole:
        return "the whole picture's pixels" if pillow is not None else "the whole picture's pixels, where Pillow refuses"
    if pixels == pillow:
        return "Pillow's pixels, called damaged" if damaged else "Pillow's pixels, damaged where no decoder sees it"
    return 'others than Pillow, called damaged' if damaged else 'WRONG'


def main():
    folder, count, seed = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 2000, int(sys.argv[3]) if len(sys.argv) > 3 else 1
    warnings.simplefilter('ignore')
    photos = sorted(path for path in pathlib.Path(folder).rglob('*') if path.suffix.lower() in ('.jpg', '.jpeg'))
    wrong = 0
    for form in ('jpeg', 'webp'):
        rng, counts = random.Random(seed), collections.Counter()
        with tempfile.TemporaryDirectory() as work:
            cases = []
            for number, (what, whole, content) in enumerate(damaged_copies(photos, count, form, rng)):
                path = pathlib.Path(work) / f'{number}.{form}'
                path.write_bytes(content)
                cases.append((path, what, pillow_pixels(content), pillow_pixels(whole)))
            for (path, what, pillow, whole), ours in zip(cases, decode([path for path, *_ in cases])):
                verdict = judge(ours, pillow, whole)
                counts[verdict] += 1
                if verdict == 'WRONG':
                    wrong += 1
                    kept = pathlib.Path(f'fuzz-{what}-{seed}-{path.name}')
                    kept.write_bytes(path.read_bytes())
                    print(f'{kept}: {ours}, but Pillow says {pillow}')
        print(f'{form}: {sum(counts.values())} of {len(photos)} photographs;', '; '.join(f'{number} {verdict}' for verdict, number in counts.most_common()))
    return wrong > 0


if __name__ == '__main__':
    sys.exit(main())
