from __future__ import annotations

import numpy as np
import pytest

from bathyscope.integrations.guard import RecordingWarning
from bathyscope.integrations.recording import Recording

transformers = pytest.importorskip("transformers")
pytest.importorskip("accelerate")
torch = pytest.importorskip("torch")


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = torch.nn.Linear(4, 5)
        self.output = torch.nn.Linear(5, 2)

    def forward(self, x, labels=None):
        logits = self.output(torch.relu(self.hidden(x)))
        if labels is None:
            return logits
        return {"loss": torch.nn.functional.cross_entropy(logits, labels), "logits": logits}


@pytest.fixture
def trainer(tmp_path, table):
    x, y = table
    rows = [{"x": x[i], "labels": y[i]} for i in range(40)]

    def make(run, *, seed=0, epochs=2, **options):
        torch.manual_seed(seed)
        arguments = transformers.TrainingArguments(
            output_dir=str(tmp_path / "out"),
            per_device_train_batch_size=4,
            num_train_epochs=epochs,
            gradient_accumulation_steps=2,
            logging_steps=2,
            eval_strategy="epoch",
            report_to=[],
            use_cpu=True,
            disable_tqdm=True,
            seed=seed,
            dataloader_pin_memory=False,
            **options,
        )
        return transformers.Trainer(
            Net(),
            arguments,
            train_dataset=rows,
            eval_dataset=rows,
            callbacks=[run.transformers(gradients_every=1, probe=(x[:8], y[:8]))] if run else [],
        )

    return make


def test_what_the_trainer_logs_is_recorded_at_its_steps(recording, reopen, trainer):
    training = trainer(recording)
    training.train()
    run = reopen(recording)
    assert run.config["num_train_epochs"] == 2
    assert run.config["learning_rate"] == training.args.learning_rate
    assert "output_dir" not in run.config
    history = training.state.log_history
    for name in ("loss", "grad_norm", "learning_rate", "eval_loss", "train_loss"):
        expected = {entry["step"]: float(entry[name]) for entry in history if name in entry}
        series = run.scalars(name)
        assert dict(zip(series.steps.tolist(), series.values.tolist(), strict=True)) == expected
    assert run.scalars("eval_loss").steps.tolist() == [5, 10]


def test_the_model_is_watched_and_its_gradients_are_the_clipped_ones(recording, reopen, trainer):
    training = trainer(recording, max_grad_norm=0.05)
    training.train()
    run = reopen(recording)
    names = [name for name, _ in training.model.named_parameters()]
    norms = np.array([run.scalars(f"gradient_norm/{name}").values for name in names])
    assert norms.shape == (4, training.state.global_step)
    np.testing.assert_allclose(np.sqrt((norms**2).sum(0)), 0.05, rtol=1e-4)
    assert run.array_steps("parameters") == (0, 5, 10)
    for name, parameter in training.model.named_parameters():
        np.testing.assert_array_equal(
            run.arrays("parameters", step=10)[name], parameter.detach().numpy()
        )
    assert run.table_steps("predictions/probe") == (0, 5, 10)
    epoch = run.scalars("epoch")
    assert epoch.values[epoch.steps == 5].tolist() == [1.0]
    assert epoch.values[epoch.steps == 10].tolist() == [2.0]


def test_the_training_computes_what_it_would_without(recording, trainer):
    plain, recorded = trainer(None), trainer(recording)
    plain.train()
    recorded.train()
    for ours, theirs in zip(recorded.model.parameters(), plain.model.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_a_second_training_follows_one_that_broke_off(recording, reopen, trainer):
    training = trainer(recording)

    def break_off(*args, **kwargs):
        raise KeyboardInterrupt

    step, training.training_step = training.training_step, break_off
    with pytest.raises(KeyboardInterrupt):
        training.train()
    training.training_step = step
    training.train()
    assert reopen(recording).scalars("loss").steps.tolist() == [2, 4, 6, 8, 10]


def test_wrong_arguments_raise_at_once(recording):
    with pytest.raises(ValueError, match="`gradients_every` must be a whole number"):
        recording.transformers(gradients_every=0)


def test_a_fault_warns_and_the_training_goes_on(tmp_path, trainer):
    run = Recording("broken", runs_dir=tmp_path, strict=False)
    run.finish()
    training = trainer(run, epochs=1)
    with pytest.warns(RecordingWarning) as caught:
        training.train()
    assert training.state.global_step == 5
    ours = [w for w in caught if w.category is RecordingWarning]
    failed = [str(warning.message).split("`")[1] for warning in ours]
    assert "metrics" in failed
    assert len(failed) == len(set(failed))
