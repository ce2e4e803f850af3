"""Build and check the book: ``nox -s docs``, ``nox -s tests``; ``nox -l`` lists the rest."""

import hashlib
import os
import re
import shutil
import sys
from pathlib import Path

import nox

ROOT = Path(__file__).parent
BUILD = ROOT / "docs" / "_build"
# One environment for all sessions, so that TensorFlow is installed once.
ENV = ROOT / ".nox" / f"python{sys.version_info.major}.{sys.version_info.minor}"
BIN = "Scripts/python.exe" if os.name == "nt" else "bin/python"
PYTHON = str(ENV / BIN)
PINNED = "--constraint=constraints.txt"
# Their versions stand here, since SymPy below PyTorch needs another mpmath than the tests do.
# On Linux, PyTorch's wheel without GPU code; CONTRIBUTING.md says where it is.
PYTORCH_AND_JAX = [f"torch==2.13.0{'+cpu' * (sys.platform == 'linux')}", "jax==0.10.2"]
GROUPS = ("docs", "test", "browser", "lint", "live", "mutants")
# The benchmarks that make a record each, in the order in which they run.
FIGURES = ("accuracy", "speed", "build", "live", "scale")

# The README puts nox and virtualenv on PYTHONPATH. What runs in the environment must not see them.
TOOLS = os.environ.pop("PYTHONPATH", None)
# With this variable set, Python compiles TensorFlow anew at each import.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

nox.options.default_venv_backend = "none"
nox.options.sessions = ["lint", "docs", "doctest", "tests"]


def python(session: nox.Session, *args: str | Path) -> None:
    """Run the shared environment's Python; make or renew the environment first if it is due."""
    groups = (f"--group={group}" for group in GROUPS)
    install = (PINNED, "--build-constraint=constraints.txt", *groups, "--editable", ".[book]")
    # An editable install holds the folder's path.
    environment(session, ENV, *install, depends=(ROOT, "pyproject.toml", "constraints.txt"))
    session.run(PYTHON, *map(str, args))


def environment(
    session: nox.Session, env: Path, *install: str, depends: tuple[str | Path, ...]
) -> str:
    """Return the Python of an environment with what pip installs; make it anew when that changed.

    ``depends`` are files whose content decides, and folders whose place does.
    """
    interpreter, stamp = str(env / BIN), env / "lossary-installed"
    current = hashlib.sha256(f"{sys.version} {sys.base_prefix} {install}".encode())
    for path in map(Path, depends):
        current.update(path.read_bytes() if path.is_file() else bytes(path))
    if not stamp.exists() or stamp.read_text() != current.hexdigest():
        stamp.unlink(missing_ok=True)
        session.log(f"Installing into {env}, which takes minutes the first time.")
        make = ("-m", "virtualenv", "--quiet", "--no-periodic-update", str(env))
        session.run(sys.executable, *make, env={"PYTHONPATH": TOOLS})
        pip = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile")
        session.run(interpreter, *pip, *install)
        # pip compiles on one core, this on all. 1: a package may hold a file that is not meant to.
        session.run(interpreter, "-m", "compileall", "-qq", "-j0", str(env), success_codes=[0, 1])
        stamp.write_text(current.hexdigest())
    return interpreter


def sphinx(session: nox.Session, builder: str, *options: str | Path) -> Path:
    """Build the book with one of Sphinx's builders and return the output folder."""
    # Beside its output folder myst-nb writes notebooks: those of the site are not to be replaced
    # by others that did not run.
    out = BUILD / builder if builder == "html" else BUILD / "others" / builder
    python(session, "-m", "sphinx", "-b", builder, *options, "docs", out)
    return out


def html(session: nox.Session) -> Path:
    """Build the site; every warning is an error, an unresolved reference too."""
    strict = ("-n", "-W", "--keep-going")
    return sphinx(session, "html", *strict, "-d", BUILD / "doctrees") / "index.html"


def text_only(builder: str) -> tuple[str | Path, ...]:
    """Return options that run no cells, with doctrees apart from those of the site."""
    # Cells that do not run have no output and prove nothing, of which there is much to warn.
    quiet = "suppress_warnings=docutils,lossary.*,myst.*,mystnb.*"
    return ("-D", "nb_execution_mode=off", "-D", quiet, "-d", BUILD / f"doctrees-{builder}")


@nox.session
def docs(session: nox.Session) -> None:
    """Run the cells and build the site."""
    index = html(session)
    session.log(f"The site: {index}")


@nox.session
def live(session: nox.Session) -> None:
    """Serve the site; show in the open page what was just saved (``-- --port 8001``)."""
    folders = ("docs", BUILD / "html", BUILD / "doctrees")
    python(session, "-m", "lossary_book.live", *session.posargs, *folders)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests, or those that are named: ``nox -s tests -- tests/lossary/test_softmax.py``."""
    if session.posargs:
        python(session, "-m", "pytest", *session.posargs)
        return
    html(session)
    python(session, "-m", "pytest", "-m", "not browser and not notebooks", "-n2")


@nox.session
def doctest(session: nox.Session) -> None:
    """Run the examples of the docstrings, of the book and of the README."""
    python(session, "-m", "pytest", "--doctest-modules", "src/lossary")
    # Docstrings ran above; what is left are the pages' own doctest directives.
    sphinx(session, "doctest", "-D", "doctest_test_doctest_blocks=", *text_only("doctest"))
    readme = (ROOT / "README.md").read_text("utf-8")
    for example in re.findall(r"^```python\n(.*?)^```", readme, re.MULTILINE | re.DOTALL):
        python(session, "-c", example)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, formatting and types."""
    python(session, "-m", "ruff", "check")
    python(session, "-m", "ruff", "format", "--check")
    python(session, "-m", "mypy")


@nox.session
def links(session: nox.Session) -> None:
    """Check the links and anchors inside the site; with ``-- --external`` those that leave it."""
    if "--external" in session.posargs:
        sphinx(session, "linkcheck", *text_only("linkcheck"))
        return
    html(session)
    python(session, "-m", "pytest", "tests/book/test_links.py")


@nox.session
def notebooks(session: nox.Session) -> None:
    """Run every notebook from top to bottom, in an environment that has no Sphinx."""
    html(session)
    wheels = BUILD / "wheel"
    python(
        session, "-m", "hatchling", "build", "--target", "wheel", "--clean", "--directory", wheels
    )
    found = tuple(map(str, wheels.glob("*.whl")))
    own = ENV.with_name(f"{ENV.name}-notebooks")
    shutil.rmtree(own, ignore_errors=True)  # nothing in it but what a reader installs
    interpreter = environment(session, own, PINNED, "--group=notebooks", *found, depends=found)
    os.environ["LOSSARY_NOTEBOOK_PYTHON"] = interpreter
    python(session, "-m", "pytest", "-n2", "-m", "notebooks", "tests/book", *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """Demand that the tests of each package take every line and every branch of it."""
    html(session)
    whole = "tests/book/test_same_bytes.py"  # a cold build of this book
    for package, files in {
        "lossary": ("tests/lossary", "tests/test_wheel.py"),
        "lossary_book": ("tests/lossary_book", whole),
    }.items():
        together = ("-n2", "--dist=worksteal", f"--cov={package}")
        python(session, "-m", "pytest", *together, *files, *session.posargs)


@nox.session
def versions(session: nox.Session) -> None:
    """Run tests and evidence with older TensorFlows: the pages that changed, or ``-- --all``."""
    work = BUILD / "versions"
    python(session, "-m", "benchmarks.versions", "cells", work, *session.posargs)
    environments = {"2.21": PYTHON}  # that of the constraints
    for pins in sorted((ROOT / "benchmarks" / "pins").glob("tensorflow-*.txt")):
        older = environment(
            session, ENV.with_name(pins.stem), "--no-deps", f"-r{pins}", depends=(pins,)
        )
        environments[pins.stem.removeprefix("tensorflow-")] = older
    for version, interpreter in environments.items():
        out = str(work / f"{version}.json")
        session.run(interpreter, "benchmarks/run_cells.py", str(work / "cells.json"), out)
        # Other versions warn of other things; a test that fails is counted in the record.
        test = ("-m", "pytest", "-q", "-n2", "-W", "default", "-p", "no:cacheprovider")
        report = f"--junit-xml={work / version}.xml"
        path = {"PYTHONPATH": str(ROOT / "src")}
        session.run(interpreter, *test, report, "tests/lossary", env=path, success_codes=[0, 1])
    python(session, "-m", "benchmarks.versions", "record", work)


@nox.session
def mutants(session: nox.Session) -> None:
    """Break each function of lossary in every way that mutmut knows: tests and book must see it.

    ``-- NAME`` tests a mutant again, or with ``*`` in it many, and keeps what came of the others.
    """
    found = ROOT / "mutants"
    if not session.posargs:  # mutmut keeps what it found with the tests of another day
        shutil.rmtree(found, ignore_errors=True)
    (found / "mutmut-stats.json").unlink(missing_ok=True)  # and which tests there were
    python(session, "-m", "mutmut", "run", *session.posargs)
    python(session, "-m", "benchmarks.mutants")


def with_pytorch_and_jax(session: nox.Session) -> str:
    """Return the Python of an environment that has PyTorch and JAX besides."""
    python(session, "-m", "pip", "--version")  # the shared environment is there
    # What is installed here comes before the packages of the shared environment, and leaves them.
    own = ENV.with_name(f"{ENV.name}-names")
    make = ("-m", "virtualenv", "--quiet", "--no-periodic-update", str(own))
    session.run(sys.executable, *make, env={"PYTHONPATH": TOOLS})
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    shared = session.run(PYTHON, "-c", ask, silent=True).strip()
    folder = Path(session.run(str(own / BIN), "-c", ask, silent=True).strip())
    (folder / "shared.pth").write_text(f"import site; site.addsitedir({shared!r})\n")
    for package in PYTORCH_AND_JAX:
        install = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", package)
        try:
            session.run(str(own / BIN), *install)
        except nox.command.CommandFailed:
            session.warn(f"{package} cannot be installed here. What needs it is skipped.")
    return str(own / BIN)


@nox.session
def names(session: nox.Session) -> None:
    """Check the names and values of PyTorch and JAX, in an environment of their own."""
    own = with_pytorch_and_jax(session)
    session.run(own, "-m", "pytest", "-rs", "-m", "names", "tests/names", *session.posargs)


@nox.session
def figures(session: nox.Session) -> None:
    """Measure what the book shows as recorded, on a quiet machine; one: ``-- accuracy``."""
    for name in session.posargs or FIGURES:
        if name == "accuracy":  # the only one that asks PyTorch and JAX
            session.run(with_pytorch_and_jax(session), "-m", f"benchmarks.{name}")
        else:
            python(session, "-m", f"benchmarks.{name}")


@nox.session
def browser(session: nox.Session) -> None:
    """Use the site in Chromium: search, previews, keyboard, axe, print, the weight of pages."""
    if not os.environ.get("CHROMIUM") and not shutil.which("chromium"):
        session.error(
            "No Chromium found. Install it (Debian, Ubuntu: apt-get install chromium), "
            "or name the program in the variable CHROMIUM"
        )
    html(session)
    together = ("-n2", "--dist=loadfile")  # what one page is opened for, one process tests
    python(session, "-m", "pytest", "-m", "browser", *together, *session.posargs)
