"""AVIF and HEIC files without loss, whose pixels are therefore known: writes avif/.

    /usr/bin/python3 tests/golden/avif.py

Debian 12's avifenc (libavif-bin) and heif-enc (libheif-examples); numpy and Pillow for their sources. Lossless RGB, 4:4:4."""
import pathlib
import subprocess
import tempfile

from PIL import Image

from pillow_files import smooth, transparent

HERE = pathlib.Path(__file__).parent
FOLDER = HERE / 'avif'


def main():
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, pixels in (('opaque', smooth(61, 43)), ('transparent', transparent(61, 43))):
            source = pathlib.Path(folder) / f'{name}.png'
            Image.fromarray(pixels).save(source)
            subprocess.run(['avifenc', '--lossless', '--jobs', '1', str(source), str(FOLDER / f'{name}.avif')], check=True, stdout=subprocess.DEVNULL)
        subprocess.run(['heif-enc', '--quality', '50', str(pathlib.Path(folder) / 'opaque.png'), '-o', str(FOLDER / 'opaque.heic')], check=True, stdout=subprocess.DEVNULL)


if __name__ == '__main__':
    main()
