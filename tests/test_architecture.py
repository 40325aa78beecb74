"""The laws of docs/architecture.md that a program can check."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import shopbot

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = Path(shopbot.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
SQL = re.compile(
    r"\b(SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM)\b", re.DOTALL
)
HAN = re.compile(r"[\u4e00-\u9fff]")
CLOCKS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"}
CHANCE = {"random", "secrets", "uuid"}
_SQL_AT_HOME = {"storage/migrations.py", "storage/sqlite.py"}  # the record of migrations, a pin
_MAX_LINES = 400


def name_of(module: Path) -> str:
    """Return the path below the package, with slashes."""
    return module.relative_to(PACKAGE).as_posix()


def tree_of(module: Path) -> ast.Module:
    """Return the parsed module."""
    return ast.parse(module.read_text(encoding="utf-8"))


def code_strings(tree: ast.Module) -> list[ast.Constant]:
    """Return the string constants that are no docstrings."""
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs
    ]


def test_dependencies_point_one_way() -> None:
    """The contracts in pyproject.toml hold."""
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [str(linter), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )

    assert 0 == done.returncode, done.stdout


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_clock_and_chance_live_in_ids(module: Path) -> None:
    """Everything else gets them passed in."""
    if name_of(module) == "ids.py":
        return
    found = []
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in CLOCKS:
            found.append(ast.unparse(node))
        if isinstance(node, ast.Import):
            found += [one.name for one in node.names if one.name in CHANCE]
        if isinstance(node, ast.ImportFrom) and node.module in CHANCE:
            found.append(str(node.module))

    assert [] == found


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_sql_stands_in_queries_files(module: Path) -> None:
    """No statement is written in Python."""
    if name_of(module) in _SQL_AT_HOME:
        return
    found = [one.value for one in code_strings(tree_of(module)) if SQL.search(str(one.value))]

    assert [] == found


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_modules_stay_readable(module: Path) -> None:
    """A module that has outgrown its noun is to be cut."""
    lines = len(module.read_text(encoding="utf-8").splitlines())

    assert lines <= _MAX_LINES


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_every_public_thing_has_a_docstring(module: Path) -> None:
    """Meaning first."""
    tree = tree_of(module)
    missing = [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
        and not node.decorator_list
    ]

    assert ast.get_docstring(tree)
    assert [] == missing


def test_no_module_is_a_junk_drawer() -> None:
    """One noun per module."""
    forbidden = {"utils.py", "helpers.py", "common.py", "misc.py", "managers.py"}

    assert [] == [name_of(module) for module in MODULES if module.name in forbidden]


def test_the_pages_build_text_and_no_markup() -> None:
    """Scripts never hand a string to an HTML parser or an interpreter."""
    banned = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function"
    )
    scripts = sorted((PACKAGE / "web" / "static").rglob("*.js"))

    assert scripts
    assert [] == [one.name for one in scripts if banned.search(one.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(
    "module",
    [one for one in MODULES if name_of(one).startswith(("web/", "commands/"))],
    ids=name_of,
)
def test_faces_take_their_chinese_from_the_message_file(module: Path) -> None:
    """No text for staff or shoppers is written in a face's code (examples in schemas aside)."""
    if name_of(module) == "web/schemas.py":
        return
    found = [one.value for one in code_strings(tree_of(module)) if HAN.search(str(one.value))]

    assert [] == found
