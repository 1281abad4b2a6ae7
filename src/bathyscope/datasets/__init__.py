"""Real images to try things on, found on this machine; nothing is downloaded."""

from bathyscope.datasets.images import ImageData as ImageData
from bathyscope.datasets.images import load_images as load_images
