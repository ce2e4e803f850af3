"""Run a command, and watch the time and the memory of all its processes."""

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

STEP = 0.25  # seconds between two looks at the processes
LIMIT = 3600.0  # seconds for one command


@dataclass
class Run:
    """What one command took, with all the processes that it started."""

    seconds: float
    busy: float  # seconds of processor time
    peak: float  # GB


def run(command: Sequence[str | Path], log: Path) -> Run:
    """Run a command, its output into a file. A command that fails ends the benchmark."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    busy: dict[int, float] = {}
    start, peak = time.perf_counter(), 0
    with (
        log.open("w") as out,
        subprocess.Popen(command, stdout=out, stderr=out, env=environment) as process,
    ):
        try:
            while process.poll() is None and time.perf_counter() - start < LIMIT:
                peak = max(peak, _look(process.pid, busy))
                time.sleep(STEP)
        finally:
            process.kill()
    seconds = time.perf_counter() - start
    if process.returncode:
        text = log.read_text(errors="replace")[-4000:]
        raise SystemExit(f"{text}\nended with {process.returncode}: {' '.join(map(str, command))}")
    return Run(seconds, sum(busy.values()), peak / 1e9)


def _look(pid: int, busy: dict[int, float]) -> int:
    """Note the processor time of a process and all below it; return their memory.

    Memory that processes share counts once: of it each has its proportional share.
    """
    memory = 0
    processes = [psutil.Process(pid)]
    processes += processes[0].children(recursive=True)
    for process in processes:
        try:
            memory += process.memory_full_info().pss
            times = process.cpu_times()
        except psutil.Error:
            continue  # it has just ended
        busy[process.pid] = times.user + times.system
    return memory
