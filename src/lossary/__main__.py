"""Print an entry of the glossary: ``python -m lossary kernel``."""

import argparse
import json
import sys
from collections.abc import Sequence

from lossary import glossary


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return 0, or 1 where there is nothing to show."""
    parser = argparse.ArgumentParser(prog="python -m lossary", description=__doc__)
    parser.add_argument("term", nargs="*", help="a headword or another name, such as from_logits")
    parser.add_argument("--json", action="store_true", help="print the entry as JSON")
    parser.add_argument(
        "--list", nargs="?", const="", metavar="PREFIX", help="list the names with that beginning"
    )
    options = parser.parse_args(arguments)
    if options.list is None and not options.term:
        parser.error("name a term, or list all with --list")
    try:
        if options.list is not None:
            return _list(options.list)
        found = glossary.define(" ".join(options.term))
    except LookupError as error:
        print(error.args[0], file=sys.stderr)
        return 1
    print(json.dumps(found.data, indent=1, ensure_ascii=False) if options.json else found)
    return 0


def _list(prefix: str) -> int:
    start = glossary.fold(prefix)
    found = {
        name: entry["term"]
        for entry in glossary.load()["entries"]
        for name in (entry["term"], *entry["aliases"])
        if glossary.fold(name).startswith(start)
    }
    for name in sorted(found, key=str.casefold):
        print(name if name == found[name] else f"{name} (see {found[name]})")
    if not found:
        print(f"No name begins with {prefix!r}.", file=sys.stderr)
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
