"""Which kernel a page runs on, and how the process of a kernel is ended."""

import os
import random
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

from lossary_book import execution, kernel, launch, provisioner
from lossary_book.provisioner import ForkedProcess


@pytest.mark.parametrize(
    ("aliases", "name"),
    [
        ({"python3": "lossary-fork"}, "lossary-fork"),
        ({"julia": "other", "python.*": "lossary", "python3": "lossary-fork"}, "lossary"),
        ({"python": "lossary"}, "python3"),  # which does not fit the whole name
        ({}, "python3"),
    ],
)
def test_first_alias_that_fits_a_kernel_stands_for_it(aliases: dict[str, str], name: str) -> None:
    notebook = SimpleNamespace(metadata={"kernelspec": {"name": "python3"}})
    config = SimpleNamespace(nb_kernel_rgx_aliases=aliases)
    assert execution._kernel_name(config, notebook) == name  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("platform", "name"), [("linux", "lossary-fork"), ("darwin", "lossary"), ("win32", "lossary")]
)
def test_kernels_are_forked_on_linux_alone(
    monkeypatch: pytest.MonkeyPatch, platform: str, name: str
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert kernel.name() == name


def test_warning_of_a_cell_names_no_file_of_the_machine() -> None:
    said = launch._said(UserWarning("look out"), UserWarning, "/home/me/cell.py", 3)
    assert said == "UserWarning: look out\n"


def test_random_numbers_are_alike_and_tensorflow_is_seeded_once_it_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shell = InteractiveShell()
    drawn, seeds = [], []
    for _ in range(2):
        launch.load_ipython_extension(shell)
        drawn.append((random.random(), np.random.random()))  # noqa: NPY002
    assert drawn[0] == drawn[1]
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    shell.run_cell("1")
    optimizer = SimpleNamespace(set_experimental_options=lambda options: None)
    tensorflow = SimpleNamespace(
        random=SimpleNamespace(set_seed=seeds.append), config=SimpleNamespace(optimizer=optimizer)
    )
    monkeypatch.setitem(sys.modules, "tensorflow", tensorflow)
    for _ in range(3):
        shell.run_cell("1")
    assert seeds == [launch.SEED] * 2  # for each time that the extension was loaded


# Coverage, where it measures, listens to the signals that can be listened to.
ENDS: dict[str, Callable[[ForkedProcess], None]] = {
    "kill": ForkedProcess.kill,
    "a signal": lambda process: process.send_signal(signal.SIGKILL),
}


@pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux")
@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_forked_kernel_ends_as_it_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: Callable[[ForkedProcess], None]
) -> None:
    monkeypatch.setattr(provisioner, "PRELOAD", ["lossary_book.launch"])
    process = ForkedProcess(["-f", "connection.json"], dict(os.environ), str(tmp_path))
    assert process.poll() is None
    end(process)
    assert process.wait(120) == -signal.SIGKILL
    for again in (ForkedProcess.terminate, *ENDS.values()):
        again(process)  # nobody else gets the signal who has its number now
    assert process.poll() == -signal.SIGKILL
