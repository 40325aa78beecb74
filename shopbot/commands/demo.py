"""Serve the demo store, with everything the demo seeders make."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from shopbot import ids, messages
from shopbot.config import Settings, load_settings

if TYPE_CHECKING:
    from shopbot.demo.simulators import Simulators
    from shopbot.demo.traffic import Traffic
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

    settings = _quiet(load_settings(host=host, port=port))
    lines, made = _lay_out(settings)
    for line in lines:
        typer.echo(line)
    if made is None:
        run_server(settings)
    else:
        _play(settings, made)


def _quiet(settings: Settings) -> Settings:
    """Log only what went wrong unless told otherwise: the links must not scroll away."""
    if "log_level" in settings.model_fields_set:
        return settings
    return settings.model_copy(update={"log_level": "warning"})


def _lay_out(settings: Settings) -> tuple[list[str], Simulators | None]:
    """Lay out the demo unless real orders are there; tell what was made."""
    from shopbot.demo import Stage, has_real_orders, lay_out
    from shopbot.demo.simulators import forget, make_simulators
    from shopbot.kb.stores import store_folder
    from shopbot.rules import load_rules
    from shopbot.storage import open_database

    folder = store_folder(settings)
    rules = load_rules(folder).rules
    db = open_database(settings.data_dir())
    try:
        stage = Stage(db=db, folder=folder, rules=rules, now=ids.now(), seed=_SEED)
        if has_real_orders(stage):
            return [messages.text("demo.real")], None
        lines = lay_out(stage)
        forget(db, stage.store_id)  # of a demo that was killed
        return lines, make_simulators(stage)
    finally:
        db.close()


def _play(settings: Settings, made: Simulators) -> None:
    """Serve with everything around the shop simulated; leave no trace of the simulators behind."""
    from shopbot.commands.serve import run_server
    from shopbot.demo.simulators import forget, simulated
    from shopbot.storage import open_database

    with simulated(made, settings) as changed:
        try:
            run_server(changed, beside=partial(_perform, made.traffic))
        finally:
            db = open_database(settings.data_dir())
            forget(db, made.store_id)
            db.close()


@contextmanager
def _perform(traffic: Traffic, services: Services, url: str) -> Iterator[list[str]]:
    """Let shoppers in and orders move while the server runs; tell the links of the demo's people."""
    from shopbot.commands._accounts import link_address
    from shopbot.demo import people, shoppers
    from shopbot.demo.chance import Chance
    from shopbot.demo.simulators import pushing
    from shopbot.demo.ticking import Ticking
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
    settings = services.settings
    shop = messages.text("demo.shop", url=f"{url}chat")
    simulated = messages.text(
        "demo.simulators", platform=settings.source_url, courier=settings.courier_url
    )
    with pushing(url) as push:
        traffic.push = push
        traffic.begin(now)
        threads = (
            Ticking("shoppers", cast.step, services.clock),
            Ticking("traffic", traffic.step, services.clock),
        )
        for thread in threads:
            thread.start()
        try:
            yield [*lines, shop, messages.text("demo.shoppers"), simulated]
        finally:
            for thread in threads:
                thread.stop()
