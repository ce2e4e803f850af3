"""Print an entry of the glossary: ``python -m lossary kernel``."""

import argparse
import json
import os
import shutil
import sys
from collections.abc import Sequence

from lossary import glossary

WIDEST = 100  # columns: longer lines are hard to read


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return 0, 1 where there is nothing to show, 2 without a question."""
    parser = argparse.ArgumentParser(
        prog="python -m lossary",
        description="Print an entry of the glossary.",
        epilog="Letter case, hyphens and underscores do not matter: mini-batch is mini_batch.",
    )
    parser.add_argument("term", nargs="*", help="a headword or another name, such as from_logits")
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")
    parser.add_argument(
        "--list", nargs="?", const="", metavar="PREFIX", help="list the names with that beginning"
    )
    options = parser.parse_args(arguments)
    if options.list is None and not any(options.term):
        parser.print_help(sys.stderr)
        return 2
    if options.list is not None and options.term:
        parser.error(f"--list takes one prefix, got {options.term} besides; quote a longer one")
    # A terminal without a letter gets its number. In a string of JSON that is the letter too.
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        if options.list is not None:
            return _list(options.list, options.json)
        found = glossary.define(" ".join(options.term))
    except LookupError as error:
        print(error.args[0], file=sys.stderr)
        return 1
    if options.json:
        _print_json({"address": found.site, **found.data} if found.site else found.data)
    else:
        width = min(shutil.get_terminal_size((88, 24)).columns, WIDEST)
        print(found.text(width, _bold if _colorful() else str))
    return 0


def _print_json(data: object) -> None:
    unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    print(json.dumps(data, indent=1, ensure_ascii=not unicode))


def _colorful() -> bool:
    """Tell whether the terminal is one, and its user has not declined (https://no-color.org)."""
    declined = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return sys.stdout.isatty() and not declined


def _bold(text: str) -> str:
    return f"\x1b[1m{text}\x1b[0m"


def _list(prefix: str, as_json: bool) -> int:
    start = glossary.fold(prefix)
    found = {
        name: entry["term"]
        for entry in glossary.load()["entries"]
        for name in (entry["term"], *entry["aliases"])
        if glossary.fold(name).startswith(start)
    }
    found = {name: found[name] for name in sorted(found, key=str.casefold)}
    if as_json:
        _print_json(found)
    else:
        for name, term in found.items():
            print(name if name == term else f"{name} (see {term})")
    if not found:
        print(f"No name begins with {prefix!r}.", file=sys.stderr)
    return 0 if found else 1


def run() -> int:
    """Run the command line in a pipe that may close early, as that to ``head`` does."""
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        # Python would flush once more at its end, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 141  # what a shell says of a program that a closed pipe ended
    return code


if __name__ == "__main__":
    sys.exit(run())
