"""What a cell claims and which names it uses, read off its source. Pure functions, no Sphinx."""

import ast
import builtins
import functools
from collections.abc import Iterator, Set

# Spellings of one thing: the left side is rewritten to the right side before names are compared.
SAME_MODULE = {
    "tf": "tensorflow",
    "np": "numpy",
    "plt": "matplotlib.pyplot",
    "tensorflow.keras": "keras",
}
BUILTINS = frozenset(dir(builtins))
# Methods that change a list, a dict or a set in place.
CHANGES = {
    "add", "append", "clear", "difference_update", "discard", "extend", "insert",
    "intersection_update", "pop", "popitem", "remove", "reverse", "setdefault", "sort",
    "symmetric_difference_update", "update",
}  # fmt: skip


@functools.lru_cache(maxsize=8192)  # each entry that a cell proves asks for it, and each check
def parse(source: str) -> ast.Module:
    """Parse a cell, leaving out lines that only IPython reads (``%matplotlib inline``, ``!ls``).

    A cell that is no Python claims nothing: it fails when it runs, and is reported for that.
    """
    lines = ["" if line.startswith(("%", "!")) else line for line in source.splitlines()]
    try:
        return ast.parse("\n".join(lines))
    except SyntaxError:
        return ast.Module(body=[], type_ignores=[])


def asserts(tree: ast.Module) -> list[ast.Assert]:
    """Return the asserts that run when the cell runs: not those inside a def, an if or a try."""

    def walk(body: list[ast.stmt]) -> Iterator[ast.Assert]:
        for statement in body:
            if isinstance(statement, ast.Assert):
                yield statement
            elif isinstance(statement, ast.For | ast.With):
                yield from walk(statement.body)

    return list(walk(tree.body))


def constant_asserts(tree: ast.Module, constants: Set[str]) -> list[int]:
    """Return the lines of asserts that hold whatever the code under test does.

    ``constants`` are the builtins, and the names that cells before this one bound to literals.
    """
    known = literals(tree, constants)
    return sorted(
        statement.lineno
        for statement in ast.walk(tree)
        if isinstance(statement, ast.Assert) and _always(statement.test, known)
    )


def literals(tree: ast.Module, before: Set[str]) -> set[str]:
    """Return the names bound to literals alone, such as ``m = 10``, once the cell has run.

    A list that is filled later is computed: ``rows = []``, then ``rows.append(...)`` in a loop.
    """
    literal = set(before)
    computed: set[str] = set()
    for statement in tree.body:
        for name, value in _bindings(statement):
            fixed = value is not None and _constant(value, literal)
            (literal if fixed else computed).add(name)
        if not (isinstance(statement, ast.Expr) and _constant(statement, literal)):
            computed.update(_changed(statement))
    return literal - computed


def _bindings(statement: ast.stmt) -> Iterator[tuple[str, ast.expr | None]]:
    """Yield (name, value) for every name that a statement binds; None where no one value is."""
    if isinstance(statement, ast.Assign):
        for target in statement.targets:
            yield from _pairs(target, statement.value)
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        yield from _pairs(statement.target, statement.value)
    else:
        for node in ast.walk(statement):
            match node:
                case ast.Name(id=name, ctx=ast.Store()):
                    yield name, None
                case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                    yield name, None
                case ast.alias(name=name, asname=asname):
                    yield asname or name.partition(".")[0], None


def _changed(statement: ast.stmt) -> Iterator[str]:
    """Yield the names of the lists, dicts and sets that a statement changes in place."""
    for node in ast.walk(statement):
        match node:
            case ast.Call(func=ast.Attribute(value=owner, attr=method)) if method in CHANGES:
                pass
            case ast.Subscript(value=owner, ctx=ast.Store() | ast.Del()):
                pass
            case _:
                continue
        while isinstance(owner, ast.Subscript | ast.Attribute):
            owner = owner.value
        if isinstance(owner, ast.Name):
            yield owner.id


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr | None]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple | ast.List):
        parts = value.elts if isinstance(value, ast.Tuple | ast.List) else [value]
        if len(parts) != len(target.elts):
            parts = [value] * len(target.elts)
        for one, part in zip(target.elts, parts, strict=True):
            yield from _pairs(one, part)
    else:  # x[0] = ... and x.a = ... change a value that has a name already
        for node in ast.walk(target):
            if isinstance(node, ast.Name):
                yield node.id, None


def _always(test: ast.expr, constants: Set[str]) -> bool:
    """Tell whether a test cannot fail: a literal, a full tuple, ``x == x``, ``... or True``."""
    match test:
        case ast.Tuple(elts=[_, *_]) | ast.List(elts=[_, *_]):  # assert (x == 1, "message")
            return True
        case ast.Set() | ast.Dict(keys=[_, *_]):
            return True
        case ast.GeneratorExp() | ast.Lambda():  # assert (x == 1 for x in xs), without all
            return True
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or):
        return any(_always(value, constants) for value in test.values)
    if isinstance(test, ast.BoolOp):
        return all(_always(value, constants) for value in test.values)
    if isinstance(test, ast.Compare):
        sides = [test.left, *test.comparators]
        reflexive = isinstance(test.ops[0], ast.Eq | ast.Is | ast.LtE | ast.GtE)
        if len(sides) == 2 and reflexive and ast.dump(sides[0]) == ast.dump(sides[1]):
            return True
    return _constant(test, constants)


def _constant(node: ast.AST, constants: Set[str]) -> bool:
    """Tell whether an expression is made of literals, literal names and builtins alone."""
    if isinstance(node, ast.Name):
        return node.id in constants
    if isinstance(node, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        names = [n for n in ast.walk(node) if isinstance(n, ast.Name)]
        bound = {n.id for n in names if isinstance(n.ctx, ast.Store)}
        bound |= {n.arg for n in ast.walk(node) if isinstance(n, ast.arg)}
        return all(n.id in constants | bound for n in names)
    return all(_constant(child, constants) for child in ast.iter_child_nodes(node))


def used_names(tree: ast.Module) -> set[str]:
    """Return every identifier, attribute, keyword and string that a cell uses."""
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                names.add(name)
            case ast.keyword(arg=str(name)) | ast.Constant(value=str(name)):
                names.add(name)
            case ast.Constant(value=None):
                names.add("None")
            case ast.alias(name=name):
                names.update(name.split("."))
    return names


def imports(tree: ast.Module, before: dict[str, str] | None = None) -> dict[str, str]:
    """Return what imports bind once a cell has run: ``{"tf": "tensorflow"}``.

    A short name given to something imported counts, as in ``losses = tf.keras.losses``.
    """
    bound = dict(before or {})
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                bound[name] = alias.name if alias.asname else name
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                bound[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Assign):
            base, _, rest = _dotted(node.value).partition(".")
            for target in node.targets:
                if base in bound and isinstance(target, ast.Name):
                    bound[target.id] = f"{bound[base]}.{rest}".rstrip(".")
    return bound


def used_code(tree: ast.Module, imported: dict[str, str]) -> set[str]:
    """Return the full dotted names that a cell reaches through what was imported."""
    used = set()
    for node in ast.walk(tree):
        dotted = _dotted(node)
        if dotted:
            base, _, rest = dotted.partition(".")
            if base in imported:
                used.add(canonical(f"{imported[base]}.{rest}".rstrip(".")))
    return used


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        base = _dotted(node.value)
        return f"{base}.{node.attr}" if base else ""
    return ""


def canonical(dotted: str) -> str:
    """Return one spelling for one thing: ``tf.keras.layers.Dense`` is ``keras.layers.Dense``."""
    for short, full in SAME_MODULE.items():
        if dotted == short or dotted.startswith(short + "."):
            dotted = full + dotted[len(short) :]
    return dotted


def uses(claimed: str, tree: ast.Module, imported: dict[str, str]) -> bool:
    """Tell whether a cell uses the code ``claimed``; of a method, the name is enough."""
    path = canonical(claimed)
    if path in used_code(tree, imported):
        return True
    owner, _, name = path.rpartition(".")
    is_member = owner.rpartition(".")[2][:1].isupper()
    return is_member and any(
        isinstance(node, ast.Attribute) and node.attr == name for node in ast.walk(tree)
    )
