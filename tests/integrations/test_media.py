from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

import bathyscope as bs
from bathyscope.integrations.media import images_from, sounds_from


@pytest.fixture
def run(tmp_path: Path) -> Any:
    with bs.record("media", runs_dir=tmp_path, strict=True) as recording:
        yield recording


@pytest.mark.parametrize(
    ("shape", "channels", "expected"),
    [
        ((8, 9), None, [(8, 9)]),
        ((8, 9, 3), None, [(8, 9, 3)]),
        ((5, 8, 9), None, [(8, 9)] * 5),
        ((3, 8, 9), None, [(8, 9)] * 3),
        ((3, 8, 9), "first", [(8, 9, 3)]),
        ((2, 8, 9, 1), None, [(8, 9, 1)] * 2),
        ((2, 3, 8, 9), None, [(8, 9, 3)] * 2),
        ((2, 3, 8, 4), "first", [(8, 4, 3)] * 2),
        ((2, 3, 8, 4), None, [(3, 8, 4)] * 2),
        ((8, 9, 12), "last", [(8, 9, 12)]),
    ],
)
def test_images_of_any_shape(shape: Any, channels: Any, expected: Any) -> None:
    assert [image.shape for image in images_from(np.zeros(shape), channels=channels)] == expected


def test_images_of_any_kind() -> None:
    torch = pytest.importorskip("torch")
    values = np.random.default_rng(0).integers(0, 255, (3, 6, 7)).astype(np.uint8)
    (from_torch,) = images_from(torch.tensor(values, dtype=torch.uint8))
    assert np.array_equal(from_torch, values.transpose(1, 2, 0))
    pictures = [Image.fromarray(from_torch), Image.fromarray(values[0])]
    assert [image.tolist() for image in images_from(pictures)] == [
        from_torch.tolist(), values[0].tolist(),
    ]  # fmt: skip
    assert images_from([[0.0, 1.0], [1.0, 0.0]])[0].tolist() == [[0, 1], [1, 0]]


def test_a_figure_is_recorded_as_it_looks_and_left_as_it_was() -> None:
    figure, ax = plt.subplots(figsize=(2, 1), dpi=50)
    ax.set_position((0, 0, 1, 1))
    ax.imshow([[[255, 0, 0]]], aspect="auto")
    ax.axis("off")
    canvas = figure.canvas
    (pixels,) = images_from(figure)
    assert figure.canvas is canvas
    assert pixels.shape == (50, 100, 3) and pixels[25, 50].tolist() == [255, 0, 0]
    plt.close(figure)


def test_images_come_back_as_they_were(run: Any) -> None:
    images = np.random.default_rng(0).normal(size=(3, 5, 4, 3)).astype(np.float32)
    run.log_images("samples", images, step=7, captions=["a", "b", "损失"])
    view = bs.open(run.path).images("samples", step=7)
    assert np.array_equal(np.stack(view.images), images)
    assert view.captions == ("a", "b", "损失")


def test_many_images_keep_their_order(run: Any) -> None:
    run.log_images("many", np.repeat(np.arange(12, dtype=np.uint8), 25).reshape(12, 5, 5), step=1)
    view = bs.open(run.path).images("many")
    assert [int(image[0, 0]) for image in view.images] == list(range(12))


@pytest.mark.parametrize(
    ("dtype", "lowest", "highest"),
    [("i2", -32768, 32767), ("u1", 0, 255), ("i4", -(2**31), 2**31 - 1)],
)
def test_whole_numbers_use_the_range_of_their_type(dtype: str, lowest: int, highest: int) -> None:
    (sound,) = sounds_from(np.array([lowest, highest], dtype=dtype))
    assert sound[0] == -1.0 and 0.99 < sound[1] <= 1.0


def test_sounds_come_back_as_they_were(run: Any) -> None:
    tone = np.sin(2 * np.pi * 440 * np.arange(4000) / 8000).astype(np.float32)
    run.log_audio("speech", [tone, np.stack([tone, -tone])], 8000, step=3, captions=["one", "two"])
    view = bs.open(run.path).audio("speech")
    assert np.array_equal(view.sounds[0].samples, tone)
    assert view.sounds[1].samples.shape == (4000, 2)
    assert view.columns()["rate_hz"].tolist() == [8000, 8000]
    assert view.captions == ("one", "two")


def test_texts_come_back_at_their_step(run: Any) -> None:
    run.log_text("answers", "first", step=1)
    run.log_text("answers", ["second", "第三"], step=2)
    opened = bs.open(run.path)
    assert opened.texts("answers", step=1).texts == ("first",)
    assert opened.texts("answers").texts == ("second", "第三")


def test_the_step_is_the_last_known_one(run: Any) -> None:
    run.log({"loss": 1.0}, step=41)
    run.log_text("answers", "text")
    run.log_images("samples", np.zeros((4, 4)))
    opened = bs.open(run.path)
    assert opened.table_steps("text/answers") == opened.array_steps("images/samples") == (41,)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda run: run.log_images("x", np.zeros(5)), r"`images` must be numbers of shape"),
        (lambda run: run.log_images("x", []), "at least one image; got none"),
        (lambda run: run.log_images("x", [["a"]]), "must be numbers of shape"),
        (lambda run: run.log_images("", np.zeros((2, 2))), "`name` must be a text"),
        (lambda run: run.log_images("x", np.eye(2), captions=["a", "b"]), r"per image \(1\)"),
        (lambda run: run.log_images("x", np.zeros((2, 2)), channels="middle"), "'last' or 'first'"),
        (lambda run: run.log_audio("x", np.zeros((3, 3, 3)), 8000), r"`sounds` must be numbers"),
        (lambda run: run.log_audio("x", np.zeros(9), 0), "`rate_hz` must be samples per second"),
        (lambda run: run.log_audio("x", np.zeros((20, 30)), 8000), "at most 8 channels; got 20"),
        (lambda run: run.log_text("x", 7), "`texts` must be a text or a list of texts; got int"),
        (lambda run: run.log_text("x", ["a", 7]), "Each text must be a string; got int"),
    ],
)  # fmt: skip
def test_bad_input_is_told(run: Any, call: Any, message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        call(run)


def test_a_fault_lets_the_training_go_on(tmp_path: Path) -> None:
    with bs.record("lenient", runs_dir=tmp_path, strict=False) as run:
        with pytest.warns(UserWarning, match="log_images"):
            run.log_images("x", "no image")
        run.log({"loss": 1.0})
    assert bs.open(run.path).scalars("loss").values.tolist() == [1.0]
