"""The desk reaches the disk through one module: what ruff cannot see, because a method has no import."""

import ast
from pathlib import Path

DESK = Path(__file__).parents[2] / "pbtui" / "desk"
DISK = DESK / "storage" / "disk.py"
OF_DISK = DESK / "storage" / "lost_link.py"
"""A part of the disk's module, for it alone."""
FILE_METHODS = frozenset(
    {
        *("open", "read_bytes", "read_text", "write_bytes", "write_text", "touch", "mkdir", "rmdir", "unlink"),
        *("rename", "iterdir", "glob", "rglob", "stat", "exists", "is_file", "is_dir"),
    }
)
OWN_OPENERS = {"Journal.open"}
"""`Journal.open` opens the journal, which writes through the disk's module."""


def file_accesses(path: Path) -> list[str]:
    """The calls in a module that look like a file's, with their lines."""
    calls = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    methods = [call for call in calls if isinstance(call, ast.Attribute) and call.attr in FILE_METHODS]
    builtin = [call for call in calls if isinstance(call, ast.Name) and call.id == "open"]
    found = [(call.lineno, ast.unparse(call)) for call in (*methods, *builtin)]
    return [f"{path.name}:{line_no} {words}" for line_no, words in found if words not in OWN_OPENERS]


def test_only_the_disk_module_opens_files() -> None:
    others = [path for path in DESK.rglob("*.py") if path not in (DISK, OF_DISK)]
    assert [access for path in others for access in file_accesses(path)] == []
    assert [path.name for path in others if "lost_link" in path.read_text()] == []


def test_the_check_sees_the_disk_module_itself() -> None:
    assert len(file_accesses(DISK)) > 5
