"""The private parts of Textual and rich that a module touches, found in its source."""

import ast
import importlib
import inspect
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import rich
import textual

PROJECT = Path(__file__).parents[3]
_LIBRARIES = ("textual", "rich")
_OF_AN_INSTANCE = re.compile(r"(?:^[ \t]+(?:async )?def |\bself\.)(_\w+)", re.MULTILINE)


def private_touches(file: Path) -> set[str]:
    """Names of the private parts that this module of ours imports, overrides, reads or sets.

    An attribute of `self` counts where a class of the libraries has it that ours derives from; an attribute of anything
    else counts where any class of the libraries has it and the module does not define it itself.
    """
    module = importlib.import_module(".".join(file.relative_to(PROJECT).with_suffix("").parts))
    return touches_of(ast.parse(file.read_text()), vars(module))


def touches_of(tree: ast.Module, names: dict[str, object]) -> set[str]:
    """The same of a syntax tree, in which these are the names of the module."""
    nodes = list(ast.walk(tree))
    found = set(_imports(nodes)) | _attributes_of_others(nodes)
    for node in nodes:
        if isinstance(node, ast.ClassDef) and isinstance(ours := names.get(node.name), type):
            found |= _names_in(node) & _inherited(ours)
    return found


def _imports(nodes: Sequence[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module:
            imported = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            imported = [alias.name for alias in node.names]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and " " not in node.value:
            imported = [node.value]  # a module that is imported by its name
        else:
            continue
        yield from (
            name
            for name in imported
            if name.startswith(tuple(f"{library}." for library in _LIBRARIES)) and "._" in name
        )


def _attributes_of_others(nodes: Sequence[ast.AST]) -> set[str]:
    defined = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    return {
        node.attr
        for node in nodes
        if isinstance(node, ast.Attribute)
        and _is_private(node.attr)
        and not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls", "os"))
        and node.attr not in defined
        and node.attr in _of_the_libraries()
    }


def _names_in(tree: ast.ClassDef) -> set[str]:
    """Attributes of self and super(), methods, and names that are given as texts, as `getattr` takes them."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (_is_named(node.value, "self", "cls") or _is_super(node.value)):
            found.add(node.attr)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
    return {name for name in found if _is_private(name)}


def _inherited(ours: type) -> set[str]:
    libraries = [base for base in ours.__mro__ if base.__module__.split(".")[0] in _LIBRARIES]
    return set().union(*(_private_names(base) for base in libraries))


@cache
def _private_names(library_class: type) -> frozenset[str]:
    names = frozenset(name for name in vars(library_class) if _is_private(name))
    try:
        source = inspect.getsource(library_class)
    except OSError:  # a class that was made without source
        return names
    return names | _names_of_instances(source)


@cache
def _of_the_libraries() -> frozenset[str]:
    sources = (file.read_text() for library in (textual, rich) for file in Path(library.__path__[0]).rglob("*.py"))
    return frozenset().union(*map(_names_of_instances, sources))


def _names_of_instances(source: str) -> frozenset[str]:
    """Return the private methods and attributes of self in a source; a syntax tree takes ten times as long."""
    return frozenset(name for name in _OF_AN_INSTANCE.findall(source) if _is_private(name))


def _is_named(node: ast.expr, *names: str) -> bool:
    return isinstance(node, ast.Name) and node.id in names


def _is_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name != "_replace"  # every named tuple has it
