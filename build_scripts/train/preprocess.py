"""How the tasks look at a picture, for a trunk whose views have `size` pixels."""

from trunk import read_config

SHORTER = 320       # pixels of the shorter side at which quality and sharpness are judged


def technical(size):
    """Quality and sharpness: views of the picture at a fixed scale."""
    return {'resize': {'shorter': SHORTER, 'interpolation': 'bicubic'}, 'views': {'grid': [2, 3], 'size': size}}


def whole(size):
    """A trait: the whole photograph, squeezed into one view, since a feeling is about all of it."""
    return {'resize': {'height': size, 'width': size, 'interpolation': 'bicubic'}, 'views': {'center': size}}


def size_of(work):
    """The view's side of the trunk in WORK."""
    return read_config(work / 'trunk')['image_size']
