"""Import orders, look them up, follow their parcels."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shopbot import messages
from shopbot.commands import _orders_proactive
from shopbot.errors import EXIT_PROBLEMS, NotFound

if TYPE_CHECKING:
    from shopbot.commands._desk import Desk
    from shopbot.orders.importer import ImportRequest, Report

app = typer.Typer(no_args_is_help=True)
app.add_typer(_orders_proactive.app, name="proactive", help="News that agents look at first.")

_JSON = typer.Option("--json", help="Print JSON for programs.")
_AT = typer.Option("--at", help="As of this time instead of now.")


@app.command("import")
def import_(
    orders: Annotated[Path | None, typer.Argument(help="Exported orders, CSV or XLSX.")] = None,
    lines: Annotated[Path | None, typer.Option(help="Exported order lines.")] = None,
    tracking: Annotated[Path | None, typer.Option(help="Exported courier events.")] = None,
    mapping: Annotated[str | None, typer.Option(help="A saved mapping of column names.")] = None,
    pairs: Annotated[
        list[str] | None, typer.Option("--map", help="COLUMN=FIELD for this import only.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(help="For when the files speak; default: when last written.")
    ] = None,
    rejects: Annotated[
        Path | None,
        typer.Option(help="Where rows go that need a person; default: a CSV file here."),
    ] = None,
    dry_run: Annotated[bool, typer.Option(help="Check everything, write nothing.")] = False,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Import orders, their lines and courier events; a repeat changes nothing."""
    from shopbot.commands._desk import open_desk
    from shopbot.commands._orders_import import import_request, show_report

    if orders is None and lines is None and tracking is None:
        typer.echo(messages.text("orders.import.nothing"), err=True)
        raise typer.Exit(2)
    with open_desk() as desk:
        request = import_request(
            desk,
            orders=orders,
            lines=lines,
            tracking=tracking,
            mapping=mapping,
            pairs=pairs or [],
            as_of=as_of,
            rejects=rejects,
            dry_run=dry_run,
        )
        report = _run(desk, request, quiet=as_json)
    show_report(report, as_json=as_json)
    if report.refused and not report.used:
        raise typer.Exit(EXIT_PROBLEMS)


@app.command()
def mapping(
    name: Annotated[str | None, typer.Argument(help="Name of the mapping to save.")] = None,
    pairs: Annotated[
        list[str] | None, typer.Option("--map", help="COLUMN=FIELD, as often as needed.")
    ] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Save how another shop system names its columns, or list what is saved."""
    from shopbot.commands._desk import open_desk
    from shopbot.commands._orders_import import save_mapping, show_mappings

    with open_desk() as desk:
        if name is not None and pairs:
            save_mapping(desk, name, pairs)
            typer.echo(messages.text("orders.mapping.saved", name=name))
        else:
            show_mappings(desk, as_json=as_json)


@app.command()
def show(
    number: Annotated[str, typer.Argument(help="Order number.")],
    at: Annotated[str | None, _AT] = None,
    full: Annotated[bool, typer.Option(help="Show name, phone and address unmasked.")] = False,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Tell how an order stands, in words that could be sent to its buyer."""
    from shopbot.commands._desk import open_desk
    from shopbot.commands._orders import show_order

    with open_desk(at) as desk:
        _or_tell(lambda: show_order(desk, number, full=full, as_json=as_json), number)


@app.command()
def track(
    number: Annotated[str, typer.Argument(help="Order number or parcel number.")],
    at: Annotated[str | None, _AT] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Show where the parcels of an order are, newest event first."""
    from shopbot.commands._desk import open_desk
    from shopbot.commands._orders import show_tracking

    with open_desk(at) as desk:
        _or_tell(lambda: show_tracking(desk, number, as_json=as_json), number)


@app.command("list")
def list_(
    status: Annotated[str | None, typer.Option(help="Only this state, ours or Chinese.")] = None,
    buyer: Annotated[str | None, typer.Option(help="Only this buyer.")] = None,
    since: Annotated[str | None, typer.Option(help="Created at or after.")] = None,
    until: Annotated[str | None, typer.Option(help="Created before.")] = None,
    count: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")] = 50,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """List orders, newest first, with names, phones and addresses masked."""
    from shopbot.commands._desk import open_desk
    from shopbot.commands._orders import order_filter, show_list

    with open_desk() as desk:
        wanted = order_filter(
            desk, status=status, buyer=buyer, since=since, until=until, count=count
        )
        show_list(desk, wanted, as_json=as_json)


@app.command()
def due(
    at: Annotated[str | None, _AT] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """List what needs a person today, each with its next step, most urgent first."""
    from shopbot.commands._desk import open_desk
    from shopbot.commands._due import show_due

    with open_desk(at) as desk:
        show_due(desk, as_json=as_json)


@app.command("round")
def round_(
    xlsx: Annotated[Path | None, typer.Option(help="Write the list as a workbook.")] = None,
    at: Annotated[str | None, _AT] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Tell what the shop's morning needs, section by section, each with its next step."""
    from shopbot.commands._desk import open_desk
    from shopbot.commands._round import show_round

    with open_desk(at) as desk:
        done = show_round(desk, xlsx, as_json=as_json)
    if not done:
        raise typer.Exit(EXIT_PROBLEMS)


@app.command("sync")
def sync_(
    source: Annotated[
        str, typer.Option(help="platform, or kuaidi100: where parcels are.")
    ] = "platform",
    what: Annotated[str, typer.Option(help="Of the platform: all, orders, reviews.")] = "all",
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Bring in what has changed at the shop platform or ERP since the last time."""
    from shopbot.commands._desk import open_desk
    from shopbot.commands._sync import run_sync

    with open_desk() as desk:
        done = run_sync(desk, source, what, as_json=as_json)
    if not done:
        raise typer.Exit(EXIT_PROBLEMS)


@app.command("task-done")
def task_done(
    task: Annotated[str, typer.Argument(metavar="TASK", help="Its id, as orders due shows it.")],
    failed: Annotated[
        bool, typer.Option("--failed", help="It could not be done; what rests on it is undone.")
    ] = False,
    result: Annotated[str, typer.Option(help="What came of it, in a sentence.")] = "",
    who: Annotated[str, typer.Option(help="Name to write down.")] = "command",
    at: Annotated[str | None, _AT] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Write down that a task is done; an address is then changed, a cancel agreed to."""
    from shopbot.commands._desk import open_desk
    from shopbot.commands._due import finish_task

    with open_desk(at) as desk:
        finish_task(
            desk,
            task,
            "dropped" if failed else "done",
            result=result,
            who=who,
            as_json=as_json,
        )


@app.command("refund-done")
def refund_done(
    refund: Annotated[str, typer.Argument(metavar="REFUND", help="Its id, see orders due.")],
    failed: Annotated[
        bool, typer.Option("--failed", help="The payment service refused it.")
    ] = False,
    who: Annotated[str, typer.Option(help="Name to write down.")] = "command",
    at: Annotated[str | None, _AT] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Write down that a refund was paid; one of a case is paid by the case's step refund."""
    from shopbot.commands._desk import open_desk
    from shopbot.commands._due import finish_refund

    with open_desk(at) as desk:
        finish_refund(desk, refund, "failed" if failed else "paid", who=who, as_json=as_json)


@app.command("stock-out")
def stock_out(
    number: Annotated[str, typer.Argument(help="Order number.")],
    over: Annotated[bool, typer.Option("--over", help="It can be shipped after all.")] = False,
    who: Annotated[str, typer.Option(help="Name to write down.")] = "command",
) -> None:
    """Write down that the warehouse cannot ship an order; its buyer is then offered a choice."""
    from shopbot.commands._desk import open_desk
    from shopbot.commands._due import write_stock_out

    with open_desk() as desk:
        _or_tell(lambda: write_stock_out(desk, number, who, over=over), number)
    told = "orders.stock-out.over" if over else "orders.stock-out.done"
    typer.echo(messages.text(told, number=number))


@app.command("act")
def act_(
    action: Annotated[str, typer.Argument(help="order.status, order.cancel, return.request, …")],
    order: Annotated[str, typer.Option(help="Order number.")] = "",
    slot: Annotated[
        list[str] | None, typer.Option(help="NAME=VALUE the shopper has said, as often as needed.")
    ] = None,
    confirm: Annotated[str, typer.Option(help="The key that was agreed to.")] = "",
    deny: Annotated[bool, typer.Option(help="The shopper does not want it.")] = False,
    dialogue: Annotated[str, typer.Option(help="Names this run; the same does nothing twice.")] = (
        "command"
    ),
    visitor: Annotated[
        str, typer.Option(help="A shopper, who must prove the order; default: staff for them.")
    ] = "",
    asked: Annotated[
        list[str] | None, typer.Option(help="A slot that was asked for, as often as it was.")
    ] = None,
    at: Annotated[str | None, _AT] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Take one step of a dialogue about an order, as the assistant would."""
    from shopbot.commands import _orders_act as behind

    slots = behind.read_slots(slot or [], order=order, confirm=confirm, deny=deny)
    with behind.open_desk(at) as desk:
        acted = behind.take(
            desk, action, slots, dialogue=dialogue, visitor=visitor, asked=asked or []
        )
        behind.show(desk, acted, as_json=as_json)
    if behind.refused(acted):
        raise typer.Exit(EXIT_PROBLEMS)


def _run(desk: Desk, request: ImportRequest, *, quiet: bool) -> Report:
    from shopbot.commands._orders_import import progress_bar, surroundings
    from shopbot.orders.importer import run_import

    with nullcontext(None) if quiet else progress_bar() as progress:
        return run_import(desk.db, request, surroundings(desk), progress)


def _or_tell(work: object, number: str) -> None:
    try:
        work()  # type: ignore[operator]
    except NotFound:
        typer.echo(messages.text("orders.not-found", number=number), err=True)
        raise typer.Exit(EXIT_PROBLEMS) from None
