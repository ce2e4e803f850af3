"""What goes wrong while a book is built: a clear end, no process left, and the next build right."""

import os
import pickle
import re
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux")

ROOT = Path(__file__).parent / "roots" / "breakdown"
CELL = 'print("the bad page:", 6 * 7)'
LIMIT = 400.0  # seconds; a machine may be busy


class Book:
    """A small book, and the builds of it, each in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.docs = Path(shutil.copytree(ROOT, folder / "docs"))
        self.out = self.docs / "_build"
        # What a build starts inherits it, so nothing that it leaves behind can hide.
        self.mark = f"LOSSARY_TEST_MARK={uuid.uuid4()}"
        self.sources = self.read_sources()

    def read_sources(self) -> dict[str, bytes]:
        return {path.name: (self.docs / path.name).read_bytes() for path in ROOT.iterdir()}

    def cell(self, code: str) -> None:
        """Let the second cell of the page `bad` be other code."""
        page = self.docs / "bad.md"
        page.write_text((ROOT / "bad.md").read_text().replace(CELL, code))
        self.sources = self.read_sources()

    def start(self, *options: str, before: Callable[[], None] | None = None) -> "Build":
        return Build(self, options, before)

    def build(self, *options: str, before: Callable[[], None] | None = None) -> "Build":
        return self.start(*options, before=before).end()

    def processes(self) -> list[psutil.Process]:
        """Return all processes that a build of this book has started and that still run."""
        name, _, value = self.mark.partition("=")
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get(name) == value and process.status() != "zombie":
                    found.append(process)
            except psutil.Error:
                continue  # it has ended, or is another user's
        return found

    def check_clean(self) -> None:
        """Check that no process is left, and that no source has changed."""
        wait(lambda: not self.processes(), f"left behind: {self.processes()}", 15)
        assert self.read_sources() == self.sources

    def check_next_is_right(self) -> None:
        """Check that the book is built whole, once nothing is in the way any more."""
        self.cell(CELL)
        build = self.build()
        assert build.code == 0, build.output
        for name in ("good", "bad"):
            page = (self.out / "html" / f"{name}.html").read_text(encoding="utf-8")
            assert re.search(f"the {name} page: *42", re.sub("<[^>]*>", "", page))
        self.check_clean()


class Build:
    """A build that runs."""

    def __init__(
        self, book: Book, options: tuple[str, ...], before: Callable[[], None] | None
    ) -> None:
        self.book = book
        self.output = ""
        command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", *options]
        name, _, value = book.mark.partition("=")
        drop = {"JUPYTER_PATH", "PYTHONPATH"}
        environment = {k: v for k, v in os.environ.items() if k not in drop}
        # Where a disk is full, Python 3.11 leaves bytecode by half, which these tests share.
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        self.process = subprocess.Popen(
            [*command, "-d", book.out / "doctrees", book.docs, book.out / "html"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            errors="replace", bufsize=1, env=environment | {name: value, "PYTHONUNBUFFERED": "1"},
            start_new_session=True, preexec_fn=before,
        )  # fmt: skip
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as stream:
            for line in stream:
                self.output += line

    def says(self, text: str) -> None:
        """Wait until it says something."""
        wait(lambda: text in self.output or self.process.poll() is not None, "", LIMIT)
        assert text in self.output, self.output

    def end(self) -> "Build":
        """Wait until it has ended, and look what it leaves."""
        try:
            self.code = self.process.wait(LIMIT)
        finally:
            self.process.kill()
        self.book.check_clean()
        self.reader.join(LIMIT)
        return self

    def failed(self, *says: str, soup: bool = False) -> "Build":
        """Check that it failed, and said why."""
        assert self.code != 0, self.output
        for text in says:
            assert text in self.output, self.output
        # Sphinx sets a report on itself below the sentence of an error that ends a build at once.
        assert soup or "Traceback" not in self.output, self.output
        return self


def wait(until: Callable[[], bool], problem: str, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, problem
        time.sleep(0.05)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    made = Book(tmp_path)
    yield made
    for process in made.processes():
        process.kill()


HANGS = {
    "in Python": "time.sleep(3600)",
    "deaf to signals": (
        "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))\n"
        "while True: time.sleep(3600)"
    ),
}


@pytest.mark.parametrize("code", HANGS.values(), ids=HANGS.keys())
def test_cell_that_hangs_is_ended_and_named(book: Book, code: str) -> None:
    book.cell(code)
    book.build("-D", "nb_execution_timeout=2").failed("bad.md:14", "longer than 2 s")
    book.check_next_is_right()


DEATHS = {
    "exits": "import os; os._exit(3)",
    "is killed": "import os; os.kill(os.getpid(), 9)",
    "crashes": "import ctypes; ctypes.string_at(0)",
}


@pytest.mark.parametrize(
    ("death", "kernel"), [*((death, "lossary-fork") for death in DEATHS), ("exits", "lossary")]
)
def test_cell_that_ends_its_process_is_named(book: Book, death: str, kernel: str) -> None:
    book.cell(DEATHS[death])
    options = ("-D", f"nb_kernel_rgx_aliases.python3={kernel}")
    book.build(*options).failed("bad.md:14", "a cell ended its process")
    book.check_next_is_right()


@pytest.mark.parametrize("code", ["bytearray(10**8)", "np.ones(10**8)"])
def test_cell_that_fills_the_memory_is_stopped_and_named(book: Book, code: str) -> None:
    # In the end it fails even where nothing stops it.
    book.cell(f"import numpy as np\nparts = [{code} for _ in range(40)]\nassert not parts")
    build = book.build()
    assert build.code != 0
    assert "bad.md:14: WARNING: a cell failed with MemoryError" in build.output
    book.check_next_is_right()


def test_kernel_that_does_not_exist_is_named(book: Book) -> None:
    book.build("-D", "nb_kernel_rgx_aliases.python3=nothing").failed(
        "No such kernel named nothing", soup=True
    )
    book.check_next_is_right()


def begun(book: Book) -> Build:
    """Return a build that is amid a cell of the page `bad`."""
    book.cell("open('begun', 'w').close(); time.sleep(60)")
    build = book.start()
    wait((book.docs / "begun").exists, "no cell has begun", LIMIT)
    (book.docs / "begun").unlink()
    return build


def test_killed_warm_process_ends_the_build(book: Book) -> None:
    build = begun(book)
    (warm,) = (
        process
        for process in psutil.Process(build.process.pid).children()
        if "forkserver" in " ".join(process.cmdline())
    )
    warm.kill()
    build.end().failed("bad.md:14", "a cell ended its process, or the system did")
    book.check_next_is_right()


def test_killed_build_leaves_no_process(book: Book) -> None:
    build = begun(book)
    build.process.kill()
    build.end()
    book.check_next_is_right()


def interrupt(build: Build) -> None:
    """Press Ctrl-C: the terminal sends the signal to the whole group."""
    os.killpg(build.process.pid, signal.SIGINT)


def test_ctrl_c_while_a_cell_runs(book: Book) -> None:
    build = begun(book)
    interrupt(build)
    build.end().failed("Interrupted")
    book.check_next_is_right()


@pytest.mark.parametrize("text", ["running the cells", "reading sources"])
def test_ctrl_c_at_other_times(book: Book, text: str) -> None:
    build = book.start()
    build.says(text)
    interrupt(build)
    build.end().failed("Interrupted")
    book.check_next_is_right()


@pytest.mark.parametrize("size", [100, 1_000, 4_000, 20_000])
def test_full_disk(book: Book, size: int) -> None:
    """A limit on the size of a file stands for a disk without room: it needs no mount."""
    full = (resource.RLIMIT_FSIZE, (size, size))
    book.build(before=lambda: resource.setrlimit(*full)).failed(
        "File too large", "Make room and build again", soup=True
    )
    book.check_next_is_right()


def test_page_that_does_not_fit_on_the_disk(book: Book) -> None:
    (book.out / "html").mkdir(parents=True)
    (book.out / "html" / "bad.html").symlink_to("/dev/full")
    book.build().failed("No space left on device", "bad.html")
    (book.out / "html" / "bad.html").unlink()
    book.check_next_is_right()


@pytest.mark.parametrize("folder", ["", "html", "doctrees", ".execution", "jupyter_execute"])
def test_output_folder_that_cannot_be_written(book: Book, folder: str) -> None:
    """A file in place of the folder: to root, no folder is read-only."""
    place = book.out / folder
    place.parent.mkdir(exist_ok=True)
    place.write_text("")
    build = book.build()
    assert build.code != 0
    assert re.search("exists|not a directory", build.output, re.IGNORECASE), build.output
    place.unlink()
    book.check_next_is_right()


def test_second_build_in_a_tree_waits_for_the_first(book: Book) -> None:
    book.cell(
        "open('begun', 'w').close()\nwhile not __import__('os').path.exists('go'): time.sleep(.1)"
    )
    first = book.start()
    wait((book.docs / "begun").exists, "no cell has begun", LIMIT)
    second = book.start()
    second.says("waiting until it has ended")
    (book.docs / "go").touch()
    assert first.process.wait(LIMIT) == 0, first.output
    assert second.process.wait(LIMIT) == 0, second.output
    second.reader.join(LIMIT)
    assert "running the cells" not in second.output  # it found what the first has run
    for name in ("begun", "go"):
        (book.docs / name).unlink()
    book.check_next_is_right()


def halve(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize(
    "pattern",
    [
        ".execution/*.json", "doctrees/environment.pickle", "doctrees/*.doctree",
        "doctrees/unfinished.json", "jupyter_execute/*.ipynb", "html/*.html",
    ],
)  # fmt: skip
def test_half_written_file_is_made_anew(book: Book, pattern: str) -> None:
    book.check_next_is_right()
    paths = list(book.out.glob(pattern))
    if not paths:
        paths = [book.out / pattern]
        paths[0].write_text('["bad", "go')
    for path in paths:
        halve(path)
    if "html" in pattern:  # what a build that was stopped leaves
        (book.out / "doctrees" / "unfinished.json").write_text('["*"]')
    book.check_next_is_right()


def test_cache_of_another_version_is_not_used(book: Book) -> None:
    book.check_next_is_right()
    path = book.out / "doctrees" / "environment.pickle"
    environment = pickle.loads(path.read_bytes())
    environment.domaindata["lossary"]["version"] -= 1
    environment.domaindata["lossary"]["entries"] = None
    path.write_bytes(pickle.dumps(environment))
    for path in (book.out / ".execution").iterdir():
        path.write_text(path.read_text().replace('"seconds"', '"duration"'))
    book.check_next_is_right()


@pytest.mark.parametrize("days", [-400, 400])
def test_clock_that_is_set_to_another_time(book: Book, days: int) -> None:
    book.cell('print("the bad page:", 6 * 8)')
    assert book.build().code == 0
    then = time.time() + days * 86400
    for path in book.out.rglob("*"):
        os.utime(path, (then, then))
    book.check_next_is_right()
