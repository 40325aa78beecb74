"""An open store behind the commands, and how they print what it holds."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import typer

from shopbot import ids, messages
from shopbot.config import Settings, load_settings
from shopbot.errors import Malformed
from shopbot.orders.cells import BadCell, moment
from shopbot.rules import Rules, load_rules
from shopbot.storage import SqliteDatabase, open_database

_WIDE = 160  # columns where there is no terminal


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """An open store: its database, its rules and the moment to speak of."""

    settings: Settings
    db: SqliteDatabase
    rules: Rules
    now: datetime
    opened: datetime = field(default_factory=ids.now)

    @property
    def store_id(self) -> str:
        """Return the store's id."""
        return self.rules.store_id

    def clock(self, at: datetime | None) -> str:
        """Write a time on the store's wall clock."""
        return "" if at is None else at.astimezone(self.rules.zone).strftime("%Y-%m-%d %H:%M")


@contextmanager
def open_desk(at: str | None = None) -> Iterator[Desk]:
    """Open the store's database and rules."""
    settings = load_settings()
    rules = load_rules(settings.knowledge_dir()).rules
    now = read_time(at, rules) or ids.now()
    db = open_database(settings.data_dir())
    try:
        yield Desk(settings=settings, db=db, rules=rules, now=now)
    finally:
        db.close()


def read_time(text: str | None, rules: Rules) -> datetime | None:
    """Return a time given on the command line; Malformed when it is none."""
    try:
        return moment(text or "", rules.zone)
    except BadCell:
        raise Malformed(messages.text("orders.bad-time", value=text)) from None


def field_name(name: str) -> str:
    """Return the title of a field of an order."""
    return messages.text(f"orders.field.{name}")


def print_json(told: object) -> None:
    """Print JSON for programs."""
    typer.echo(json.dumps(told, ensure_ascii=False, indent=2))


def print_table(header: list[str] | None, rows: list[list[str]]) -> None:
    """Print a table; its cells are taken as they are."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*(header or []), box=box.SIMPLE, show_header=header is not None)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    watched = sys.stdout.isatty()
    Console(width=None if watched else _WIDE).print(table)
