from __future__ import annotations

import copy
import importlib
import itertools

import numpy as np
import pytest

from bathyscope.integrations import pacing
from bathyscope.integrations.guard import RecordingWarning
from bathyscope.integrations.recording import Recording
from bathyscope.runs import Run

torch = pytest.importorskip("torch")
F = torch.nn.functional
optimizers = importlib.import_module("torch.optim.optimizer")


@pytest.fixture
def data():
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(48, 6, generator=generator)
    return x, torch.randint(0, 3, (48,), generator=generator)


def make_model(dtype=torch.float32):
    torch.manual_seed(0)
    return torch.nn.Sequential(
        torch.nn.Linear(6, 8), torch.nn.ReLU(), torch.nn.Dropout(0.25), torch.nn.Linear(8, 3)
    ).to(dtype)


def train(model, optimizer, data, *, epochs=2, end_epoch=None, each=None):
    x, y = data
    torch.manual_seed(1)
    for _ in range(epochs):
        for rows in torch.arange(len(x)).split(16):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x[rows]), y[rows])
            loss.backward()
            if each is not None:
                each()
            optimizer.step()
        if end_epoch is not None:
            end_epoch({"loss": loss.detach()})


def state_of(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


def distance(before, after):
    return float(torch.linalg.vector_norm(after.detach() - before))


def series(run, name):
    found = Run(run.path).scalars(name)
    return dict(zip(found.steps.tolist(), found.values.tolist(), strict=True))


def test_norms_are_those_numpy_computes_by_hand(recording, data):
    """Softmax regression by hand in double precision: no framework's derivative."""
    x, y = (tensor.numpy().astype(np.float64) for tensor in data)
    model = torch.nn.Linear(6, 3).double()
    weight, bias = (p.detach().numpy().copy() for p in model.parameters())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    expected = {}
    with recording.watch(model, optimizer, gradients_every=1):
        for step in range(1, 4):
            scores = x @ weight.T + bias
            p = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
            delta = (p - np.eye(3)[y.astype(int)]) / len(x)
            by_weight, by_bias = delta.T @ x, delta.sum(0)
            weight, bias = weight - 0.5 * by_weight, bias - 0.5 * by_bias
            expected[step] = [np.linalg.norm(by_weight), np.linalg.norm(weight)]

            optimizer.zero_grad()
            F.cross_entropy(model(data[0].double()), data[1]).backward()
            optimizer.step()
    gradients = series(recording, "gradient_norm/weight")
    weights = series(recording, "weight_norm/weight")
    updates = series(recording, "update_norm/weight")
    for step, (gradient, norm) in expected.items():
        assert gradients[step] == pytest.approx(gradient, rel=1e-10)
        assert weights[step] == pytest.approx(norm, rel=1e-10)
        assert updates[step] == pytest.approx(0.5 * gradient, rel=1e-10)


@pytest.mark.parametrize("kind", ["SGD", "Adam", "RMSprop"])
def test_watching_changes_no_bit_of_the_training(tmp_path, data, kind):
    def trained(run):
        model = make_model()
        optimizer = getattr(torch.optim, kind)(model.parameters(), lr=0.01)
        if run is None:
            train(model, optimizer, data)
        else:
            with run.watch(model, optimizer, probe=data, gradients_every=1) as watcher:
                train(model, optimizer, data, end_epoch=watcher.end_epoch)
        return state_of(model), optimizer.state_dict()

    plain, plain_optimizer = trained(None)
    with Recording("a", runs_dir=tmp_path) as run:
        watched, watched_optimizer = trained(run)
    assert all(torch.equal(plain[name], watched[name]) for name in plain)
    assert str(plain_optimizer) == str(watched_optimizer)


def test_an_epoch_is_recorded(recording, reopen, data):
    model = make_model()
    optimizer = torch.optim.Adam(model.parameters())
    states = [state_of(model)]
    with recording.watch(model, optimizer, probe=data, classes=["a", "b", "c"]) as watcher:

        def end_epoch(metrics):
            states.append(state_of(model))
            watcher.end_epoch(metrics)

        train(model, optimizer, data, end_epoch=end_epoch)
    run = reopen(recording)
    assert run.scalars("epoch").steps.tolist() == [3, 6]
    assert run.scalars("epoch").values.tolist() == [1, 2]
    assert run.scalars("loss").steps.tolist() == [3, 6]
    assert run.array_steps("parameters") == (0, 3, 6)
    for step, state in zip((0, 3, 6), states, strict=True):
        recorded = run.arrays("parameters", step=step)
        assert set(recorded) == set(state)
        for name, value in state.items():
            np.testing.assert_array_equal(recorded[name], value.numpy())
    model.eval()
    with torch.no_grad():
        hidden = model[:2](data[0]).numpy()
        scores = model(data[0]).numpy()
    maps = run.arrays("feature_maps/probe", step=6)
    np.testing.assert_allclose(maps["1"], hidden, rtol=1e-6)
    np.testing.assert_allclose(maps["3"], scores, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(run.arrays("inputs/probe")["inputs"], data[0].numpy())
    table = run.table("predictions/probe", step=6)
    np.testing.assert_array_equal(table["predicted"], scores.argmax(1))
    np.testing.assert_array_equal(table["true"], data[1].numpy())
    expected = F.cross_entropy(torch.tensor(scores), data[1], reduction="none")
    np.testing.assert_allclose(table["loss"], expected.numpy(), rtol=1e-5)
    assert run.events("scores")[0]["scores"] == "logits"
    assert run.events("classes")[0]["names"] == ["a", "b", "c"]
    assert run.events("model")[0]["framework"] == "torch"


def test_a_probe_of_several_labels_each_is_scored_label_by_label(recording, reopen, data, notes):
    model = make_model().eval()
    several = torch.tensor([[1.0, 1.0, 0.0], [0.0, 0.0, 0.0]]).repeat(24, 1)
    with recording.watch(model, torch.optim.SGD(model.parameters()), probe=(data[0], several)):
        pass
    run = reopen(recording)
    with torch.no_grad():
        expected = torch.sigmoid(model(data[0])).numpy()
    np.testing.assert_allclose(run.arrays("scores/probe")["scores"], expected, rtol=1e-5)
    assert run.events("scores")[0]["scores"] == "independent"
    assert "predictions/probe" not in run.table_names()
    assert any("several labels" in note for note in notes(recording))


def test_the_model_is_left_in_training_mode(recording, data):
    model = make_model().train()
    with recording.watch(model, torch.optim.SGD(model.parameters()), probe=data) as watcher:
        watcher.end_epoch()
        assert all(module.training for module in model.modules())


def test_gradients_are_those_after_clipping(recording, data):
    model = make_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with recording.watch(model, optimizer, gradients_every=1):
        train(
            model,
            optimizer,
            data,
            each=lambda: torch.nn.utils.clip_grad_norm_(model.parameters(), 0.01),
        )
    names = [name for name, _ in model.named_parameters()]
    total = np.sqrt(sum(series(recording, f"gradient_norm/{n}")[3] ** 2 for n in names))
    assert total == pytest.approx(0.01, rel=1e-4)


def test_added_up_batches_are_one_step(recording, data):
    model = make_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    x, y = data
    with recording.watch(model, optimizer, gradients_every=1):
        for number, rows in enumerate(torch.arange(48).split(8), start=1):
            (F.cross_entropy(model(x[rows]), y[rows]) / 2).backward()
            if number % 2 == 0:
                optimizer.step()
                optimizer.zero_grad()
    assert sorted(series(recording, "gradient_norm/0.weight")) == [1, 2, 3]


@pytest.mark.parametrize("fused", [False, True])
def test_gradients_are_unscaled_under_a_gradient_scaler(tmp_path, data, fused):
    def trained(scale, name):
        model = make_model()
        model[2].p = 0.0
        optimizer = torch.optim.Adam(model.parameters(), fused=fused)
        scaler = torch.amp.GradScaler("cpu", enabled=scale, init_scale=1024.0)
        with (
            Recording(name, runs_dir=tmp_path) as run,
            run.watch(model, optimizer, gradients_every=1),
        ):
            for rows in torch.arange(48).split(16):
                optimizer.zero_grad()
                scaler.scale(F.cross_entropy(model(data[0][rows]), data[1][rows])).backward()
                scaler.step(optimizer)
                scaler.update()
        return series(run, "gradient_norm/0.weight")

    scaled, plain = trained(True, "scaled"), trained(False, "plain")
    assert list(scaled) == list(plain) == [1, 2, 3]
    np.testing.assert_allclose(list(scaled.values()), list(plain.values()), rtol=1e-4)


@pytest.mark.parametrize("fused", [False, True])
def test_a_step_the_scaler_skips_is_none(recording, fused):
    """A fused optimizer is called all the same, and skips the step in its own kernel."""
    model = torch.nn.Linear(2, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, fused=fused)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0)
    with recording.watch(model, optimizer, gradients_every=1, micro_batch=1) as watcher:
        for value in (1.0, float("inf"), 2.0):
            optimizer.zero_grad()
            for _ in range(2):
                (scaler.scale(model(torch.full((1, 2), value)).sum()) / 2).backward()
            scaler.step(optimizer)
            scaler.update()
        watcher.end_epoch()
    found = series(recording, "gradient_norm/weight")
    np.testing.assert_allclose(list(found.values()), [np.sqrt(2), np.sqrt(8)], rtol=1e-6)
    assert list(found) == [1, 2]
    assert list(series(recording, "epoch")) == [2]
    assert Run(recording.path).table_steps("histograms/gradient") == (1,)
    # Of equal batches there is no noise; and what is not finite spoils no later estimate.
    assert series(recording, "gradient_noise/trace")[1] == 0
    assert np.isfinite(series(recording, "gradient_noise/scale")[1])


def test_an_estimate_that_is_not_finite_spoils_no_later_one():
    from bathyscope.integrations.torch_noise import NoiseScale

    noise = NoiseScale([], 1, ranks=1)
    assert noise.scalars(2.0, 6.0)["gradient_noise/scale"] == 3
    assert np.isinf(noise.scalars(np.inf, np.nan)["gradient_noise/squared_norm"])
    assert noise.scalars(2.0, 6.0)["gradient_noise/scale"] == 3


def test_a_closure_is_understood(recording, data):
    model = torch.nn.Linear(6, 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def closure():
        optimizer.zero_grad()
        loss = F.cross_entropy(model(data[0]), data[1])
        loss.backward()
        return loss

    before = model.weight.detach().clone()
    with recording.watch(model, optimizer, gradients_every=1):
        optimizer.step(closure)
    gradient = series(recording, "gradient_norm/weight")[1]
    assert gradient == pytest.approx(float(model.weight.grad.norm()), rel=1e-6)
    moved = float((model.weight.detach() - before).norm())
    assert series(recording, "update_norm/weight")[1] == pytest.approx(moved, rel=1e-5)


def test_groups_and_parameters_without_gradients(recording, data):
    model = make_model()
    model[0].weight.requires_grad_(False)
    optimizer = torch.optim.SGD(
        [
            {"params": model[0].parameters(), "lr": 0.1},
            {"params": model[3].parameters(), "lr": 0.01},
        ]
    )
    with recording.watch(model, optimizer, gradients_every=1):
        train(model, optimizer, data, epochs=1)
    names = set(Run(recording.path).scalar_names())
    assert "gradient_norm/0.weight" not in names
    for name, rate in {"0.bias": 0.1, "3.weight": 0.01}.items():
        gradients, updates = (series(recording, f"{k}_norm/{name}") for k in ("gradient", "update"))
        for step in (1, 2, 3):
            assert updates[step] == pytest.approx(rate * gradients[step], rel=1e-3)


def test_sparse_gradients_have_a_norm(recording):
    model = torch.nn.Embedding(10, 4, sparse=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with recording.watch(model, optimizer, gradients_every=1):
        model(torch.tensor([1, 1, 3])).sum().backward()
        optimizer.step()
    # Row 1 is used twice: its four entries are 2; those of row 3 are 1.
    expected = np.sqrt(4 * 2.0**2 + 4)
    assert series(recording, "gradient_norm/weight")[1] == pytest.approx(expected)


def test_without_an_optimizer_the_one_that_trains_the_model_is_found(recording, data):
    model, other = make_model(), torch.nn.Linear(6, 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    elsewhere = torch.optim.SGD(other.parameters(), lr=0.1)
    with recording.watch(model, gradients_every=1):
        train(other, elsewhere, data, epochs=1)
        train(model, optimizer, data, epochs=1)
    assert sorted(series(recording, "gradient_norm/0.weight")) == [1, 2, 3]
    assert Run(recording.path).table("histograms/gradient")["tensor"][0] == "0.weight"


@pytest.mark.parametrize("is_named", [True, False])
def test_an_optimizer_that_clips_and_leaves_the_step_to_its_class_does_one(
    recording, data, is_named
):
    torch.optim.SGD(make_model().parameters())  # from now on, the class has hooks of its own

    class Clipped(torch.optim.SGD):
        def step(self, closure=None):
            torch.nn.utils.clip_grad_norm_(self.param_groups[0]["params"], 0.01)
            return super().step(closure)

    model = make_model()
    optimizer = Clipped(model.parameters(), lr=0.5)
    norms = []
    with recording.watch(model, optimizer if is_named else None, gradients_every=1):
        for _ in range(3):
            before = model[0].weight.detach().clone()
            train(model, optimizer, (data[0][:16], data[1][:16]), epochs=1)
            norms.append(distance(before, model[0].weight))
    found = series(recording, "gradient_norm/0.weight")
    assert found == pytest.approx({step: 2 * norm for step, norm in enumerate(norms, 1)}, rel=1e-4)
    assert series(recording, "update_norm/0.weight") == pytest.approx(
        dict(enumerate(norms, 1)), rel=1e-4
    )
    counted = Run(recording.path).table("histograms/gradient", step=1)
    is_weight = np.array(counted["tensor"]) == "0.weight"
    assert np.abs(np.array(counted["right"])[is_weight]).max() <= 0.01, "after clipping"


def test_an_optimizer_that_shares_the_step_among_others_does_one(recording, data):
    class Sharing(torch.optim.Optimizer):
        """As `ZeroRedundancyOptimizer` does, whose ranks step a part of the parameters each."""

        def __init__(self, params):
            super().__init__(params, {})
            halves = self.param_groups[0]["params"][:2], self.param_groups[0]["params"][2:]
            self.parts = [torch.optim.SGD(half, lr=0.1) for half in halves]

        def step(self, closure=None):
            for part in self.parts:
                part.step()

    model = make_model()
    optimizer = Sharing(model.parameters())
    with recording.watch(model, gradients_every=1):
        train(model, optimizer, data, epochs=1)
    for name, parameter in model.named_parameters():
        gradients, updates = (series(recording, f"{k}_norm/{name}") for k in ("gradient", "update"))
        assert sorted(gradients) == [1, 2, 3]
        assert gradients[3] == pytest.approx(float(parameter.grad.norm()), rel=1e-5)
        assert updates[3] == pytest.approx(0.1 * gradients[3], rel=1e-3)


def test_a_step_that_is_broken_off_is_none(recording, data):
    model = make_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def broken():
        raise ValueError

    with recording.watch(model, optimizer, gradients_every=1):
        train(model, optimizer, data, epochs=1)
        with pytest.raises(ValueError):
            optimizer.step(broken)
        train(model, optimizer, data, epochs=1)
    gradients, updates = (series(recording, f"{k}_norm/3.weight") for k in ("gradient", "update"))
    assert sorted(gradients) == [1, 2, 3, 4, 5, 6]
    assert updates[4] == pytest.approx(0.1 * gradients[4], rel=1e-3)


def test_a_layer_that_is_put_in_later_is_recorded(recording, data):
    model = make_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with recording.watch(model, optimizer, gradients_every=1):
        train(model, optimizer, data, epochs=1)
        model[3] = torch.nn.Linear(8, 3, bias=False)
        optimizer.add_param_group({"params": model[3].parameters(), "lr": 0.01})
        train(model, optimizer, data, epochs=1)
    gradients, updates = (series(recording, f"{k}_norm/3.weight") for k in ("gradient", "update"))
    assert sorted(gradients) == [1, 2, 3, 4, 5, 6]
    assert gradients[6] == pytest.approx(float(model[3].weight.grad.norm()), rel=1e-5)
    assert updates[6] == pytest.approx(0.01 * gradients[6], rel=1e-3)
    assert sorted(series(recording, "gradient_norm/3.bias")) == [1, 2, 3]


def test_where_no_step_is_seen_the_run_says_so(recording, notes, data):
    model = make_model()
    optimizer, named = (torch.optim.SGD(model.parameters(), lr=0.1) for _ in range(2))
    with recording.watch(model, named):
        train(model, optimizer, data, epochs=1)
    assert any(
        "no step was seen that began or ended with gradients" in note for note in notes(recording)
    )


def test_what_the_optimizer_is_set_to_goes_into_the_config(tmp_path, recording, reopen):
    model = make_model()
    groups = [{"params": model[0].parameters()}, {"params": model[3].parameters(), "lr": 0.01}]
    optimizer = torch.optim.AdamW(groups, lr=0.1, weight_decay=0.2, amsgrad=True)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    optimizer.step()
    schedule.step()
    with recording.watch(model, optimizer):
        pass
    assert reopen(recording).config == {
        "optimizer": "AdamW", "lr": [0.1, 0.01], "betas": [0.9, 0.999], "eps": 1e-8,
        "weight_decay": 0.2, "amsgrad": True,
    }  # fmt: skip
    own = Recording("own", runs_dir=tmp_path, config={"lr": "as in the paper"}, strict=True)
    with own.watch(model, torch.optim.SGD(model.parameters(), 0.3)):
        pass
    assert reopen(own).config["lr"] == "as in the paper"


def test_a_compiled_model_keeps_its_names(recording, data):
    model = make_model()
    compiled = torch.compile(model, backend="eager")
    optimizer = torch.optim.SGD(compiled.parameters(), lr=0.1)
    with recording.watch(compiled, optimizer, probe=data, gradients_every=1) as watcher:
        train(compiled, optimizer, data, epochs=1, end_epoch=watcher.end_epoch)
    run = Run(recording.path)
    assert set(run.arrays("parameters")) == {"0.weight", "0.bias", "3.weight", "3.bias"}
    assert sorted(series(recording, "gradient_norm/0.weight")) == [1, 2, 3]


@pytest.mark.filterwarnings("ignore:`torch.jit.script_method`:DeprecationWarning")  # torch's own
@pytest.mark.parametrize("what", ["step", "training"])
def test_a_compiled_step_is_recorded_and_compiles_nothing_of_what_watches_it(recording, data, what):
    model = make_model(torch.float64)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    compiled = []

    def backend(graph, inputs):
        compiled.append(graph)
        return graph.forward

    def step():
        optimizer.step()

    def train_step():
        optimizer.zero_grad()
        F.cross_entropy(model(data[0].double()), data[1]).backward()
        (step if what == "training" else compiled_step)()

    torch._dynamo.reset()
    compiled_step = torch.compile(step, backend=backend)
    run_step = torch.compile(train_step, backend=backend) if what == "training" else train_step
    moved = {}
    with recording.watch(model, optimizer, gradients_every=1):
        for number in (1, 2, 3, 4):
            before = state_of(model)["0.weight"]
            run_step()
            moved[number] = distance(before, model[0].weight) / 0.5
            if number == 2:
                known = len(compiled)
    assert series(recording, "gradient_norm/0.weight") == pytest.approx(moved, rel=1e-9)
    assert known == len(compiled) > 0


def test_the_optimizer_of_accelerate_is_watched(recording, data):
    accelerate = pytest.importorskip("accelerate")
    accelerator = accelerate.Accelerator(cpu=True, gradient_accumulation_steps=2)
    model = make_model(torch.float64)
    model, optimizer = accelerator.prepare(model, torch.optim.SGD(model.parameters(), lr=0.5))
    moved = {}
    with recording.watch(model, optimizer, gradients_every=1):
        for batch in range(4):
            before = state_of(model)["0.weight"]
            with accelerator.accumulate(model):
                accelerator.backward(F.cross_entropy(model(data[0].double()), data[1]))
                if accelerator.sync_gradients:
                    accelerator.clip_grad_norm_(model.parameters(), 0.1)
                optimizer.step()
                optimizer.zero_grad()
            if batch % 2:
                moved[len(moved) + 1] = distance(before, model[0].weight) / 0.5
    assert series(recording, "gradient_norm/0.weight") == pytest.approx(moved, rel=1e-6)


def test_gradients_are_read_at_the_first_step_and_every_so_many(recording, data):
    model = make_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with recording.watch(model, optimizer, gradients_every=4):
        train(model, optimizer, data, epochs=4)
    assert sorted(series(recording, "update_norm/3.bias")) == [1, 4, 8, 12]


def test_logging_without_a_step_takes_that_of_the_training(recording, data):
    model = make_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with recording.watch(model, optimizer):
        recording.log({"before": 1})
        train(model, optimizer, data, epochs=1)
        recording.log({"after": 1})
        recording.log({"also": 1})
    assert [series(recording, n) for n in ("before", "after", "also")] == [{0: 1}, {3: 1}, {3: 1}]


def test_removing_leaves_nothing_behind(recording, data):
    model = make_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    before = set(vars(optimizer))
    watcher = recording.watch(model, optimizer, probe=data)
    watcher.remove()
    watcher.remove()
    assert set(vars(optimizer)) == before
    assert not optimizer._optimizer_step_pre_hooks
    assert not optimizer._optimizer_step_post_hooks
    hooks = [m._forward_hooks for m in model.modules()]
    assert not any(itertools.chain(*hooks))
    assert not optimizers._global_optimizer_pre_hooks
    assert not optimizers._global_optimizer_post_hooks


def test_finishing_the_run_removes_the_watcher(tmp_path):
    model = make_model()
    run = Recording("a", runs_dir=tmp_path)
    run.watch(model)
    run.finish()
    assert not optimizers._global_optimizer_pre_hooks


def test_an_error_in_the_loop_removes_the_watcher(recording):
    model = make_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(ZeroDivisionError), recording.watch(model, optimizer):
        raise ZeroDivisionError
    assert not optimizer._optimizer_step_pre_hooks
    recording.watch(model, optimizer).remove()


def test_a_watched_optimizer_can_be_copied_and_saved(recording, tmp_path):
    model = make_model()
    optimizer = torch.optim.Adam(model.parameters())
    with recording.watch(model, optimizer):
        copy.deepcopy(optimizer)
        torch.save(
            {"model": model.state_dict(), "optimizer": optimizer.state_dict()}, tmp_path / "c"
        )
        torch.save(optimizer, tmp_path / "o")
    assert torch.load(tmp_path / "c", weights_only=True)["optimizer"]["state"] == {}


def test_resuming_counts_on(tmp_path, data):
    for resume in (False, True):
        model = make_model()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        with (
            Recording("a", runs_dir=tmp_path, resume=resume) as run,
            run.watch(model, optimizer, gradients_every=1) as watcher,
        ):
            train(model, optimizer, data, epochs=2, end_epoch=watcher.end_epoch)
    assert sorted(series(run, "gradient_norm/0.weight")) == list(range(1, 13))
    assert series(run, "epoch") == {3: 1, 6: 2, 9: 3, 12: 4}


def test_going_on_from_a_checkpoint_says_its_step(tmp_path, data):
    for resume, step in ((False, None), (True, 3)):
        model = make_model()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        with (
            Recording("a", runs_dir=tmp_path, resume=resume) as run,
            run.watch(model, optimizer, step=step) as watcher,
        ):
            train(model, optimizer, data, epochs=2, end_epoch=watcher.end_epoch)
    assert series(run, "epoch") == {3: 1, 6: 2, 9: 3}


def test_wrong_arguments_are_named(recording, data):
    model = make_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    other = torch.optim.SGD(make_model().parameters(), lr=0.1)
    for arguments, options, error, words in [
        ((object(),), {}, TypeError, "`model` must be a torch.nn.Module; got object"),
        ((model, model), {}, TypeError, "`optimizer` must be a torch.optim.Optimizer"),
        ((model, other), {}, ValueError, "holds none of them"),
        ((model, optimizer), {"every": 0}, ValueError, "`every` must be a whole number"),
        ((model, optimizer), {"gradients_every": 1.5}, ValueError, "`gradients_every`"),
        ((model, optimizer), {"probe": data[0][:0]}, ValueError, "at least one sample"),
        ((model, optimizer), {"probe": (data[0], data[1][:3])}, ValueError, "48 samples and 3"),
        ((model, optimizer), {"probe": (1, 2, 3)}, ValueError, "a tuple of 3"),
        ((model, optimizer), {"show": ["a"]}, ValueError, "give `probe` too"),
        ((model, optimizer), {"max_bytes": 0}, ValueError, "`max_bytes`"),
        ((model, optimizer), {"step": -1}, ValueError, "`step`"),
    ]:
        with pytest.raises(error, match=words):
            recording.watch(*arguments, **options)
    with recording.watch(model, optimizer), pytest.raises(ValueError, match="one model at a time"):
        recording.watch(model, optimizer)


def test_layers_that_cannot_be_seen_are_named(recording, notes):
    class WithIdle(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.used = torch.nn.Linear(4, 2)
            self.idle = torch.nn.Linear(4, 2)

        def forward(self, x):
            return self.used(x)

    model = WithIdle()
    recording.watch(model, probe=torch.zeros(3, 4)).remove()
    assert set(Run(recording.path).arrays("feature_maps/probe")) == {"used"}
    assert any("Feature maps of idle cannot be seen" in note for note in notes(recording))


@pytest.mark.parametrize(
    ("model", "probe", "words"),
    [
        (torch.nn.Conv1d(1, 2, 1), torch.zeros(3, 1, 5), "output has shape"),
        (torch.nn.Linear(4, 1), torch.zeros(3, 4), "without labels it may be anything"),
    ],
)
def test_models_that_classify_nothing_have_no_predictions(recording, notes, model, probe, words):
    recording.watch(model, probe=probe).remove()
    assert "predictions/probe" not in Run(recording.path).table_names()
    assert any(words in note for note in notes(recording))


def test_values_of_the_probe_are_recorded_at_every_step(recording, data):
    model = torch.nn.Linear(4, 1)
    x, y = torch.randn(9, 4), torch.randn(9)
    recording.watch(model, probe=(x, y)).remove()
    table = Run(recording.path).table("regression/probe")
    np.testing.assert_array_equal(table["true"], y.double().numpy())
    np.testing.assert_allclose(table["predicted"], model(x)[:, 0].detach().double().numpy())


@pytest.mark.parametrize(("every", "kept"), [(None, [*range(21), 23]), (1, range(24))])
def test_snapshots_that_cost_too_much_are_left_out_and_named(
    recording, notes, data, monkeypatch, every, kept
):
    seconds = itertools.count()  # so a snapshot costs as much as an epoch, or more
    monkeypatch.setattr(pacing, "clock", lambda: float(next(seconds)))
    model = make_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with recording.watch(model, optimizer, probe=data, every=every) as watcher:
        train(model, optimizer, data, epochs=23, end_epoch=watcher.end_epoch)
    run = Run(recording.path)
    assert run.array_steps("parameters") == tuple(3 * epoch for epoch in kept)
    assert run.table_steps("predictions/probe") == tuple(3 * epoch for epoch in kept)
    assert any("`every=1` keeps them all" in note for note in notes(recording)) is (every is None)


def test_what_does_not_fit_is_left_out_and_named(recording, reopen, notes, data):
    recording.watch(make_model(), probe=data[0], max_bytes=150).remove()
    run = reopen(recording)
    assert set(run.arrays("parameters")) == {"0.bias", "3.weight", "3.bias"} or set(
        run.arrays("parameters")
    ) == {"0.bias", "3.bias"}
    text = " ".join(notes(recording))
    assert "Parameters 0.weight" in text
    assert "Inputs of probe are kept for the first 6 of 48 samples" in text
    assert "Feature maps of" in text


def test_faults_of_recording_let_the_training_go_on(tmp_path, data):
    model = make_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    run = Recording("a", runs_dir=tmp_path, strict=False)
    with run.watch(model, optimizer, gradients_every=1) as watcher:
        run._session.writer.finish()  # from here on, nothing can be written
        with pytest.warns(RecordingWarning):
            train(model, optimizer, data, end_epoch=watcher.end_epoch)
    plain = make_model()
    train(plain, torch.optim.SGD(plain.parameters(), lr=0.1), data)
    assert all(
        torch.equal(a, b) for a, b in zip(model.parameters(), plain.parameters(), strict=True)
    )
