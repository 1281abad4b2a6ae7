"""Pixels of encoded images."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray

#: A few bytes of PNG may stand for gigabytes of pixels.
_MOST_PIXELS = 1 << 26


def pixels(encoded: bytes) -> NDArray[np.uint8]:
    """Decode an image, of an animation the first picture.

    Returns
    -------
    array of shape (height, width) or (height, width, channels), uint8

    Raises
    ------
    ValueError
        If it cannot be decoded, or is too large.
    """
    from PIL import Image

    try:
        with Image.open(io.BytesIO(encoded), formats=("PNG", "JPEG", "GIF", "BMP")) as image:
            if image.width * image.height > _MOST_PIXELS:
                raise ValueError(f"an image of {image.width} by {image.height} pixels")
            mode = image.mode if image.mode in {"L", "RGB", "RGBA"} else "RGB"
            return np.asarray(image.convert(mode), np.uint8)
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"an image that cannot be decoded ({error})") from error
