from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from bathyscope.integrations.guard import RecordingWarning
from bathyscope.integrations.recording import Recording

lightning = pytest.importorskip("lightning")
torch = pytest.importorskip("torch")

from lightning.pytorch.loggers import CSVLogger  # noqa: E402

# What Lightning advises of workers and intervals is none of ours.
pytestmark = [
    pytest.mark.filterwarnings("ignore:The '.*' does not have many workers"),
    pytest.mark.filterwarnings("ignore:`isinstance.treespec, LeafSpec.` is deprecated"),
]


class Net(lightning.LightningModule):
    def __init__(self, rate=0.1):
        super().__init__()
        self.save_hyperparameters()
        self.hidden = torch.nn.Linear(4, 5)
        self.output = torch.nn.Linear(5, 2)

    def forward(self, x):
        return self.output(torch.relu(self.hidden(x)))

    def _loss(self, batch):
        x, y = batch
        return torch.nn.functional.cross_entropy(self(x), y)

    def training_step(self, batch):
        loss = self._loss(batch)
        self.log("train_loss", loss, on_step=True, on_epoch=True)
        return loss

    def validation_step(self, batch):
        self.log("val_loss", self._loss(batch))

    def test_step(self, batch):
        self.log("test_loss", self._loss(batch))

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.hparams.rate)


@pytest.fixture
def loader(table):
    x, y = (torch.tensor(array[:48]) for array in table)
    return torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), batch_size=8)


@pytest.fixture
def train(tmp_path, table, loader):
    def run_it(run, *, module=None, test=False, **options):
        x, y = table
        ours = run and {
            "logger": [CSVLogger(tmp_path), run.lightning_logger()],
            "callbacks": [run.lightning(gradients_every=1, probe=(x[:8], y[:8]))],
        }
        torch.manual_seed(0)
        module = module or Net()
        trainer = lightning.Trainer(
            max_epochs=3,
            accelerator="cpu",
            log_every_n_steps=2,
            enable_progress_bar=False,
            enable_model_summary=False,
            enable_checkpointing=False,
            default_root_dir=tmp_path,
            **(ours or {"logger": False}),
            **options,
        )
        trainer.fit(module, loader, loader)
        if test:
            trainer.test(module, loader, verbose=False)
        return module, trainer

    return run_it


def lines_of(trainer) -> list[dict[str, str]]:
    trainer.loggers[0].save()
    with (Path(trainer.loggers[0].log_dir) / "metrics.csv").open() as file:
        return list(csv.DictReader(file))


def test_what_is_logged_is_what_lightnings_own_logger_gets(recording, reopen, train):
    _, trainer = train(recording)
    run = reopen(recording)
    for name in ("train_loss_step", "train_loss_epoch", "val_loss"):
        expected = {
            int(line["step"]) + 1: float(line[name]) for line in lines_of(trainer) if line[name]
        }
        series = run.scalars(name)
        assert dict(zip(series.steps.tolist(), series.values.tolist(), strict=True)) == expected
    assert run.scalars("val_loss").steps.tolist() == [6, 12, 18]


def test_steps_and_epochs_are_those_done(recording, reopen, train):
    _, trainer = train(recording, test=True)
    run = reopen(recording)
    assert run.scalars("test_loss").steps.tolist() == [trainer.global_step] == [18]
    epoch = run.scalars("epoch")
    assert dict(zip(epoch.steps.tolist(), epoch.values.tolist(), strict=True)) == {
        2: 0, 4: 0, 6: 1, 8: 1, 10: 1, 12: 2, 14: 2, 16: 2, 18: 3,
    }  # fmt: skip


def test_the_module_is_watched_and_its_gradients_are_the_clipped_ones(recording, reopen, train):
    module, _ = train(recording, gradient_clip_val=0.05)
    run = reopen(recording)
    names = [name for name, _ in module.named_parameters()]
    norms = np.array([run.scalars(f"gradient_norm/{name}").values for name in names])
    assert norms.shape == (4, 18)
    np.testing.assert_allclose(np.sqrt((norms**2).sum(0)), 0.05, rtol=1e-4)
    assert run.array_steps("parameters") == (0, 6, 12, 18)
    for name, parameter in module.named_parameters():
        np.testing.assert_array_equal(run.arrays("parameters")[name], parameter.detach().numpy())
    assert run.table_steps("predictions/probe") == (0, 6, 12, 18)


class Gan(Net):
    """Steps two optimizers itself, as generator and discriminator have."""

    def __init__(self):
        super().__init__()
        self.automatic_optimization = False

    def training_step(self, batch):
        for optimizer in self.optimizers():
            optimizer.zero_grad()
            self.manual_backward(self._loss(batch))
            optimizer.step()
        self.log("loss", self._loss(batch))

    def configure_optimizers(self):
        return [torch.optim.SGD(part.parameters(), lr=0.1) for part in (self.hidden, self.output)]


def test_of_several_optimizers_all_steps_count(recording, reopen, train):
    train(recording, module=Gan())
    run = reopen(recording)
    assert run.scalars("gradient_norm/hidden.weight").steps.tolist() == list(range(1, 36, 2))
    assert run.scalars("gradient_norm/output.weight").steps.tolist() == list(range(2, 37, 2))
    assert run.scalars("loss").steps.tolist() == list(range(4, 37, 4))
    epoch = run.scalars("epoch")
    assert epoch.steps.tolist() == list(range(4, 37, 4))
    assert epoch.values.tolist() == [0, 0, 1, 1, 1, 2, 2, 2, 3]


def test_hyperparameters_are_kept(recording, reopen, train):
    train(recording)
    assert reopen(recording).config == {"rate": 0.1}


def test_the_training_computes_what_it_would_without(recording, train):
    (plain, _), (recorded, _) = train(None), train(recording)
    for ours, theirs in zip(recorded.parameters(), plain.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_wrong_arguments_raise_at_once(recording):
    with pytest.raises(ValueError, match="`every` must be a whole number"):
        recording.lightning(every=0)


def test_a_fault_warns_and_the_training_goes_on(tmp_path, train):
    run = Recording("broken", runs_dir=tmp_path, strict=False)
    run.finish()
    with pytest.warns(RecordingWarning) as caught:
        _, trainer = train(run)
    assert trainer.global_step == 18
    ours = [w for w in caught if w.category is RecordingWarning]
    failed = [str(warning.message).split("`")[1] for warning in ours]
    assert "metrics" in failed
    assert len(failed) == len(set(failed))
