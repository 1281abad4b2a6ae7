from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bathyscope import views
from bathyscope.integrations.recording import Recording
from bathyscope.integrations.shown import shown_columns, shown_pictures
from bathyscope.runs import Run


def test_images_are_told_from_texts_and_features(rng: np.random.Generator) -> None:
    images = rng.random((3, 4, 5))
    np.testing.assert_array_equal(shown_pictures(images, n_samples=3), images)
    assert shown_pictures(["a", "b", "c"], n_samples=3) is None
    assert shown_pictures({"age": [1, 2, 3]}, n_samples=3) is None


def test_one_image_for_each_sample_is_asked_for(rng: np.random.Generator) -> None:
    with pytest.raises(
        ValueError, match=r"one image for each of the 3 samples; got shape \(2, 4, 4\)"
    ):
        shown_pictures(rng.random((2, 4, 4)), n_samples=3)


def test_anything_else_is_refused_with_what_may_be_shown() -> None:
    with pytest.raises(ValueError, match=r"texts, images of shape .* or named features"):
        shown_columns([1, 2, 3], n_samples=3)


def test_flat_inputs_are_shown_as_the_images_they_came_from(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    images = rng.random((6, 4, 5)).astype(np.float32)
    scores = rng.dirichlet(np.ones(3), size=6)
    with Recording("flat", runs_dir=tmp_path) as run:
        run.evaluate_scores(
            scores,
            np.arange(6) % 3,
            inputs=images.reshape(6, 20),
            show=images,
            kind="probabilities",
        )
    recorded = Run(run.path)
    np.testing.assert_array_equal(recorded.arrays("inputs/test")["inputs"], images)
    tiles = views.Predictions.from_run(recorded, split="test").figure().panels[0].marks[0]
    assert tiles.images.shape == (6, 4, 5)
