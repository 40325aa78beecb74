"""What ``shopbot orders show``, ``track`` and ``list`` do: sentences, parcels and tables."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import typer

from shopbot import messages
from shopbot.commands._desk import Desk, field_name, print_json, print_table, read_time
from shopbot.errors import Malformed, NotFound
from shopbot.orders import access, masking, store, views
from shopbot.orders.agenda import list_items, sentence
from shopbot.orders.describe import describe, items
from shopbot.orders.due_work import is_out_of_stock
from shopbot.orders.freshness import read_standing
from shopbot.orders.mapping import find_state
from shopbot.orders.model import AddressChange, OrderFacts, Parcel
from shopbot.orders.states import OrderStatus
from shopbot.orders.store import OrderFilter
from shopbot.orders.timing import told_money

# --- one order ----------------------------------------------------------------------------------------


def show_order(desk: Desk, number: str, *, full: bool, as_json: bool) -> None:
    """Print how an order stands; NotFound when there is none."""
    with desk.db.snapshot() as reader:
        facts = store.get_facts(reader, desk.store_id, access.plain_number(number))
        out = is_out_of_stock(reader, facts)
        standing = read_standing(reader, desk.rules, desk.now)
    description = describe(
        facts,
        desk.rules,
        desk.now,
        stock_out=out,
        known_until=standing.until(facts.order),
        file_of=standing.file_of(facts.order, desk.rules.logistics.file_fresh),
    )
    shown = facts if full else _masked(facts)
    if as_json:
        print_json(views.facts_view(shown, description))
        return
    typer.echo(description.text)
    typer.echo("")
    todo = list_items(facts, desk.rules, desk.now, stock_out=out)
    order = shown.order
    told = {
        "number": order.number,
        "status": messages.text(f"orders.status.{order.status}"),
        "created": desk.clock(order.created_at),
        "buyer": order.buyer,
        "receiver": order.receiver,
        "phone": order.phone,
        "address": order.address,
        "buyer-note": order.buyer_note,
        "seller-note": order.seller_note,
        "invoice": order.invoice_title,
        "as-of": desk.clock(order.as_of),
        "new-address": "；".join(_place(one) for one in shown.address_changes if one.is_open),
        "next": messages.text(f"orders.next.{description.next}"),
        "todo": "\n".join(sentence(item, desk.rules, desk.now) for item in todo),
    }
    print_table(None, [[field_name(name), text] for name, text in told.items() if text])


def _masked(facts: OrderFacts) -> OrderFacts:
    changes = tuple(map(masking.address_change, facts.address_changes))
    return replace(facts, order=masking.order(facts.order), address_changes=changes)


def _place(change: AddressChange) -> str:
    return " ".join(part for part in (change.receiver, change.phone, change.address) if part)


def show_tracking(desk: Desk, number: str, *, as_json: bool) -> None:
    """Print the parcels of an order, or one parcel; NotFound when there is none."""
    parcels = _find_parcels(desk, number)
    if as_json:
        print_json([views.parcel_view(parcel) for parcel in parcels])
        return
    if not parcels:
        typer.echo(messages.text("orders.track.none"))
    for parcel in parcels:
        shipment = parcel.shipment
        typer.echo(" ".join(part for part in (shipment.carrier, shipment.parcel) if part))
        if shipment.doubtful:
            typer.echo(messages.text("orders.next.check-parcel"))
        elif not parcel.events:
            typer.echo(messages.text("orders.track.no-events"))
        else:
            newest = reversed(parcel.events)
            rows = [[desk.clock(event.at), event.text] for event in newest]
            print_table([field_name("time"), field_name("text")], rows)


def _find_parcels(desk: Desk, number: str) -> tuple[Parcel, ...]:
    with desk.db.snapshot() as reader:
        try:
            return store.get_facts(reader, desk.store_id, access.plain_number(number)).parcels
        except NotFound:
            parcel = number.strip().upper()
            orders = store.orders_of_parcel(reader, desk.store_id, parcel)
            if not orders:
                raise
            facts = store.get_facts(reader, desk.store_id, orders[0])
            return tuple(p for p in facts.parcels if p.shipment.parcel == parcel)


# --- lists --------------------------------------------------------------------------------------------


def order_filter(
    desk: Desk,
    *,
    status: str | None,
    buyer: str | None,
    since: str | None,
    until: str | None,
    count: int,
) -> OrderFilter:
    """Return the filter that options ask for; Malformed names the states that there are."""
    known = get_args(OrderStatus)
    state = find_state("order_status", status) if status else None
    if status and state is None:
        told = "、".join(messages.text(f"orders.status.{one}") for one in known)
        raise Malformed(messages.text("orders.list.unknown-status", status=status, known=told))
    return OrderFilter(
        status=state,  # type: ignore[arg-type]
        buyer=buyer or "",
        since=read_time(since, desk.rules),
        until=read_time(until, desk.rules),
        count=count,
    )


def show_list(desk: Desk, wanted: OrderFilter, *, as_json: bool) -> None:
    """Print a list of orders, masked."""
    with desk.db.snapshot() as reader:
        orders = store.list_orders(reader, desk.store_id, wanted)
        if as_json:
            print_json([views.order_view(masking.order(order)) for order in orders])
            return
        if not orders:
            typer.echo(messages.text("orders.list.none"))
            return
        rows = []
        for order in orders:
            shown = masking.order(order)
            facts = store.get_facts(reader, desk.store_id, order.number)
            paid = told_money(order.paid_fen) if order.paid_fen else ""
            status = messages.text(f"orders.status.{order.status}")
            rows.append(
                [
                    order.number,
                    status,
                    desk.clock(order.created_at),
                    shown.buyer,
                    items(facts),
                    paid,
                ]
            )
    names = ("number", "status", "created", "buyer", "items", "paid")
    print_table([field_name(name) for name in names], rows)
