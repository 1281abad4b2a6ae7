"""The main job, end to end: train a small network on real images, record it, show it."""

from bathyscope.demo.job import DemoResult as DemoResult
from bathyscope.demo.job import run_demo as run_demo
