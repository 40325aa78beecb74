"""The documentation is complete: whatever can be called, set or met is described."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from shopbot import errors
from shopbot.cli import command_names, load_command
from shopbot.config import Settings
from shopbot.web.schemas import SuggestAnswer, SuggestRequest
from shopbot.web.server import create_app
from shopbot.web.services import Services

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
DECISIONS = sorted((DOCS / "decisions").glob("*.md"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
PYTHON = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
EXTRA: Any = SuggestRequest.model_config["json_schema_extra"]
EXAMPLES: list[dict[str, object]] = EXTRA["examples"]
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
_EVERYWHERE = {"--install-completion", "--show-completion", "--help"}


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


def _commands() -> dict[str, list[str]]:
    """The options of every command that does something, without those every command has."""
    found = {}
    for name in command_names():
        for called, leaf in _leaves(name, load_command(name)).items():
            options = [one.opts[0] for one in leaf.params if one.param_type_name == "option"]
            found[called] = [one for one in options if one not in _EVERYWHERE]
    return found


def _leaves(name: str, command: Any) -> dict[str, Any]:
    """What does something below a command, groups within groups too."""
    groups = getattr(command, "commands", {})
    inner = [_leaves(f"{name} {sub}", one) for sub, one in groups.items()]
    return {called: leaf for leaves in inner for called, leaf in leaves.items()} or {name: command}


@pytest.mark.parametrize(("command", "options"), _commands().items(), ids=_commands())
def test_every_command_is_documented_with_its_options(command: str, options: list[str]) -> None:
    """In a row of its own, as a person would type it."""
    row = re.search(rf"^\| `shopbot {command}` \|.*", read("cli.md"), re.MULTILINE)

    assert row is not None
    assert [] == [one for one in options if f"`{one}`" not in row.group()]


def test_no_command_is_documented_that_is_not_there() -> None:
    """A row without a command misleads."""
    rows = set(re.findall(r"^\| `shopbot ([\w -]+)` \|", read("cli.md"), re.MULTILINE))

    assert set() == rows - set(_commands())


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
    return [re.sub(r"^(\w+=\S+ )*(\.venv/bin/)?", "", one).strip() for one in lines if one.strip()]


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


def test_the_readme_shows_the_page() -> None:
    """With a picture that does not weigh much."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    pictures = [ROOT / path for path in re.findall(r"!\[.+?\]\((.+?)\)", readme)]

    assert 1 == len(pictures)
    assert 150_000 >= pictures[0].stat().st_size


def test_the_library_is_shown_in_ten_lines() -> None:
    """From a folder to suggestions; tests/integration runs it."""
    (block,) = PYTHON.findall((ROOT / "README.md").read_text(encoding="utf-8"))

    assert 10 >= len([line for line in block.splitlines() if line.strip()])


def test_the_documented_answer_has_the_shape_of_the_contract() -> None:
    """The example in docs/api.md is one the server could give."""
    blocks = re.findall(r"^```json\n(.*?)^```", read("api.md"), re.MULTILINE | re.DOTALL)
    answers = [one for one in map(json.loads, blocks) if "parts" in one]
    for one in answers:
        one["parts"] = [{**part, "suggestions": one["suggestions"]} for part in one["parts"]]

    assert ["answer"] == [SuggestAnswer.model_validate(one).band for one in answers]


@pytest.mark.parametrize("body", EXAMPLES)
def test_the_examples_of_requests_are_taken(body: dict[str, object]) -> None:
    """What OpenAPI shows may be sent."""
    told = SuggestRequest.model_validate(body).model_dump(exclude_unset=True)

    assert body.keys() == told.keys()


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
