"""The documentation is complete: whatever can be called, set or met is described."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fastapi import FastAPI

from shopbot import errors
from shopbot.cli import command_names, load_command
from shopbot.config import Settings
from shopbot.web.server import create_app
from shopbot.web.services import Services

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
DECISIONS = sorted((DOCS / "decisions").glob("*.md"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


def read(name: str) -> str:
    """Return a page of docs/."""
    return (DOCS / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [*Settings.model_fields, "config"])
def test_every_setting_is_documented(name: str) -> None:
    """By its variable, in a row of its own."""
    assert f"\n| `SHOPBOT_{name.upper()}` |" in read("settings.md")


def test_no_setting_is_documented_that_is_not_there() -> None:
    """A row without a setting misleads."""
    rows = set(re.findall(r"^\| `SHOPBOT_(\w+)`", read("settings.md"), re.MULTILINE))

    assert rows == {name.upper() for name in (*Settings.model_fields, "config")}


@pytest.mark.parametrize("kind", list(errors.codes()), ids=lambda kind: kind.code)
def test_every_error_is_documented(kind: type[errors.ShopbotError]) -> None:
    """With its status and exit code."""
    assert f"\n| `{kind.code}` | {kind.status} | {kind.exit_code} |" in read("errors.md")


def _commands() -> list[str]:
    found = []
    for name in command_names():
        command = load_command(name)
        found.append(name)
        found += [f"{name} {sub}" for sub in sorted(getattr(command, "commands", {}))]
    return found


@pytest.mark.parametrize("command", _commands())
def test_every_command_is_documented(command: str) -> None:
    """As a person would type it."""
    assert f"shopbot {command}" in read("cli.md")


def _routes(app: FastAPI) -> list[str]:
    schema = app.openapi()
    return [f"{verb.upper()} {path}" for path, verbs in schema["paths"].items() for verb in verbs]


def test_every_route_is_documented(services: Services) -> None:
    """With its method."""
    page = read("api.md")

    assert [] == [route for route in _routes(create_app(services)) if f"`{route}`" not in page]


def test_every_metric_is_documented(services: Services) -> None:
    """By its name in Prometheus."""
    page = read("operations.md")
    registry = create_app(services).state.metrics.registry
    names = [
        f"{one.name}_total" if one.type == "counter" else one.name for one in registry.collect()
    ]

    assert [] == [name for name in names if f"`{name}`" not in page]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Each relative link names a file that is there."""
    links = LINK.findall(page.read_text(encoding="utf-8"))

    assert [] == [link for link in links if not (page.parent / link).exists()]


def _block_commands() -> list[str]:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = "\n".join(BLOCK.findall(readme)).replace("\\\n", " ").splitlines()
    return [re.sub(r"^(\w+=\S+ )+", "", line).strip() for line in lines if line.strip()]


@pytest.mark.parametrize("line", _block_commands())
def test_commands_of_the_readme_exist(line: str) -> None:
    """Each command that a newcomer is told to type is there."""
    words = line.split()
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    there = {
        "make": bool(re.search(rf"^{words[1]}:", makefile, re.MULTILINE)),
        "shopbot": words[1] in command_names(),
        "pip": words[1] == "install",
        "curl": "/api/v1/suggest" in line,
    }

    assert there[words[0]]


@pytest.mark.parametrize(
    ("number", "page"), list(enumerate(DECISIONS, start=1)), ids=lambda value: str(value)[-40:]
)
def test_decisions_are_numbered_and_complete(number: int, page: Path) -> None:
    """No gap, and the four sections in order."""
    text = page.read_text(encoding="utf-8")
    sections = re.findall(r"^## (\w+)", text, re.MULTILINE)

    assert page.name.startswith(f"{number:04}-")
    assert text.startswith(f"# {number}. ")
    assert ["Context", "Decision", "Consequences", "Alternatives"] == sections
