"""What dialogue actions write: the wish itself, what happened to the order, and the due reminder.

Nothing is done at the platform, the warehouse or the courier from here: a wish is kept, and a task
(:mod:`shopbot.orders.tasks`) tells a person to carry it out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shopbot import audit, ids, messages
from shopbot.errors import Conflict
from shopbot.orders import store
from shopbot.orders.carriers import shown_carrier
from shopbot.orders.cases import add_new_case, open_case, step_case
from shopbot.orders.changes import in_the_way
from shopbot.orders.claim_model import ClaimKind
from shopbot.orders.claim_steps import open_claim
from shopbot.orders.dialogue import (
    AddNote,
    AddPictures,
    Apply,
    Cancel,
    ChangeAddress,
    ChangeItem,
    Intercept,
    OpenCase,
    Protect,
    Report,
    ShipBack,
    Withdraw,
)
from shopbot.orders.doors import with_door
from shopbot.orders.machine import CaseEvent
from shopbot.orders.model import (
    AddressChange,
    Case,
    Note,
    OrderFacts,
    OrderTask,
    Refund,
)
from shopbot.orders.money import count_money
from shopbot.orders.states import TaskKind
from shopbot.orders.tasks import add_task
from shopbot.rules import Rules
from shopbot.storage import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """Where and as whom something is written."""

    tx: Transaction
    rules: Rules
    now: datetime
    who: str
    applied: Apply

    @property
    def store_id(self) -> str:
        """Return the store's id."""
        return self.rules.store_id


def write(writing: Writing) -> None:
    """Write the deed of a plan; Conflict when what it rests on has changed."""
    deed = writing.applied.deed
    if deed is None:
        return
    _WRITERS[type(deed)](writing, deed)


_CLAIMED: Mapping[TaskKind, ClaimKind] = {
    "check-lost": "lost",
    "check-not-received": "not-received",
}
"""What the courier is held to as soon as the buyer has reported it."""


def _report(w: Writing, deed: Report) -> None:
    _happened(w, "order.asked-to-look", {"task": deed.task, "parcel": deed.parcel, "why": deed.why})
    _task(w, deed.task, key=deed.parcel, parcel=deed.parcel)
    kind = _CLAIMED.get(deed.task)
    if kind is not None and deed.parcel:
        open_claim(w.tx, deed.order, deed.parcel, kind, w.rules, w.now, w.who)


def _intercept(w: Writing, deed: Intercept) -> None:
    _happened(w, "order.intercept-asked", {})
    _task(w, "intercept", key="")


def _change_address(w: Writing, deed: ChangeAddress) -> None:
    change = AddressChange(
        id=ids.new_id("adr"),
        store_id=w.store_id,
        order=deed.order,
        state="asked",
        receiver=deed.receiver,
        phone=deed.phone,
        address=deed.address or _with_door(w, deed),
        asked_at=w.now,
    )
    store.add_address_change(w.tx, change)
    told = {"change": change.id, "difference_fen": deed.difference_fen}
    _happened(w, "order.address-change-asked", told)
    _task(w, "change-address")


def _with_door(w: Writing, deed: ChangeAddress) -> str:
    """Return the address as it stands, with another door; blank when the door stays as well."""
    if not deed.door:
        return ""
    return with_door(store.get_order(w.tx, w.store_id, deed.order).address, deed.door)


def _change_item(w: Writing, deed: ChangeItem) -> None:
    text = messages.text("orders.deed.change-item", line=deed.line_no, wanted=deed.wanted)
    _note(w, deed.order, text, "system")
    told = {
        "line": deed.line_no,
        "sku": deed.sku,
        "quantity": deed.quantity,
        "difference_fen": deed.difference_fen,
    }
    _happened(w, "order.item-change-asked", told)
    _task(w, "change-item", line_no=deed.line_no, wanted=deed.wanted)


def _add_note(w: Writing, deed: AddNote) -> None:
    _note(w, deed.order, deed.text, "buyer")
    _happened(w, "order.note-added", {})
    if w.applied.answer_by is not None:
        _task(w, "add-note", wanted=deed.text)


def _note(w: Writing, number: str, text: str, author: Any) -> None:
    note = Note(
        id=ids.new_id("note"),
        store_id=w.store_id,
        order=number,
        author=author,
        who=w.who,
        text=text,
        at=w.now,
    )
    store.add_note(w.tx, note)


def _cancel(w: Writing, deed: Cancel) -> None:
    """Ask for the refund of every piece that is left; at once: agreed to on the spot."""
    facts = store.get_facts(w.tx, w.store_id, deed.order)
    if in_the_way(facts, deed.line_no):
        raise Conflict("A line of this order is in another case. Finish that first.")
    for case in _cancelled(facts, deed.line_no, w):
        opened = add_new_case(w.tx, case, w.rules, w.now, w.who)
        if deed.at_once:
            agreed = CaseEvent(name="approve", who="system")
            step_case(w.tx, opened.case.id, agreed, w.rules, w.now, "system")
    told = {"line": deed.line_no, "refund_fen": deed.refund_fen, "at_once": deed.at_once}
    _happened(w, "order.cancel-asked", told)
    _task(w, "cancel", line_no=deed.line_no)


def _cancelled(facts: OrderFacts, line_no: int | None, w: Writing) -> list[Case]:
    """Return a new case for every line (or the one) with something left to refund."""
    return [
        Case(
            id=ids.new_id("case"),
            store_id=w.store_id,
            order=facts.order.number,
            line_no=line.line_no,
            kind="refund",
            reason="cancelled",
            state="requested",
            quantity=line.quantity - line.gone,
            requested_at=w.now,
        )
        for line in count_money(facts).lines
        if line.quantity > line.gone and line_no in (None, line.line_no)
    ]


def _protect(w: Writing, deed: Protect) -> None:
    refund = Refund(
        id=ids.new_id("ref"),
        store_id=w.store_id,
        order=deed.order,
        line_no=deed.line_no,
        state="approved",
        difference_fen=deed.difference_fen,
        reason="price-difference",
        due_at=w.now + w.rules.returns.refund_limit,
        created_at=w.now,
    )
    store.add_refund(w.tx, refund)
    told = {"line": deed.line_no, "refund": refund.id, "difference_fen": deed.difference_fen}
    _happened(w, "order.price-protected", told)


def _open_case(w: Writing, deed: OpenCase) -> None:
    opened = open_case(w.tx, deed.request, w.rules, w.now, w.who)
    if opened.decision is None:
        raise Conflict("This line does not qualify any more. Load the order and decide again.")
    if deed.request.claim.kind == "damaged":
        _claim_damage(w, deed.request.order, deed.request.line_no)


def _ship_back(w: Writing, deed: ShipBack) -> None:
    for case in deed.cases:
        carrier = shown_carrier("", deed.parcel)
        event = CaseEvent(name="ship_back", who="buyer", parcel=deed.parcel, carrier=carrier)
        if not step_case(w.tx, case, event, w.rules, w.now, w.who).allowed:
            raise Conflict(
                "This case waits for no parcel any more. Load the order and decide again."
            )


def _add_pictures(w: Writing, deed: AddPictures) -> None:
    event = CaseEvent(name="add_pictures", who="buyer", pictures=deed.pictures)
    for case in deed.cases:
        if not step_case(w.tx, case, event, w.rules, w.now, w.who).allowed:
            raise Conflict("This case waits for no pictures any more. Load it and decide again.")


def _withdraw(w: Writing, deed: Withdraw) -> None:
    event = CaseEvent(name="cancel", who="buyer")
    if not step_case(w.tx, deed.case, event, w.rules, w.now, w.who).allowed:
        raise Conflict("This case has gone on meanwhile. Load the order and decide again.")


def _claim_damage(w: Writing, number: str, line_no: int) -> None:
    """The courier answers for what broke on the way, where it is sure which parcel it came in."""
    facts = store.get_facts(w.tx, w.store_id, number)
    carried = [one.shipment for one in facts.parcels if line_no in one.shipment.line_nos]
    sure = [one for one in carried if one.state == "shipped" and not one.doubtful]
    if len(sure) == 1:
        open_claim(w.tx, number, sure[0].parcel, "damaged", w.rules, w.now, w.who)


_WRITERS: Mapping[type[Any], Callable[[Writing, Any], None]] = {
    Report: _report,
    Intercept: _intercept,
    ChangeAddress: _change_address,
    ChangeItem: _change_item,
    AddNote: _add_note,
    Cancel: _cancel,
    Protect: _protect,
    OpenCase: _open_case,
    AddPictures: _add_pictures,
    ShipBack: _ship_back,
    Withdraw: _withdraw,
}


def _happened(w: Writing, name: str, data: Mapping[str, object]) -> None:
    """Append to the order's history and the audit log; no personal data."""
    number, key = w.applied.order, w.applied.key
    told = {**data, "key": key}
    store.add_event(w.tx, w.store_id, number, name, at=w.now, who=w.who, data=told)
    audit.record(
        w.tx,
        audit.Deed(store_id=w.store_id, name=name, who=w.who, subject=number, at=w.now, data=told),
    )


def _task(
    w: Writing,
    kind: TaskKind,
    *,
    key: str | None = None,
    parcel: str = "",
    line_no: int | None = None,
    wanted: str = "",
) -> None:
    """Have somebody do it; a report about the same parcel is asked for again, a wish stands alone."""
    task = OrderTask(
        id=ids.new_id("task"),
        store_id=w.store_id,
        order=w.applied.order,
        kind=kind,
        key=w.applied.key if key is None else key,
        parcel=parcel,
        line_no=line_no,
        wanted=wanted,
        asked_at=w.now,
        due_at=w.applied.answer_by or w.now + w.rules.changes.ask_time,
    )
    add_task(w.tx, task, w.now)
