from __future__ import annotations

import numpy as np
import pytest

import bathyscope as bs


def test_vectors_are_placed_and_coloured_by_their_labels(recording, rng):
    vectors = rng.normal(size=(30, 5)).astype(np.float32)
    labels = [("cat", "dog", "bee")[index % 3] for index in range(30)]
    texts = [f"word {index}" for index in range(30)]
    recording.log_vectors("words", vectors, labels=labels, show=texts, step=4)
    recording.finish()
    run = bs.open(recording.path)
    arrays = run.arrays("features/words", step=4)
    np.testing.assert_array_equal(arrays["embedding"], vectors)
    found = run.feature_vectors()
    assert found.subject == "words samples, step 4"
    columns = found.columns()
    assert columns["label"].tolist() == labels
    centred = vectors - vectors.mean(axis=0)
    expected = np.linalg.svd(centred, compute_uv=False)[:2] ** 2
    placed = [columns[name] for name in columns if name.startswith("pca_")]
    lengths = [float((column**2).sum()) for column in placed]
    np.testing.assert_allclose(sorted(lengths, reverse=True), expected, rtol=1e-4)
    assert run.table("shown/words")["text"].tolist() == texts


def test_images_are_what_vectors_are_of(recording, reopen, rng):
    images = rng.random((6, 4, 4))
    recording.log_vectors("faces", rng.random((6, 3)), labels=np.arange(6.0), show=images)
    run = reopen(recording)
    np.testing.assert_array_equal(run.arrays("inputs/faces")["inputs"], images)
    assert run.table("shown/faces")["label"].tolist() == list(range(6))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"vectors": [1.0, 2.0]},
            r"shape \(n_samples, n_dimensions\); got float64 of shape \(2,\)",
        ),
        ({"vectors": np.zeros((0, 3))}, "at least one sample"),
        ({"labels": ["a"]}, r"one label for each of the 4 vectors; got shape \(1,\)"),
        ({"show": ["a"]}, "one entry for each of the 4 samples"),
        ({"max_bytes": 0}, "`max_bytes` must be at least 1"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_written(
    recording, reopen, changed, message
):
    with pytest.raises(ValueError, match=message):
        recording.log_vectors("words", **{"vectors": np.zeros((4, 2)), **changed})
    assert reopen(recording).array_groups() == ()


def test_only_the_first_are_kept_beyond_the_budget(recording, reopen, notes, rng):
    recording.log_vectors("many", rng.random((100, 10)), max_bytes=4000)
    assert "Vectors of many are kept for the first 50 of 100 samples" in notes(recording)[0]
    assert reopen(recording).arrays("features/many")["embedding"].shape == (50, 10)
