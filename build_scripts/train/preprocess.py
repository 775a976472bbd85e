"""How the tasks look at a picture, for a trunk whose views have `size` pixels."""

from trunk import read_config

SHORTER = 320       # pixels of the shorter side at which quality and sharpness are judged
LARGER = 960        # and at which they look for detail, where a picture has more


def technical(size):
    """Quality and sharpness: views that cover the picture at a fixed scale, and some of its detail at a larger one."""
    return {'resize': {'shorter': SHORTER, 'interpolation': 'bicubic'}, 'views': {'grid': [3, 4], 'size': size, 'edges': True},
            'detail': {'shorter': LARGER, 'grid': [2, 3]}}


def whole(size):
    """A trait: the whole photograph, squeezed into one view, since a feeling is about all of it."""
    return {'resize': {'height': size, 'width': size, 'interpolation': 'bicubic'}, 'views': {'center': size}}


def size_of(work):
    """The view's side of the trunk in WORK."""
    return read_config(work / 'trunk')['image_size']
