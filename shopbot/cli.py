"""The ``shopbot`` command: collects ``shopbot/commands/*.py`` and shows errors in one sentence.

A module ``commands/NAME.py`` gives the command or group NAME by a variable ``app`` (a typer.Typer); its
docstring's first line is the help line. Modules are imported only when their command is called, so that
``shopbot --help`` and ``shopbot ask`` start fast.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup
from typing_extensions import override

import shopbot
from shopbot import commands, messages
from shopbot.errors import EXIT_BUG, ShopbotError


def command_names() -> list[str]:
    """Return the names of all commands (``kb`` for commands/kb.py), sorted."""
    names = (module.name for module in pkgutil.iter_modules(commands.__path__))
    return sorted(name for name in names if not name.startswith("_"))


class LazyGroup(TyperGroup):
    """A group whose commands are modules, imported when called."""

    @override
    def list_commands(self, ctx: Any) -> list[str]:
        return command_names()

    @override
    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return load_command(cmd_name) if cmd_name in command_names() else None

    @override
    def format_commands(self, ctx: Any, formatter: Any) -> None:
        rows = [(name, help_line(name)) for name in command_names()]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)


def load_command(name: str) -> Any:
    """Import ``commands/name.py`` and return its command."""
    module = importlib.import_module(f"{commands.__name__}.{name}")
    command = typer.main.get_command(module.app)
    command.name = name
    return command


def help_line(name: str) -> str:
    """Return the first line of a command module's docstring, read without importing it."""
    source = Path(commands.__path__[0], f"{name}.py").read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]


app = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"shopbot {shopbot.__version__}")
        raise typer.Exit


@app.callback()
def shopbot_command(
    version: bool = typer.Option(
        False, "--version", callback=_show_version, is_eager=True, help="Show the version and stop."
    ),
) -> None:
    """Suggested replies for online stores, found in the store's own knowledge."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code (docs/cli.md lists them)."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; return the exit code instead of leaving."""
    try:
        app(args=arguments, prog_name="shopbot")
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 0
    except ShopbotError as error:
        typer.echo(f"{messages.of_error(error)} [{error.code}]", err=True)
        return error.exit_code
    except Exception:
        traceback.print_exc()
        typer.echo("This is a bug in shopbot: please report it with the lines above.", err=True)
        return EXIT_BUG
    return 0
