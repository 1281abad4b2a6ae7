"""Predictions: which samples are drawn, in which order, in which form, and what is said of them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import log_softmax, softmax

import bathyscope as bs
from bathyscope import NotRecorded, models
from bathyscope.figures import Table, Tiles, Tokens
from bathyscope.figures.still import still
from bathyscope.runs import Run
from bathyscope.views import View, predictions
from bathyscope.views._history import KINDS
from bathyscope.views._shown import MAX_SIDE, show
from bathyscope.views.predictions import Predictions


def examples() -> dict[str, View]:
    rng = np.random.default_rng(0)
    scores = rng.dirichlet(np.ones(10) * 0.2, 60)
    true = np.where(rng.random(60) < 0.7, scores.argmax(axis=1), 0)
    names = [
        "airplane",
        "automobile",
        "bird",
        "cat",
        "deer",
        "dog",
        "frog",
        "horse",
        "ship",
        "卡车",
    ]
    texts = ["A fine film, and a long one. " * 8, "无聊透顶", "so-so"]
    table = {"age": [34, 51], "sum": [1200.5, np.nan], "purpose": ["car", "education"]}
    options = {"scores": scores, "classes": names}
    return {
        "gray": predictions(rng.random((60, 28, 28)), true, **options),
        "colour": predictions(rng.random((60, 32, 32, 3)), true, sort="wrong first", **options),
        "texts": predictions(texts, [1, 0, 1], scores=[[0.1, 0.9], [0.8, 0.2], [0.6, 0.4]]),
        "table": predictions(table, ["good", "bad"], ["good", "good"]),
        "unlabelled": predictions(rng.random((3, 8, 8)), y_pred=[0, 1, 1]),
        "one": predictions(rng.random((1, 8, 8)), [1], [1]),
    }


def tiles_of(view: Predictions) -> Tiles:
    mark = view.figure().panels[0].marks[0]
    assert isinstance(mark, Tiles)
    return mark


@pytest.fixture
def view(rng: np.random.Generator) -> Predictions:
    scores = rng.dirichlet(np.ones(4), 40)
    return predictions(
        rng.random((40, 6, 6)), rng.integers(0, 4, 40), scores=scores, sample=np.arange(40) + 100
    )


def resorted(view: Predictions, sort: str) -> Predictions:
    return Predictions(**{**view.__dict__, "sort": sort, "limit": 40})


def test_orders_are_what_they_say(view: Predictions) -> None:
    by = {name: resorted(view, name).order() for name in ("confidence", "loss", "wrong first")}
    assert (np.diff(view.confidence[by["confidence"]]) >= 0).all()
    assert (np.diff(view.loss[by["loss"]]) <= 0).all()
    right = view.right[by["wrong first"]]
    n_wrong = int((~right).sum())
    assert not right[:n_wrong].any() and right[n_wrong:].all()
    assert (np.diff(view.loss[by["wrong first"][:n_wrong]]) <= 0).all()
    assert by["wrong first"][n_wrong:].tolist() == np.flatnonzero(view.right).tolist()


def test_a_loss_that_is_nan_comes_first() -> None:
    made = predictions(np.zeros((3, 2, 2)), [0, 0, 0], scores=np.full((3, 2), 0.5))
    diverged = Predictions(
        **{**made.__dict__, "loss": np.array([0.1, np.nan, 0.3]), "sort": "loss"}
    )
    assert diverged.order().tolist() == [1, 2, 0]


def test_tiles_carry_caption_verdict_and_id(view: Predictions) -> None:
    tiles = tiles_of(view)
    assert tiles.captions is not None and tiles.verdicts is not None and tiles.ids is not None
    assert len(tiles.images) == len(view.sample)
    for row in range(len(view.sample)):
        made, truth = tiles.captions[row].split("\n")
        assert made.startswith(f"{view.predicted[row]} · ")
        assert truth == f"true {view.true[row]}"
        assert tiles.verdicts[row] == ("right" if view.right[row] else "wrong")
        assert tiles.ids.values[row] == row + 100


def test_note_says_the_rule_the_totals_and_the_accuracy(view: Predictions) -> None:
    n_wrong = int((~view.right).sum())
    few = Predictions(**{**view.__dict__, "sort": "wrong first", "limit": 5}).figure()
    assert f"{40 - n_wrong} of 40 right" in few.note
    rule = f"Shown: 5 of 40 samples, the {n_wrong} wrong ones first, by falling loss."
    assert few.panels[0].note == rule
    assert view.figure().panels[0].note == "Shown: 24 of 40 samples, the first ones."


def test_a_reader_may_go_through_all_samples_in_every_order(view: Predictions) -> None:
    browse = tiles_of(view).browse
    assert browse is not None and browse.first == 24 and browse.total == 40
    assert next(iter(browse.orders)) == "as recorded"
    for name, sort in (
        ("highest loss", "loss"),
        ("least sure", "confidence"),
        ("wrong ones first", "wrong first"),
        ("surest mistakes first", "error"),
    ):
        np.testing.assert_array_equal(browse.orders[name], resorted(view, sort).order())
    verdict, true, predicted = browse.facets
    np.testing.assert_array_equal(verdict.codes, np.where(view.right, 0, 1))
    np.testing.assert_array_equal(true.codes, view.true)
    np.testing.assert_array_equal(predicted.codes, view.predicted)
    np.testing.assert_allclose(browse.numbers["loss"], view.loss)
    drawn = still(resorted(view, "loss").figure()).panels[0].marks[0]
    np.testing.assert_array_equal(drawn.ids.values, 100 + np.argsort(-view.loss, kind="stable"))


def test_of_many_samples_some_of_every_class_are_held() -> None:
    """Also of one that is rare and learned: no order has it in front."""
    n = 5000
    rng = np.random.default_rng(0)
    true = rng.integers(0, 9, n)
    true[4000:4010] = 9
    scores = np.full((n, 10), 0.01)
    scores[np.arange(n), np.where(true == 9, 9, rng.integers(0, 9, n))] = rng.random(n) * 0.5
    scores[true == 9, 9] = 5.0
    tiles = tiles_of(predictions(rng.random((n, 4, 4)), true, scores=scores))
    assert tiles.browse is not None
    (of_class,) = (facet for facet in tiles.browse.facets if facet.label == "true class")
    counts = np.bincount(of_class.codes, minlength=10)
    assert len(tiles.ids.values) == 400 and (counts >= 5).all()


def test_of_many_samples_the_first_of_every_order_are_held() -> None:
    rng = np.random.default_rng(3)
    scores = rng.dirichlet(np.ones(5), 3000)
    made = predictions(rng.random((3000, 28, 28)), rng.integers(0, 5, 3000), scores=scores)
    tiles = tiles_of(made)
    browse = tiles.browse
    assert browse is not None and browse.total == 3000
    assert 24 < len(tiles.images) <= 400 and tiles.images.nbytes <= 1 << 20
    orders = made.orders()
    for name, sort in (("highest loss", "loss"), ("least sure", "confidence")):
        held = tiles.ids.values[browse.orders[name]]
        first = made.sample[orders[sort]]
        n = next(i for i, (a, b) in enumerate(zip(held, first, strict=False)) if a != b)
        assert n >= 40


def test_what_became_of_samples_is_known_beside_them(recorded_run) -> None:
    run = bs.open(recorded_run.path)
    made = run.predictions()
    kinds = run.forgetting().kind
    np.testing.assert_array_equal(np.array(KINDS)[made.became], kinds)
    facets = {f.label: f for f in made.figure().panels[0].marks[0].browse.facets}
    assert facets["over the steps"].names == KINDS
    assert run.predictions(step=0).change is None


def test_confidence_and_loss_follow_from_logits(rng: np.random.Generator) -> None:
    logits, true = rng.normal(size=(30, 5)) * 4, rng.integers(0, 5, 30)
    made = predictions(np.zeros((30, 4, 4)), true, scores=logits)
    np.testing.assert_allclose(made.confidence, softmax(logits, axis=1).max(axis=1))
    np.testing.assert_allclose(made.loss, -log_softmax(logits, axis=1)[np.arange(30), true])


def test_only_certainty_reads_as_hundred_percent() -> None:
    made = predictions(np.zeros((2, 4, 4)), scores=[[0.998, 0.002], [1.0, 0.0]])
    assert tiles_of(made).captions == ("0 · 99.8%", "0 · 100%")


def test_texts_are_shown_as_texts() -> None:
    long = "word " * 200
    made = predictions(["short", long], [0, 1], [0, 0])
    mark = made.figure().panels[0].marks[0]
    assert isinstance(mark, Tokens)
    assert mark.texts[0] == ("short",)
    assert mark.texts[1][:2] == ("word ", "word ")
    assert "".join(mark.texts[1]) == long[:399] + "…"
    assert mark.captions == ("0, true 0", "0, true 1")
    assert mark.verdicts == ("right", "wrong")
    assert "Cut after 400 characters: 1 text." in made.figure().note


def test_named_features_are_shown_as_a_table() -> None:
    table = {"age": [34, 51], "true": ["kept", "too"]}
    made = predictions(table, ["good", "bad"], ["good", "good"])
    mark = made.figure().panels[0].marks[0]
    assert isinstance(mark, Table)
    assert mark.columns["age"].tolist() == [34, 51]
    assert mark.columns["true"].tolist() == ["good", "bad"]
    assert mark.columns["true (input)"].tolist() == ["kept", "too"]
    assert mark.columns["verdict"].tolist() == ["right", "wrong"]


def test_columns_of_objects_become_numbers_or_text() -> None:
    table = {"age": np.array([34, 51.5], dtype=object), "job": np.array(["a", None], dtype=object)}
    columns = show(table).columns
    assert columns is not None
    assert columns["age"].tolist() == [34, 51.5]
    assert columns["job"].tolist() == ["a", "None"]


def test_colour_images_keep_their_colours_wherever_the_channels_are(
    rng: np.random.Generator,
) -> None:
    images = rng.integers(0, 256, (2, 8, 9, 3)).astype(np.uint8)
    for given in (images, np.moveaxis(images, 3, 1), images / 255.0):
        np.testing.assert_array_equal(show(given).images, images)
    tiny = rng.integers(0, 256, (1, 3, 5, 3)).astype(np.uint8)
    np.testing.assert_array_equal(show(tiny, channels="first").images, np.moveaxis(tiny, 1, 3))
    standardised = show(images.astype(float) - 100.0)
    assert "Colours are rescaled" in standardised.note
    assert show(images[..., :1]).images is not None
    assert "The mean of 2 image channels is shown." in show(images[..., :2]).note


def test_flattened_images_are_folded_and_said(rng: np.random.Generator) -> None:
    flat = rng.random((2, 784))
    found = show(flat)
    assert found.images is not None
    np.testing.assert_allclose(found.images, flat.reshape(2, 28, 28), rtol=1e-6)
    assert "784 numbers are shown as 28 × 28 images" in found.note
    assert show(flat, image_shape=(14, 56)).images.shape == (2, 14, 56)
    assert show(flat[:, :20]).columns is not None
    assert show(flat, image_shape=(784,)).columns is not None
    with pytest.raises(ValueError, match="`image_shape` must hold 784 pixels"):
        show(flat, image_shape=(10, 10))


def test_large_images_are_averaged_and_said() -> None:
    image = np.kron(np.array([[0.0, 1.0], [0.5, 0.25]]), np.ones((200, 200)))[None]
    found = show(image)
    assert found.images is not None and max(found.images.shape) <= MAX_SIDE
    assert "averaged over 4 × 4 pixels" in found.note
    np.testing.assert_allclose(found.images[0, 10, 10], 0.0)
    np.testing.assert_allclose(found.images[0, 10, -10], 1.0)
    np.testing.assert_allclose(found.images.mean(), image.mean())


def test_volumes_show_a_slice_and_say_which(rng: np.random.Generator) -> None:
    volumes = rng.random((2, 7, 8, 9, 1))
    found = show(volumes)
    np.testing.assert_allclose(found.images, volumes[:, 3, :, :, 0], rtol=1e-6)
    assert "slice 3 of 7" in found.note


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"y_true": [0, 1]}, "either `y_pred` or `scores`"),
        ({"y_pred": [0, 1], "scores": np.eye(2)}, "either `y_pred` or `scores`"),
        ({"y_pred": [0]}, r"one sample per prediction \(1\); got 2"),
        ({"y_pred": [0, 1], "sort": "loss"}, "`sort='loss'` needs `scores` and `y_true`"),
        ({"y_pred": [0, 1], "sort": "confidence"}, "needs `scores`"),
        ({"y_pred": [0, 1], "sort": "wrong first"}, "needs `y_true`"),
        ({"y_pred": [0, 1], "sort": "best"}, "`sort` must be one of"),
        ({"y_pred": [0, 1], "limit": 0}, "`limit` must be at least 1"),
        ({"y_pred": [0, np.nan]}, "NaN or infinite"),
        ({"y_pred": [0, 1], "sample": [1]}, "one id per sample"),
        ({"scores": np.eye(2), "y_true": [0, 5]}, "must hold only the classes 0, 1; got '5'"),
    ],
)
def test_bad_input_is_refused(arguments, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        predictions(np.zeros((2, 4, 4)), **arguments)


def test_bad_samples_are_refused() -> None:
    with pytest.raises(ValueError, match=r"images .* vectors .* or texts"):
        predictions(np.zeros((1, 2, 2, 2, 2, 2)), [0], [0])
    with pytest.raises(ValueError, match="the same length"):
        predictions({"a": [1], "b": [1, 2]}, [0], [0])
    with pytest.raises(ValueError, match="at least one label"):
        predictions(np.zeros((0, 4, 4)), [], [])


def test_from_run_shows_what_is_recorded(recorded, digits, run_writer, tmp_path) -> None:
    made = Predictions.from_run(recorded.run, sort="wrong first")
    known = recorded.network.forward(digits.x_test)[1]
    np.testing.assert_array_equal(made.predicted, known.argmax(axis=1))
    np.testing.assert_allclose(made.confidence, known.max(axis=1))
    # Test inputs are not recorded in this run: a table, and a sentence that says so.
    assert isinstance(made.figure().panels[0].marks[0], Table)
    assert "not recorded" in made.figure().note

    writer = run_writer("part")
    writer.log_table(
        "predictions/test",
        {"sample": [10, 11, 12], "true": [0, 1, 1], "predicted": [0, 0, 1]},
        step=3,
    )
    images = np.arange(32.0).reshape(2, 4, 4)
    writer.log_arrays("inputs/test", {"sample": np.array([12, 10]), "inputs": images}, step=3)
    part = Predictions.from_run(Run(tmp_path / "part"))
    tiles = tiles_of(part)
    assert tiles.ids is not None
    assert tiles.ids.values.tolist() == [10, 12]
    np.testing.assert_array_equal(tiles.images, images[[1, 0]])
    assert "Only 2 of 3 samples are recorded" in part.figure().note
    assert len(part.columns()["sample"]) == 3


def test_inputs_nobody_can_look_at_are_left_out(run_writer, tmp_path) -> None:
    writer = run_writer("odd")
    columns = {"sample": [0, 1], "true": [0, 1], "predicted": [0, 0]}
    writer.log_table("predictions/test", columns, step=1)
    writer.log_arrays("inputs/test", {"sample": [0, 1], "x": np.zeros((2, 1, 1, 1, 1, 1))}, step=1)
    view = Predictions.from_run(Run(tmp_path / "odd"))
    assert isinstance(view.figure().panels[0].marks[0], Table)
    assert "not recorded" in view.figure().note


def test_recorded_labels_must_be_class_numbers(run_writer, tmp_path) -> None:
    writer = run_writer("bad")
    writer.log_table("predictions/test", {"sample": [0], "true": [0], "predicted": [-1]}, step=1)
    with pytest.raises(NotRecorded, match=r"Column `predicted` .* class numbers from 0"):
        Predictions.from_run(Run(tmp_path / "bad"))


def test_shown_texts_and_features_replace_model_inputs(run_writer, tmp_path) -> None:
    writer = run_writer("texts")
    columns = {"sample": [0, 1], "true": [0, 1], "predicted": [0, 0], "confidence": [0.9, 0.6]}
    writer.log_table("predictions/test", columns, step=1)
    writer.log_table("shown/test", {"sample": [0, 1], "text": ["so bad", "好极了"]}, step=1)
    writer.log_arrays("inputs/test", {"inputs": np.zeros((2, 9), dtype=np.int64)}, step=1)
    writer.log_event("classes", names=["bad", "good"])
    mark = Predictions.from_run(Run(tmp_path / "texts")).figure().panels[0].marks[0]
    assert isinstance(mark, Tokens)
    assert mark.texts == (("so ", "bad"), ("好极了",))
    assert mark.captions == ("bad · 90%, true bad", "bad · 60%, true good")


def test_what_is_not_there_is_named(recorded_run, run_writer, tmp_path) -> None:
    with pytest.raises(NotRecorded, match=r"no `predictions/train`. It holds predictions/test"):
        Predictions.from_run(recorded_run, split="train")
    run_writer("empty").log_scalars({"loss": 1.0}, step=0)
    with pytest.raises(NotRecorded, match=r"run\.evaluate"):
        Predictions.from_run(Run(tmp_path / "empty"))
    assert list(Predictions.offers(Run(tmp_path / "empty"))) == []


def test_from_model(keras_model, digits) -> None:
    x = digits.x_test[:40].reshape(-1, 8, 8, 1).astype(np.float32)
    made = Predictions.from_model(models.adapt(keras_model), x, digits.y_test[:40], batch_size=16)
    own = np.asarray(keras_model.predict(x, verbose=0))
    np.testing.assert_array_equal(made.predicted, own.argmax(axis=1))
    np.testing.assert_allclose(made.confidence, own.max(axis=1), rtol=1e-5)
    np.testing.assert_array_equal(tiles_of(made).images, x[:, :, :, 0])


def test_the_surest_mistakes_come_first(view: Predictions) -> None:
    order = resorted(view, "error").order()
    wrong = ~view.right[order]
    assert wrong[: int(wrong.sum())].all()
    sure = view.confidence[order][wrong]
    assert (np.diff(sure) <= 0).all() and len(sure) > 1


def test_the_loss_that_changed_most_comes_first(recorded_run) -> None:
    run = bs.open(recorded_run.path)
    steps = run.table_steps("predictions/test")
    made = run.predictions(sort="change", step=steps[2])
    tables = [run.table("predictions/test", step=step) for step in steps[1:3]]
    change = tables[1]["loss"] - tables[0]["loss"]
    assert np.allclose(made.change, change)
    expected = made.visible[np.argsort(-np.abs(change[made.visible]), kind="stable")]
    assert np.array_equal(made.order(), expected[:24])
    assert f"changed most since step {steps[1]:,} first" in made.figure().panels[0].note
    table = still(made.figure()).panels[0].marks[0].columns
    assert np.allclose(table["change of loss"], change[expected[:24]])
    marks = resorted(made, "change").__dict__ | {"shown": show(np.zeros((len(change), 8, 8)))}
    (tiles,) = Predictions(**marks).figure().panels[0].marks
    assert tiles.captions[tiles.browse.drawn[0]].endswith(f"loss {change[expected[0]]:+.3g}")
    with pytest.raises(bs.NotRecorded, match="Choose a later step"):
        run.predictions(sort="change", step=steps[0])
    with pytest.raises(ValueError, match="needs predictions of two steps"):
        predictions(np.zeros((2, 3)), [0, 1], scores=np.eye(2), sort="change")
