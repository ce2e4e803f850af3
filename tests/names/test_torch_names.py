"""What the book says that things are called in PyTorch is so. Run by ``nox -s names``."""

import io
from unittest.mock import Mock

import pytest

pytestmark = pytest.mark.names
torch = pytest.importorskip("torch", reason="PyTorch is not installed: its names are not checked")


@pytest.fixture(scope="module")
def torch_names(judge, data):
    from torch import nn, optim
    from torch.nn import init
    from torch.optim import lr_scheduler
    from torch.utils.data import DataLoader, TensorDataset

    data = {name: torch.tensor(v) if hasattr(v, "shape") else v for name, v in data.items()}
    model = nn.Sequential(nn.Linear(4, 4), nn.ReLU()).double()
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    dataset = TensorDataset(data["x"], data["y"])
    loss = torch.tensor(1.0, requires_grad=True)
    known = {
        name: value
        for module in (init, optim, lr_scheduler, nn)
        for name, value in vars(module).items()
        if callable(value) and name[0] != "_"
    }
    takers = [*known.values()]
    known |= {name: getattr(model, name) for name in dir(model) if name[0] != "_"}
    known |= data | {
        "torch": torch, "torchvision": Mock(), "path": io.BytesIO(),
        "Linear": judge.maker(nn.Linear, nn.Linear(4, 4)),
        "DataLoader": DataLoader, "loader": DataLoader(dataset), "dataset": dataset,
        "model": model, "parameters": model.parameters, "optimizer": optimizer,
        "scheduler": lr_scheduler.StepLR(optimizer, 1), "criterion": nn.MSELoss(),
        "loss": loss, "cost": 2 * loss, "backward": loss.backward, "tensor": loss,
        "target": data["y"], "output": data["x"], "z": data["x"], "y": data["y"],
    }  # fmt: skip
    getters = [lambda reduction: nn.MSELoss(reduction=reduction)(data["x"], data["x"])]
    return judge(known, takers, getters, forgives="required positional argument")


def test_torch_names_run(wrong_names, torch_names):
    wrong = wrong_names("pytorch", torch_names)
    assert not wrong, "\n".join(wrong)


def test_torchvision_names_run(wrong_names, torch_names):
    why = "torchvision is not installed: its names are not checked"
    torch_names.known["torchvision"] = pytest.importorskip("torchvision", reason=why)
    test_torch_names_run(wrong_names, torch_names)


@pytest.mark.parametrize(
    "field",
    [
        "`torch.nn.Liner`",
        "`Linear(4, 25, biases=True)`",
        "`torch.optim.SGD(learning_rate=0.1)`",
        "`SmoothL1Loss(beta)`",
        '`"average"`',
        "`kernel_size` of `Linear`",
    ],
)
def test_a_wrong_torch_name_is_found(field, torch_names):
    assert torch_names.problems(field)
