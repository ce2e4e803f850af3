"""What runs again after a change, counted page by page; and nothing stale, whatever was touched."""

import io
import os
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from sphinx.application import Sphinx
from sphinx.util.console import strip_escape_sequences
from sphinx.util.docutils import docutils_namespace, patch_docutils

import lossary_book
from lossary_book import execution, kernel, store

ROOT = Path(__file__).parent / "roots" / "cells"
PAGES = {"data", "losses", "relu"}


class Book:
    """A copy of a small book, and of the sources that its cells import."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.docs = folder / "docs"
        self.src = folder / "src"
        self.out = self.docs / "_build"
        self.ran: list[str] = []
        self.warnings: list[str] = []
        shutil.copytree(ROOT, self.docs)
        skip = shutil.ignore_patterns("__pycache__")
        for package in ("lossary", "lossary_book"):
            source = Path(lossary_book.__file__).parents[1] / package
            shutil.copytree(source, self.src / package, ignore=skip)
        monkeypatch.setattr(kernel, "SOURCES", self.src)
        run = execution._run

        async def counted(config, digests, page, cells):
            self.ran.append(page.docname)
            return await run(config, digests, page, cells)

        monkeypatch.setattr(execution, "_run", counted)

    def build(self, fresh: bool = False, everything: bool = False, out: Path | None = None) -> set:
        """Build, and return the pages whose cells ran."""
        out = out or self.out
        self.ran.clear()
        warnings = io.StringIO()
        with patch_docutils(self.docs), docutils_namespace():
            app = Sphinx(
                self.docs, self.docs, out / "html", out / "doctrees", "html",
                status=None, warning=warnings, freshenv=fresh,
            )  # fmt: skip
            app.build(force_all=everything)
        self.warnings = strip_escape_sequences(warnings.getvalue()).splitlines()
        assert len(self.ran) == len(set(self.ran))
        return set(self.ran)

    def page(self, name: str) -> str:
        return (self.out / "html" / f"{name}.html").read_text(encoding="utf-8")

    def edit(self, path: str, old: str, new: str) -> None:
        file = self.docs.parent / path
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))

    def files(self, out: Path) -> dict[str, bytes]:
        html = out / "html"
        # Sphinx writes into these when it built or what it was built with.
        skip = {".buildinfo", ".buildinfo.bak"}
        return {
            path.relative_to(html).as_posix(): path.read_bytes()
            for path in html.rglob("*")
            if path.is_file() and path.name not in skip
        }

    def check_like_new(self) -> None:
        """Check that the site is, byte for byte, what a build from nothing gives."""
        cold = self.docs.parent / "cold"
        shutil.rmtree(cold, ignore_errors=True)
        self.build(out=cold)
        new, old = self.files(cold), self.files(self.out)
        assert {name for name in new if old.get(name) != new[name]} == set()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of a folder in which a book was built."""
    folder = tmp_path_factory.mktemp("book")
    with pytest.MonkeyPatch.context() as monkeypatch:
        book = Book(folder / "place", monkeypatch)
        assert book.build() == PAGES
        assert book.warnings == []
    return Path(shutil.copytree(folder / "place", folder / "built"))


@pytest.fixture
def book(built: Path, without_pollution: None, monkeypatch: pytest.MonkeyPatch) -> Book:
    """Return a book that was built where it lies: Sphinx reads all of one that was moved."""
    place = built.with_name("place")
    shutil.rmtree(place)
    book = Book(place, monkeypatch)
    shutil.rmtree(place)
    shutil.copytree(built, place)
    return book


def test_nothing_changed_runs_nothing_and_reads_nothing(book: Book) -> None:
    before = {p: p.stat().st_mtime_ns for p in (book.out / "doctrees").rglob("*.doctree")}
    assert book.build() == set()
    assert before == {p: p.stat().st_mtime_ns for p in (book.out / "doctrees").rglob("*.doctree")}


def test_changed_sentence_runs_nothing(book: Book) -> None:
    book.edit("docs/relu.md", "A sentence.", "Another sentence.")
    assert book.build() == set()
    assert "Another sentence." in book.page("relu")
    assert "relu 0.0 2.5" in book.page("relu")
    book.check_like_new()


def test_changed_cell_runs_its_page(book: Book) -> None:
    book.edit("docs/relu.md", "2.5", "3.5")
    assert book.build() == {"relu"}
    assert "relu 0.0 3.5" in book.page("relu")
    book.edit("docs/relu.md", "3.5", "2.5")
    assert book.build() == set()  # its run is still there
    assert "relu 0.0 2.5" in book.page("relu")


@pytest.mark.parametrize(
    ("module", "pages"),
    [
        ("activations", {"relu"}),
        ("losses", {"losses"}),
        ("softmax", {"losses"}),  # through lossary.losses
        ("_checks", {"losses", "relu"}),
        ("__init__", {"losses", "relu"}),
        ("dense", set()),
        ("glossary", set()),
    ],
)
def test_changed_module_runs_the_pages_that_load_it(
    book: Book, module: str, pages: set[str]
) -> None:
    path = book.src / "lossary" / f"{module}.py"
    before = path.read_text()
    path.write_text(before + "\n# another version\n")
    assert book.build() == pages
    assert book.build() == set()
    path.write_text(before)
    assert book.build() == set()  # as when a branch is switched and back


def test_changed_module_changes_what_is_shown(book: Book) -> None:
    book.edit("src/lossary/activations.py", "np.maximum(", "7 + np.maximum(")
    assert book.build() == {"relu"}
    assert "relu 7.0 9.5" in book.page("relu")
    book.check_like_new()


@pytest.mark.parametrize("module", ["model", "pages", "execution", "store", "__init__"])
def test_changed_machinery_runs_nothing(book: Book, module: str) -> None:
    path = book.src / "lossary_book" / f"{module}.py"
    path.write_text(path.read_text() + "\n# another version\n")
    assert book.build() == set()


def test_changed_kernel_runs_all(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    launch = book.src / "lossary_book" / "launch.py"
    launch.write_text(launch.read_text() + "\n# another version\n")
    monkeypatch.setattr(store, "LAUNCH", launch)
    store.how.cache_clear()
    assert book.build() == PAGES
    store.how.cache_clear()


def test_changed_package_runs_the_pages_that_load_it(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = store.installed()
    assert {"numpy", "ipykernel"} <= now.keys()
    monkeypatch.setattr(store, "installed", lambda: {**now, "numpy": "0"})
    assert book.build() == PAGES  # matplotlib's backend, which every kernel loads, loads NumPy
    assert book.build() == set()
    monkeypatch.setattr(store, "installed", lambda: {**now, "numpy": "0", "pytest": "0"})
    assert book.build() == set()


def test_changed_data_runs_the_page_that_read_it(book: Book) -> None:
    (book.docs / "data.txt").write_text("two\n")
    assert book.build() == {"data"}
    assert "data two" in book.page("data")


@pytest.mark.parametrize("gone", ["doctrees", "html", "jupyter_execute", ".execution"])
def test_deleted_folder_runs_only_what_is_lost(book: Book, gone: str) -> None:
    shutil.rmtree(book.out / gone)
    assert book.build() == set()  # without the runs, all pages are still there as they were read
    book.check_like_new()


def test_all_deleted_runs_all(book: Book) -> None:
    shutil.rmtree(book.out)
    assert book.build() == PAGES


def test_deleted_runs_and_doctrees_run_all(book: Book) -> None:
    shutil.rmtree(book.out / ".execution")
    shutil.rmtree(book.out / "doctrees")
    assert book.build() == PAGES
    book.check_like_new()


def test_deleted_run_and_changed_sentence_run_the_page(book: Book) -> None:
    shutil.rmtree(book.out / ".execution")
    book.edit("docs/relu.md", "A sentence.", "Another sentence.")
    assert book.build() == {"relu"}


@pytest.mark.parametrize(
    "name",
    [
        "relu.html",
        "glossary.json",
        "_static/search-data.js",
        "objects.inv",
        "_static/lossary-math.woff2",
    ],
)
def test_deleted_file_of_the_site_comes_back(book: Book, name: str) -> None:
    path = book.out / "html" / name
    before = path.read_bytes()
    path.unlink()
    assert book.build() == set()
    assert path.read_bytes() == before


def test_pages_of_the_source_show_the_contents_of_this_build(book: Book) -> None:
    api = book.docs / "api.md"
    function = "\n\n```{eval-rst}\n.. autofunction:: lossary.relu\n```\n"
    extensions = '"sphinx.ext.autodoc", "sphinx.ext.viewcode"'
    book.edit("docs/conf.py", '"myst_nb"', f'"myst_nb", {extensions}')
    book.edit("docs/index.md", "prose\n", "prose\napi\n")
    api.write_text(f"# Reference{function}")
    book.build()
    source = "_modules/lossary/activations"
    assert "Another name" not in book.page(source)
    api.write_text(f"# Another name{function}")
    book.build()
    assert "Another name" in book.page(source)
    book.check_like_new()


def test_touched_files_run_nothing(book: Book) -> None:
    later = time.time() + 5
    for path in [*book.docs.glob("*.*"), *book.src.rglob("*.py"), *book.out.rglob("*.*")]:
        os.utime(path, (later, later))
    assert book.build() == set()
    book.check_like_new()


def test_file_with_an_old_time_is_seen(book: Book) -> None:
    for path, old, new in [
        ("docs/prose.md", "See", "Look at"),
        ("docs/relu.md", "2.5", "4.5"),
        ("src/lossary/losses.py", '"""', '"""About '),
    ]:
        book.edit(path, old, new)
        os.utime(book.docs.parent / path, (1, 1))
    assert book.build() == {"losses", "relu"}
    assert "Look at" in book.page("prose")


def test_renamed_page_runs_nothing(book: Book) -> None:
    (book.docs / "relu.md").rename(book.docs / "rectified.md")
    book.edit("docs/index.md", "relu", "rectified")
    assert book.build() == set()
    assert "relu 0.0 2.5" in book.page("rectified")


def test_moved_label_is_followed(book: Book) -> None:
    book.edit("docs/relu.md", "(cell-relu)=\n\n", "")
    book.edit("docs/losses.md", "```{code-cell}", "(cell-relu)=\n\n```{code-cell}")
    assert book.build() == set()
    assert "losses.html#cell-relu" in book.page("prose")


def test_section_moved_to_a_page_that_is_read_earlier_is_followed(book: Book) -> None:
    section = "\n(a-place)=\n\n## Place\n"
    for page in ("relu", "losses"):  # Sphinx reads them the other way around
        with (book.docs / f"{page}.md").open("a") as file:
            file.write(section)
        if page == "losses":
            book.edit("docs/relu.md", section, "")
        assert book.build() == set()
        assert book.warnings == []


def test_changed_heading_is_followed(book: Book) -> None:
    book.edit("docs/losses.md", "# Losses", "# All losses")
    assert book.build() == set()
    book.check_like_new()


def test_failed_page_runs_again_until_it_is_mended(book: Book) -> None:
    book.edit("docs/relu.md", "lossary.relu(2.5)", "lossary.relu(nothing)")
    for _ in range(2):
        assert book.build() == {"relu"}
        assert any("NameError" in line for line in book.warnings)
        assert "NameError" in book.page("relu")
    book.edit("docs/relu.md", "lossary.relu(nothing)", "lossary.relu(2.5)")
    assert book.build() == set()
    assert book.warnings == []
    book.check_like_new()


def test_page_that_hides_what_its_cells_loaded_runs_again_until_it_is_mended(book: Book) -> None:
    cell, hides = "import lossary\n", "import lossary\nimport lossary_book.launch as launch\n"
    book.edit("docs/relu.md", cell, f"{hides}launch.report = None\n")
    for _ in range(2):
        assert book.build() == {"relu"}
        (warning,) = (line for line in book.warnings if "could not say what the cells" in line)
        assert "relu.md:" in warning
    book.edit("docs/relu.md", f"{hides}launch.report = None\n", cell)
    assert book.build() == set()
    assert book.warnings == []


def test_page_saved_while_its_cells_run_is_right_in_the_next_build(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    before_reading = execution.before_reading

    def saved(*arguments: Any) -> None:
        before_reading(*arguments)
        book.edit("docs/relu.md", "3.5", "4.5")

    book.edit("docs/relu.md", "2.5", "3.5")
    with monkeypatch.context() as patch:
        patch.setattr(execution, "before_reading", saved)
        assert book.build() == {"relu"}
    assert book.build() == {"relu"}
    assert "relu 0.0 4.5" in book.page("relu")
    book.check_like_new()


def test_build_stopped_while_it_writes_is_made_good(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    book.edit("src/lossary/activations.py", "np.maximum(", "7 + np.maximum(")

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("sphinx.builders.html.StandaloneHTMLBuilder.write_doc", stop)
        with pytest.raises(KeyboardInterrupt):
            book.build()
    assert book.build() == set()
    assert "relu 7.0 9.5" in book.page("relu")
    book.check_like_new()


def test_options_of_sphinx_run_nothing(book: Book) -> None:
    assert book.build(fresh=True) == set()
    assert book.build(everything=True) == set()


def test_cells_are_left_alone_where_execution_is_off(book: Book) -> None:
    book.edit("docs/conf.py", '"cache"', '"off"')
    assert book.build() == set()
    assert "2.5</" not in book.page("relu").partition("cell_output")[2]
    book.edit("docs/conf.py", '"off"', '"cache"')
    assert book.build() == set()
    assert "relu 0.0 2.5" in book.page("relu")


def test_runs_of_pages_are_kept_and_the_oldest_others_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "KEPT", 1)
    runs = store.Store(tmp_path / "runs", store.Digests(tmp_path))
    keys = {name: name * 32 for name in "abcd"}
    for age, (name, key) in enumerate(keys.items()):
        runs.save(key, store.Run(name, [1.0], []))
        (path,) = runs.folder.glob(f"{key}-*")
        os.utime(path, (age, age))
    runs.used = {keys["a"]: runs.used[keys["a"]]}
    runs.prune([keys["b"]])
    runs.save("e" * 32, store.Run("e", [1.0], [], error="stopped"))  # not kept on disk
    assert {path.name[0] for path in runs.folder.iterdir()} == {"a", "b", "d"}
