"""The staff's guide names everything they may write, and its examples are sound."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from shopbot.kb import fields
from shopbot.kb.facts import EXTRA
from shopbot.kb.loader import load
from shopbot.kb.tables import BANNED_COLUMNS, COMPARE_COLUMNS, PRODUCT_COLUMNS, STOCK_COLUMNS
from tests.kb_store import written

GUIDE = Path(__file__).parents[2] / "docs" / "知识库写法.md"
TEXT = GUIDE.read_text(encoding="utf-8")
ROWS = {tuple(cell.strip(" `") for cell in line.strip("|").split("|")) for line in TEXT.split("\n")}
BLOCKS = re.findall(r"```(yaml|markdown|csv)\n(.*?)```", TEXT, re.S)


@pytest.mark.parametrize(
    "field",
    [f for group in fields.GROUPS.values() for f in group],
    ids=lambda f: f"{f.group}.{f.name}",
)
def test_every_field_is_explained(field: fields.Field) -> None:
    """English name, Chinese name and what to write stand in one row."""
    assert (field.name, field.zh, field.doc) in ROWS


@pytest.mark.parametrize("name", fields.CLOSED)
def test_every_closed_value_is_listed(name: str) -> None:
    """Each value of a closed list stands there with its Chinese word."""
    for value, words in fields.CLOSED[name].items():
        assert f"`{value}`" in TEXT
        assert all(word in TEXT for word in words[:1])


def test_columns_attributes_and_system_phrases_are_named() -> None:
    """Sheets' columns, built-in attributes with their variables, fixed ids."""
    names = {*PRODUCT_COLUMNS, *STOCK_COLUMNS, *COMPARE_COLUMNS, *BANNED_COLUMNS}
    names |= {*fields.BUILT_IN_ATTRIBUTES, *fields.SYSTEM_REQUIRED, *fields.SYSTEM_OPTIONAL}
    names |= {*fields.POLICY_ALSO} | {f"{{{v}}}" for told in EXTRA.values() for v in told}

    assert set() == {name for name in names if name not in TEXT}


def test_the_examples_are_sound(tmp_path: Path) -> None:
    """Every example of entries, templates, policies and products loads without an error."""
    files: dict[str, str] = {}
    for number, (kind, body) in enumerate(BLOCKS):
        if kind == "markdown":
            files[f"policies/{number}.md"] = body
        elif kind == "csv":
            files[f"products/{number}.csv"] = body
        elif "attribute:" in body:
            files["products/templates.yaml"] = body
        elif body.startswith("- "):
            files[f"replies/{number}.yaml"] = body
    found = load(written(tmp_path, files))

    assert [] == [str(told) for told in found.problems if told.severity == "error"]
    assert len(found.entries) >= 5
    assert 1 == len(found.products)


def test_yaml_examples_parse() -> None:
    """Also the parts that are no whole file."""
    for kind, body in BLOCKS:
        if kind == "yaml":
            assert yaml.safe_load(body) is not None
