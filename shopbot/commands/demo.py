"""Serve the demo store, with everything the demo seeders make."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from shopbot import ids, messages
from shopbot.config import Settings, load_settings

if TYPE_CHECKING:
    from shopbot.web.services import Services

app = typer.Typer()

_SEED = 20261122


@app.command()
def demo(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
) -> None:
    """Lay out the demo and serve it, with shoppers who write on their own, until Ctrl+C."""
    from shopbot.commands.serve import run_server

    settings = load_settings(host=host, port=port)
    lines, laid_out = _lay_out(settings)
    for line in lines:
        typer.echo(line)
    if laid_out:
        run_server(settings, beside=_perform)
    else:
        run_server(settings)


def _lay_out(settings: Settings) -> tuple[list[str], bool]:
    """Lay out the demo unless real orders are there; tell what was made."""
    from shopbot.demo import Stage, has_real_orders, lay_out
    from shopbot.kb.stores import store_folder
    from shopbot.rules import load_rules
    from shopbot.storage import open_database

    folder = store_folder(settings)
    rules = load_rules(folder).rules
    db = open_database(settings.data_dir())
    try:
        stage = Stage(db=db, folder=folder, rules=rules, now=ids.now(), seed=_SEED)
        if has_real_orders(stage):
            return [messages.text("demo.real")], False
        return lay_out(stage), True
    finally:
        db.close()


@contextmanager
def _perform(services: Services, url: str) -> Iterator[list[str]]:
    """Let shoppers in while the server runs; tell the links of the demo's people."""
    from shopbot.commands._accounts import link_address
    from shopbot.demo import people, shoppers
    from shopbot.demo.chance import Chance
    from shopbot.kb.loader import load

    now = services.clock.now()
    blanks = shoppers.list_blanks(services.db, services.store_id, load(services.kb.folder), now)
    cast = shoppers.Shoppers(
        talks=services.chat,
        scripts=shoppers.read_scripts(blanks),
        chance=Chance(_SEED),
        start=now,
        run=ids.new_id().lower()[-8:],
    )
    lines = [
        messages.text(
            "demo.link",
            role=messages.text(f"role.{user.role.value}"),
            name=user.display,
            url=link_address(url, link),
        )
        for user, link in people.make_links(services.db, services.store_id, now)
    ]
    thread = shoppers.ShopperThread(cast, services.clock)
    thread.start()
    try:
        shop = messages.text("demo.shop", url=f"{url}chat")
        yield [*lines, shop, messages.text("demo.shoppers")]
    finally:
        thread.stop()
