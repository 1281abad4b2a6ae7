from __future__ import annotations

import copy
from types import ModuleType

import numpy as np
import pytest
import torch
from torch import nn

from bathyscope import Unanswered, UnknownName, UnsupportedModel, models
from bathyscope.models import Loss, Score


def _axes(module: nn.Module) -> dict[str, tuple[str, ...]]:
    layers = models.adapt(module).layers()
    return {p.name: p.axes for layer in layers for p in layer.parameters}


@pytest.mark.parametrize(
    ("module", "weight"),
    [
        (nn.Linear(2, 3), ("out", "in")),
        (nn.Conv1d(2, 3, 4), ("out", "in", "time")),
        (nn.Conv2d(2, 3, 4), ("out", "in", "height", "width")),
        (nn.Conv3d(2, 3, 4), ("out", "in", "depth", "height", "width")),
        (nn.Conv2d(4, 8, 3, groups=4), ("out", "in", "height", "width")),
        (nn.ConvTranspose2d(2, 3, 4), ("in", "out", "height", "width")),
        (nn.Embedding(5, 3), ("in", "out")),
        (nn.LayerNorm(3), ("out",)),
        (nn.Bilinear(2, 3, 4), ("out", "in", "")),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, nn.Module) else None,
)
def test_axes_of_weights_are_named(module: nn.Module, weight: tuple[str, ...]) -> None:
    assert _axes(module)["weight"] == weight


def test_axes_of_stacked_weights_are_named() -> None:
    assert _axes(nn.LSTM(2, 3))["weight_ih_l0"] == ("out", "in")
    assert _axes(nn.LSTM(2, 3))["bias_hh_l0"] == ("out",)
    assert _axes(nn.MultiheadAttention(4, 2))["in_proj_weight"] == ("out", "in")


def test_roles_are_told_apart() -> None:
    layers = models.adapt(nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3), nn.PReLU(3))).layers()
    roles = {p.name: p.role for layer in layers for p in layer.parameters}
    assert roles == {
        "0.weight": "weight",
        "0.bias": "bias",
        "1.weight": "scale",
        "1.bias": "bias",
        "1.running_mean": "state",
        "1.running_var": "state",
        "1.num_batches_tracked": "state",
        "2.weight": "weight",
    }


def test_parameter_names_are_those_of_the_state_dictionary(torch_zoo: ModuleType) -> None:
    for kind in torch_zoo.BUILDERS:
        module = torch_zoo.build(kind).model
        assert list(models.adapt(module).parameters()) == list(module.state_dict())


def test_tied_weights_are_said_to_be_one_array(torch_zoo: ModuleType) -> None:
    model = models.adapt(torch_zoo.build("tokens").model)
    assert models.find_parameter(model, "output.weight").same_as == "embed.weight"
    values = model.parameters(["embed.weight", "output.weight"])
    values["output.weight"] = values["output.weight"] + 1
    with pytest.raises(ValueError, match=r"is the same array as `embed\.weight`"):
        model.set_parameters(values)
    model.set_parameters({"output.weight": values["output.weight"]})
    changed = model.parameters(["embed.weight"])["embed.weight"]
    np.testing.assert_array_equal(changed, values["output.weight"])


def test_a_captured_layer_is_what_it_gave_before_others_wrote_over_it(
    torch_zoo: ModuleType,
) -> None:
    made = torch_zoo.build("mlp")
    captured = models.adapt(made.model).forward(made.inputs, capture=["hidden", "relu"]).captured
    hidden, relu = captured["hidden"][0], captured["relu"][0]
    assert hidden.min() < 0
    np.testing.assert_array_equal(np.maximum(hidden, 0), relu)


def test_gradient_by_a_layer_that_passes_its_input_on_is_its_own(torch_zoo: ModuleType) -> None:
    made = torch_zoo.build("shared")
    model = models.adapt(made.model)
    found = model.gradients(made.inputs, Score(0), inputs_too=False, layers=["same", "twice"])
    # output = hidden + 2 same(hidden): by `same` 2, by the second call of `twice` 3.
    expected = np.zeros((5, 4))
    expected[:, 0] = 1
    np.testing.assert_allclose(found.layers["same"][0], 2 * expected)
    np.testing.assert_allclose(found.layers["twice"][1], 3 * expected)


def test_gradients_match_backward(torch_zoo: ModuleType) -> None:
    made = torch_zoo.build("cnn")
    own = copy.deepcopy(made.model).eval()
    classes = np.array([0, 1, 2, 0])
    inputs = torch.tensor(made.inputs, dtype=torch.float32, requires_grad=True)
    nn.functional.cross_entropy(own(inputs), torch.tensor(classes)).backward()
    names = [name for name, _ in own.named_parameters()]
    found = models.adapt(made.model).gradients(
        made.inputs, Loss(classes, kind="cross_entropy_logits"), parameters=names
    )
    np.testing.assert_allclose(found.inputs[0], inputs.grad, rtol=1e-4, atol=1e-7)
    for name, parameter in own.named_parameters():
        np.testing.assert_allclose(found.parameters[name], parameter.grad, rtol=1e-4, atol=1e-6)


def test_binary_losses_match_those_of_torch() -> None:
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(3, 1), nn.Flatten(0))
    inputs = np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32)
    true = np.array([0, 1, 1, 0, 1, 0])
    scores, target = module(torch.from_numpy(inputs)), torch.from_numpy(true).float()
    expected = nn.functional.binary_cross_entropy_with_logits(scores, target).item()
    model = models.adapt(module)
    found = model.gradients(inputs, Loss(true, kind="cross_entropy_logits"))
    assert found.value == pytest.approx(expected, rel=1e-6)
    module.append(nn.Sigmoid())
    assert model.gradients(inputs, Loss(true)).value == pytest.approx(expected, rel=1e-6)


def test_frozen_parameters_have_gradients_and_stay_frozen(torch_zoo: ModuleType) -> None:
    made = torch_zoo.build("mlp")
    names = ["hidden.weight", "output.bias"]
    expected = models.adapt(made.model).gradients(made.inputs, Score(0), parameters=names)
    made.model.requires_grad_(False)
    found = models.adapt(made.model).gradients(made.inputs, Score(0), parameters=names)
    for name in names:
        np.testing.assert_array_equal(found.parameters[name], expected.parameters[name])
    assert not any(parameter.requires_grad for parameter in made.model.parameters())
    assert not any(p.trainable for la in models.adapt(made.model).layers() for p in la.parameters)


def test_attention_matches_the_weights_torch_returns() -> None:
    torch.manual_seed(0)
    module = nn.MultiheadAttention(4, 2, batch_first=True).eval()
    x = torch.randn(3, 5, 4)
    mask = torch.triu(torch.ones(5, 5, dtype=torch.bool), 1)
    _, expected = module(x, x, x, attn_mask=mask, average_attn_weights=False)

    class Around(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.attend = module

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.attend(x, x, x, attn_mask=mask, need_weights=False)[0]

    model = models.adapt(Around())
    np.testing.assert_allclose(
        model.attention(x.numpy())["attend"], expected.detach(), rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize("is_causal", [False, True])
def test_fused_attention_is_what_multiplies_the_values(is_causal: bool) -> None:
    class Fused(nn.Module):
        def forward(self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> object:
            return nn.functional.scaled_dot_product_attention(
                query, key, value, is_causal=is_causal, scale=0.3
            )

    rng = np.random.default_rng(0)
    inputs = [rng.normal(size=(2, 3, 5, 4)).astype(np.float32) for _ in range(3)]
    model = models.adapt(Fused())
    weights = model.attention(inputs)["Fused"]
    mixed = model.forward(inputs).outputs[0]
    np.testing.assert_allclose(weights @ inputs[2], mixed, rtol=1e-4, atol=1e-5)


def test_attention_modules_that_return_their_weights_are_seen() -> None:
    class TinyAttention(nn.Module):
        def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            weights = (x @ x.transpose(-2, -1)).softmax(-1)[:, None]
            return (weights[:, 0] @ x), weights

    class Two(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.attend = TinyAttention()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.attend(self.attend(x)[0])[0]

    x = np.random.default_rng(0).normal(size=(2, 3, 4)).astype(np.float32)
    weights = models.adapt(Two()).attention(x)
    assert list(weights) == ["attend", "attend#2"]
    scores = np.exp(x @ x.transpose(0, 2, 1))
    expected = scores / scores.sum(-1, keepdims=True)
    np.testing.assert_allclose(weights["attend"][:, 0], expected, rtol=1e-4)


def test_functions_are_said_to_have_no_name(torch_zoo: ModuleType) -> None:
    made = torch_zoo.build("nested")
    with pytest.raises(UnknownName, match="Only modules have names"):
        models.adapt(made.model).forward(made.inputs, capture=["relu"])


def test_a_layer_that_takes_no_part_is_refused() -> None:
    module = nn.Linear(3, 3)
    module.spare = nn.Linear(3, 3)
    with pytest.raises(Unanswered, match="`spare` was not called"):
        models.adapt(module).forward(np.zeros((2, 3)), capture=["spare"])


def test_a_target_cut_off_from_the_model_is_refused(torch_zoo: ModuleType) -> None:
    made = torch_zoo.build("mlp")
    with pytest.raises(Unanswered, match="cannot be differentiated"):
        models.adapt(made.model).gradients(made.inputs, lambda outputs: outputs[0].detach().sum())


def test_the_compiled_loss_is_unanswered(torch_zoo: ModuleType) -> None:
    made = torch_zoo.build("mlp")
    with pytest.raises(Unanswered, match="'compiled'"):
        models.adapt(made.model).gradients(made.inputs, Loss(np.zeros(7), kind="compiled"))


def test_wrong_batches_are_refused_with_the_signature(torch_zoo: ModuleType) -> None:
    made = torch_zoo.build("many_inputs")
    model = models.adapt(made.model)
    with pytest.raises(ValueError, match=r"must match `ManyInputs.forward\(left.*right"):
        model.forward(np.zeros((2, 4)))
    with pytest.raises(ValueError, match=r"failed on left float64\[2, 5\]"):
        model.forward({"left": np.zeros((2, 5)), "right": np.zeros((2, 3, 2))})


def test_uninitialised_modules_are_refused() -> None:
    module = nn.Sequential(nn.LazyLinear(3))
    with pytest.raises(ValueError, match="Call the model once"):
        models.adapt(module).layers()


def test_modules_without_parameters_run() -> None:
    model = models.adapt(nn.Flatten())
    assert [layer.kind for layer in model.layers()] == ["Flatten"]
    assert model.parameters() == {}
    assert model.forward(np.zeros((2, 3, 4))).outputs[0].shape == (2, 12)
    with pytest.raises(UnknownName, match="There is no parameter"):
        model.parameters(["weight"])


def test_bfloat16_widens_exactly_and_returns() -> None:
    module = nn.Linear(3, 2).to(torch.bfloat16)
    model = models.adapt(module)
    before = module.weight.detach().clone()
    assert models.find_parameter(model, "weight").dtype == "bfloat16"
    values = model.parameters()
    assert values["weight"].dtype == np.float32
    model.set_parameters({"weight": values["weight"] * 2})
    model.set_parameters(values)
    assert torch.equal(module.weight, before)
    assert model.forward(np.ones((2, 3))).outputs[0].dtype == np.float32


@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")
def test_wrappers_are_taken_off(torch_zoo: ModuleType) -> None:
    made = torch_zoo.build("mlp")
    expected = models.adapt(made.model).layers()
    assert models.adapt(nn.DataParallel(made.model)).layers() == expected
    assert models.adapt(torch.compile(made.model)).layers() == expected


def test_a_class_is_not_a_model() -> None:
    with pytest.raises(UnsupportedModel, match="Pass an instance"):
        models.adapt(nn.Linear)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_models_stay_on_their_device(torch_zoo: ModuleType) -> None:
    for kind in torch_zoo.BUILDERS:
        made = torch_zoo.build(kind)
        expected = models.adapt(made.model).gradients(
            made.inputs, Score(0), inputs_too=False, layers=list(made.calls)
        )
        model = models.adapt(made.model.cuda())
        found = model.gradients(made.inputs, Score(0), inputs_too=False, layers=list(made.calls))
        assert found.value == pytest.approx(expected.value, rel=1e-3)
        assert all(parameter.is_cuda for parameter in made.model.parameters())
