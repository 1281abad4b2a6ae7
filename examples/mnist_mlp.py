"""The worked example: train an MLP on handwritten digits and look into its four rooms.

Uses MNIST where it lies on this machine, else the digits that come with scikit-learn.
Run it with ``python examples/mnist_mlp.py [FOLDER]``; pictures go to FOLDER (``mnist-mlp``).
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras

import bathyscope as bs
from bathyscope.datasets import load_images


def main(folder: Path, epochs: int = 10) -> None:
    data = load_images()
    height, width = data.image_shape
    x_train = data.x_train.reshape(-1, height * width)
    x_test = data.x_test.reshape(-1, height * width)
    y_train, y_test = (keras.utils.to_categorical(y, 10) for y in (data.y_train, data.y_test))

    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((height * width,)),
            keras.layers.Dense(512, activation="relu", name="hidden"),
            keras.layers.Dense(10, activation="softmax", name="output"),
        ]
    )
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])

    run = bs.record("mnist-mlp", runs_dir=folder / "runs", config={"epochs": epochs})
    probe = (x_test[:64], y_test[:64])
    model.fit(
        x_train, y_train, batch_size=128, epochs=epochs, verbose=0,
        validation_data=(x_test, y_test), callbacks=[run.keras(probe=probe)],
    )  # fmt: skip
    run.evaluate(model, x_test, y_test, show=data.x_test, classes=data.classes)
    run.finish()

    seen = bs.open(run.path)
    seen.metrics("loss").save(folder / "loss.png")
    seen.metrics("accuracy").save(folder / "accuracy.png")
    seen.gradients().save(folder / "gradients.png")
    seen.weights("hidden", image_shape=(height, width)).save(folder / "weights.png")
    seen.biases().save(folder / "biases.png")
    seen.feature_vectors(method="pca").save(folder / "features.png")
    seen.predictions(split="test").save(folder / "predictions.png")
    seen.confusion_matrix(split="test", rows="predicted").save(folder / "confusion.png")
    bs.report(run.path, folder / "report.html")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "mnist-mlp"))
