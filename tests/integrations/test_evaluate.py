from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import (
    accuracy_score,
    log_loss,
    mean_absolute_error,
    mean_squared_error,
    r2_score,
)

import bathyscope as bs
from bathyscope import UnknownName, UnsupportedModel
from bathyscope.integrations.regression import is_regression


@pytest.fixture
def samples(rng):
    return rng.normal(size=(40, 6)).astype(np.float32), rng.integers(0, 3, 40)


def test_what_is_recorded_is_what_the_model_says(recording, reopen, make_mlp, samples):
    model, (x, y) = make_mlp(), samples
    scores = model.forward(x).outputs[0]
    found = recording.evaluate(model, x, y, step=5, classes=["a", "b", "c"], batch_size=7)
    assert found.accuracy == accuracy_score(y, scores.argmax(1))
    exact = scores.astype(np.float64)
    exact /= exact.sum(1, keepdims=True)
    assert found.loss == pytest.approx(log_loss(y, exact), rel=1e-6)
    assert (found.n_samples, found.step, found.split) == (40, 5, "test")
    assert found.scores_are == "probabilities"

    run = reopen(recording)
    assert run.scalars("test_accuracy").values.tolist() == [found.accuracy]
    assert run.scalars("test_loss").steps.tolist() == [5]
    np.testing.assert_array_equal(run.arrays("inputs/test", step=5)["inputs"], x)
    np.testing.assert_allclose(run.arrays("scores/test")["scores"], scores, rtol=1e-6)
    hidden = model.forward(x, capture=["hidden"]).captured["hidden"][0]
    np.testing.assert_allclose(run.arrays("features/test")["hidden"], hidden, rtol=1e-5, atol=1e-7)
    table = run.table("predictions/test", step=5)
    np.testing.assert_array_equal(table["sample"], np.arange(40))
    np.testing.assert_array_equal(table["true"], y)
    np.testing.assert_array_equal(table["predicted"], scores.argmax(1))
    np.testing.assert_allclose(table["confidence"], scores.max(1), rtol=1e-6)
    np.testing.assert_allclose(table["loss"], -np.log(scores[np.arange(40), y]), rtol=1e-4)
    assert run.events("classes")[0]["names"] == ["a", "b", "c"]
    assert run.events("scores")[0]["scores"] == "probabilities"
    assert run.events("model")[0]["name"] == "mlp"


def test_one_hot_labels_and_logits_give_the_same(recording, make_mlp, samples):
    model, (x, y) = make_mlp(), samples
    probable = recording.evaluate(model, x, y, split="a")
    model.softmax = False
    raw = recording.evaluate(model, x, np.eye(3)[y], split="b")
    assert (probable.scores_are, raw.scores_are) == ("probabilities", "logits")
    assert raw.accuracy == probable.accuracy
    assert raw.loss == pytest.approx(probable.loss, rel=1e-5)


def test_the_last_known_step_is_taken(recording, make_mlp, samples):
    recording.log({"loss": 1}, step=12)
    assert recording.evaluate(make_mlp(), *samples).step == 12


def test_tensors_of_torch_are_taken(recording, make_mlp, samples):
    torch = pytest.importorskip("torch")
    model, (x, y) = make_mlp(), samples
    expected = recording.evaluate(model, x, y, split="numpy")
    found = recording.evaluate(model, torch.tensor(x), torch.tensor(y), split="torch")
    assert found.loss == expected.loss


def test_what_does_not_fit_is_left_out_and_named(recording, reopen, notes, make_mlp, samples):
    model, (x, y) = make_mlp(), samples
    recording.evaluate(model, x, y, max_bytes=100)
    run = reopen(recording)
    assert run.arrays("inputs/test")["sample"].tolist() == [0, 1, 2, 3]  # 24 bytes each
    assert len(run.arrays("scores/test")["scores"]) == 8  # 12 bytes each
    assert len(run.arrays("features/test")["hidden"]) == 5  # 20 bytes each
    assert len(run.table("predictions/test")["sample"]) == 40
    assert (
        "Inputs of test are kept for the first 4 of 40 samples (at most 100 bytes at a step)."
        in (notes(recording))
    )
    assert len(notes(recording)) == 3


def test_a_layer_may_be_chosen_for_the_features(recording, reopen, make_mlp, samples):
    model = make_mlp()
    recording.evaluate(model, *samples, features="output", split="a")
    recording.evaluate(model, *samples, features=False, split="b")
    run = reopen(recording)
    assert set(run.arrays("features/a")) == {"sample", "output"}
    assert "features/b" not in run.array_groups()
    with pytest.raises(UnknownName, match=r"`hiden`\. Did you mean `hidden`"):
        recording.evaluate(model, *samples, features="hiden")


def test_a_recurrent_layer_is_seen_around_its_loop(recording, reopen, rng):
    import keras

    layers = [
        keras.Input((6,)),
        keras.layers.Embedding(9, 4, name="words"),
        keras.layers.LSTM(5, name="memory"),
        keras.layers.Dense(2, activation="softmax", name="output"),
    ]
    model = keras.Sequential(layers)
    x, y = rng.integers(0, 9, (7, 6)), np.arange(7) % 2
    recording.evaluate(model, x, y)
    features = reopen(recording).arrays("features/test")["memory"]
    own = keras.Model(model.inputs, model.get_layer("memory").output).predict(x, verbose=0)
    np.testing.assert_allclose(features, own, rtol=1e-5, atol=1e-6)


def test_texts_and_named_features_are_shown(recording, reopen, make_mlp, samples):
    model = make_mlp()
    recording.evaluate(model, *samples, split="a", show=[f"text {i}" for i in range(40)])
    recording.evaluate(
        model, *samples, split="b", show={"age": np.arange(40), "income": [1.5] * 40}
    )
    run = reopen(recording)
    assert run.table("shown/a")["text"][3] == "text 3"
    assert run.table("shown/b")["age"].tolist() == list(range(40))


def test_named_features_of_a_data_frame_are_shown(recording, reopen, make_mlp, samples):
    pandas = pytest.importorskip("pandas")
    words, kinds = ["car", "radio"] * 20, ["own", "rent", "free", "own"] * 10
    frame = pandas.DataFrame({"age": range(40), "for": words, "home": kinds})
    frame["home"] = frame["home"].astype("category")
    recording.evaluate(make_mlp(), *samples, show=frame)
    shown = reopen(recording).table("shown/test")
    assert shown["age"].tolist() == list(range(40))
    assert (shown["for"].tolist(), shown["home"].tolist()) == (words, kinds)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"classes": ["a", "b"]}, ValueError, "must name the 3 classes.*got 2"),
        ({"classes": "abc"}, TypeError, "sequence of names"),
        ({"classes": ["a", "a", "b"]}, ValueError, "different names"),
        ({"show": ["one"]}, ValueError, "each of the 40 samples"),
        ({"show": np.zeros(40)}, ValueError, "`show` must be texts, images of shape"),
        ({"show": {"sample": np.zeros(40)}}, ValueError, "must not have a column `sample`"),
        ({"batch_size": 0}, ValueError, "`batch_size` must be at least 1"),
        ({"step": -2}, ValueError, "`step` must be 0"),
        ({"max_bytes": 0}, ValueError, "`max_bytes`"),
        ({"output": 1}, ValueError, "from 0 to 0; got 1"),
        ({"scores": "sigmoid"}, ValueError, "must be one of auto"),
    ],
)
def test_wrong_options_are_named(recording, make_mlp, samples, options, error, words):
    with pytest.raises(error, match=words):
        recording.evaluate(make_mlp(), *samples, **options)


def test_wrong_samples_are_named(recording, make_mlp, samples):
    model, (x, y) = make_mlp(), samples
    with pytest.raises(ValueError, match="one label per sample of `x`; got 40 samples and 39"):
        recording.evaluate(model, x, y[:-1])
    with pytest.raises(ValueError, match=r"`y` must be the labels of one output.*got 2 arrays"):
        recording.evaluate(model, x, [y, x])
    with pytest.raises(ValueError, match="at least one sample"):
        recording.evaluate(model, x[:0], y[:0])
    with pytest.raises(ValueError, match=r"from 0 to 2.*got 3"):
        recording.evaluate(model, x, y + 1)
    with pytest.raises(ValueError, match="must not be NaN or infinite; they are for 1 of 40"):
        recording.evaluate(model, np.where(np.arange(40)[:, None] == 3, np.nan, x), y)
    with pytest.raises(ValueError, match="true classes"):
        recording.evaluate(model, x, None)
    with pytest.raises(UnsupportedModel):
        recording.evaluate(object(), x, y)


@pytest.fixture
def values(rng):
    return rng.normal(size=(40, 6)).astype(np.float32), rng.normal(size=(40, 3))


def test_values_are_held_against_the_truth(recording, reopen, make_mlp, values):
    model, (x, y) = make_mlp(), values
    predicted = model.forward(x).outputs[0].astype(np.float64)
    found = recording.evaluate(model, x, y, step=5, targets=["a", "b", "c"], batch_size=7)
    assert found.mse == pytest.approx(mean_squared_error(y, predicted))
    assert found.mae == pytest.approx(mean_absolute_error(y, predicted))
    assert found.r2 == pytest.approx(r2_score(y, predicted))
    assert (found.n_samples, found.step, found.targets) == (40, 5, ("a", "b", "c"))
    run = reopen(recording)
    recorded = [run.scalars(f"test_{name}").values[0] for name in ("loss", "mae", "r2")]
    assert recorded == [found.mse, found.mae, found.r2]
    table = run.table("regression/test", step=5)
    assert table["target"].tolist() == ["a", "b", "c"] * 40
    np.testing.assert_array_equal(table["sample"], np.repeat(np.arange(40), 3))
    np.testing.assert_array_equal(table["true"], y.ravel())
    np.testing.assert_allclose(table["predicted"], predicted.ravel(), rtol=1e-6)
    np.testing.assert_allclose(table["loss"][::3], ((predicted - y) ** 2).mean(1), rtol=1e-6)
    np.testing.assert_array_equal(run.arrays("inputs/test")["inputs"], x)
    assert set(run.arrays("features/test")) == {"sample", "hidden"}
    assert "predictions/test" not in run.table_names()


def test_whole_numbers_are_classes_unless_told_otherwise(recording, make_mlp, samples):
    model, (x, y) = make_mlp(), samples
    assert hasattr(recording.evaluate(model, x, y.astype(np.float32)), "accuracy")
    one_hot = np.eye(3)[y]
    assert hasattr(recording.evaluate(model, x, one_hot), "accuracy")
    found = recording.evaluate(model, x, one_hot, scores="values")
    assert found.mse == pytest.approx(((model.forward(x).outputs[0] - one_hot) ** 2).mean())


@pytest.mark.parametrize(
    ("output", "labels", "expected"),
    [
        (np.zeros((3, 1)), np.array([1, 7, 4]), True),
        (np.zeros(3), np.array([1.0, 7.0, 4.0]), True),
        (np.zeros((3, 1)), np.array([0, 1, 1]), False),
        (np.zeros((3, 1)), np.array([-1.0, 1.0, 1.0]), False),
        (np.zeros((3, 2)), np.array([0, 1, 7]), False),
        (np.zeros((3, 2)), np.array([0.5, 1, 1]), True),
        (np.zeros((3, 4, 4, 1)), np.ones((3, 4, 4, 1)), True),
        (np.zeros((3, 1)), np.array(["a", "b", "c"]), False),
    ],
)
def test_what_labels_are_is_read_off_them(output, labels, expected):
    assert is_regression(output, labels) is expected


def test_of_an_image_the_first_values_are_kept_and_the_rest_is_named(recording, reopen, notes, rng):
    true = rng.random((30, 5, 5))
    predicted = true + 0.5
    found = recording.evaluate_values(predicted, true, max_bytes=16 * 40 * 20)
    assert found.mse == pytest.approx(0.25)
    table = reopen(recording).table("regression/test")
    assert set(table["target"]) == {f"value {index}" for index in range(16)}
    assert set(table["sample"]) == set(range(20))
    assert (
        "Predicted values of test are kept for the first 16 of 25 targets; " in notes(recording)[1]
    )
    assert "for the first 20 of 30 samples" in notes(recording)[0]


def test_equal_values_have_no_share_to_explain(recording):
    assert np.isnan(recording.evaluate_values([1.0, 2.0], [3.0, 3.0]).r2)


@pytest.mark.parametrize(
    ("predicted", "y", "options", "message"),
    [
        ([1.0, 2.0], [1.0], {}, "one value for each that the model predicts"),
        ([1.0, 2.0], [[1.0, 2.0], [3.0, 4.0]], {}, "one value for each"),
        ([1.0, np.nan], [1.0, 2.0], {}, "must not be NaN or infinite; it is for 1 of 2 samples"),
        ([1.0, 2.0], [np.inf, 2.0], {}, "`y` must not be NaN or infinite; .* sample 0"),
        ([1.0, 2.0], None, {}, "`y` must hold the true values; got None"),
        ([], [], {}, "must hold at least one value"),
        ([1.0], [1.0], {"targets": ["a", "b"]}, "must name the 1 values the model predicts"),
        ([[1.0, 2.0]], [[1.0, 2.0]], {"targets": ["a", "a"]}, "each differently"),
        ([1.0], [1.0], {"inputs": np.zeros((2, 3))}, "one sample for each of the 1 predictions"),
    ],
)
def test_wrong_values_are_refused(recording, reopen, predicted, y, options, message):
    with pytest.raises(ValueError, match=message):
        recording.evaluate_values(predicted, y, **options)
    assert reopen(recording).table_names() == ()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scores": "ranks"}, "`scores` must be one of auto"),
        ({"scores": "values", "classes": ["a"]}, "A regression has `targets`"),
        ({"targets": ["a"], "classes": ["a"]}, "Give one or the other"),
        ({"scores": "logits", "targets": ["a"]}, "Give one or the other"),
        ({"scores": "logits"}, "Of a regression say `scores='values'`"),
    ],
)
def test_what_is_said_of_an_output_must_go_together(recording, make_mlp, values, options, message):
    x, y = values
    with pytest.raises(ValueError, match=message):
        recording.evaluate(make_mlp(), x, y[:, 0], **options)


def test_sounds_are_kept_to_be_played_and_drawn(recording, make_mlp, samples):
    x, y = samples
    seconds = np.arange(4_000) / 8_000
    tone = np.sin(2 * np.pi * 1_000 * seconds).astype(np.float32)
    waves = [tone[: 2_000 + 50 * i] for i in range(len(y) - 1)]
    stereo = np.stack([tone, np.zeros_like(tone)], axis=1)
    recording.evaluate(make_mlp(), x, y, show=bs.Sounds([*waves, stereo], rate_hz=8_000))
    view = bs.open(recording.path).predictions(split="test", limit=len(y))
    mark = view.figure().panels[0].marks[0]
    assert (mark.rate_hz, mark.sounds.shape) == (8_000, (len(y), 4_000))
    np.testing.assert_allclose(mark.sounds[1, :2_050] / 32_767, waves[1], atol=1e-4)
    assert not mark.sounds[1, 2_050:].any()
    np.testing.assert_allclose(mark.sounds[-1] / 32_767, tone / 2, atol=1e-4)
    # 1 kHz of the 4 kHz there are lies at a quarter from below, and a sine of full scale at 0 dB
    # in two of its three bins, put together with two others.
    row = mark.images[0, :, 10].argmax()
    assert abs(row - 0.75 * mark.images.shape[1]) <= 1
    assert mark.images[0, row, 10] == pytest.approx(10 * np.log10(1.25 / 4), abs=0.1)


def test_sounds_that_do_not_fit_are_named(recording, make_mlp, samples):
    with pytest.raises(ValueError, match="one sound for each of the 40 samples; got 2"):
        recording.evaluate(make_mlp(), *samples, show=bs.Sounds(np.zeros((2, 9)), 8_000))
    with pytest.raises(ValueError, match="`rate_hz` must be samples per second"):
        bs.Sounds(np.zeros((2, 9)), 0)
