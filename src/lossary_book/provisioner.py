"""Kernels forked from one warm process: one import of TensorFlow a build, not one a page.

The warm process is the fork server of :mod:`multiprocessing`, which starts before it has threads,
imports :mod:`lossary_book.warm`, and ends with the build that started it.
"""

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from lossary_book import launch

PRELOAD = ["lossary_book.warm"]


def start() -> None:
    """Start the warm process, which imports while the build goes on.

    Ctrl-C goes to all processes of a terminal. This one ignores it, or it would end in a traceback
    amid its imports; it ends with the build.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOAD)
    with _deaf():
        forkserver.ensure_running()


@contextlib.contextmanager
def _deaf() -> Iterator[None]:
    """Ignore Ctrl-C, as does a process that is started meanwhile. A thread cannot set this."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before or signal.SIG_DFL)


class ForkedProcess:
    """A forked kernel, with those of Popen's methods that jupyter_client calls."""

    stdin = stdout = stderr = None

    def __init__(self, arguments: list[str], environment: dict[str, str], folder: str) -> None:
        """Fork it."""
        start()
        context = multiprocessing.get_context("forkserver")
        self._process = context.Process(
            target=launch.serve_forked, args=(arguments, environment, folder), daemon=True
        )
        self._process.start()
        assert self._process.pid is not None
        self.pid: int = self._process.pid

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait until it has ended."""
        self._process.join(timeout)
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Send it a signal."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self._process.terminate()

    def kill(self) -> None:
        """End it."""
        self._process.kill()


class ForkProvisioner(LocalProvisioner):
    """Starts a kernel by forking the warm process; all else is as for a local kernel."""

    process: Any

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Fork a kernel with the arguments behind ``python -m lossary_book.launch``."""
        folder = str(kwargs.get("cwd") or Path.cwd())
        self.process = ForkedProcess(cmd[cmd.index("-f") :], dict(kwargs["env"]), folder)
        self.pid = self.process.pid
        self.pgid = self.process.pid  # serve_forked makes it the leader of its group
        self.cwd = folder
        return self.connection_info
