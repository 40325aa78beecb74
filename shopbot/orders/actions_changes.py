"""Actions before the goods arrive: address, item, note; and price protection. Pure."""

from __future__ import annotations

import re
from dataclasses import replace

from shopbot import messages
from shopbot.orders.cells import region
from shopbot.orders.changes import ChangeVerdict, judge_change
from shopbot.orders.dialogue import (
    AddNote,
    ChangeAddress,
    ChangeItem,
    Deed,
    Plan,
    Protect,
    Ware,
    Why,
)
from shopbot.orders.model import OrderFacts, OrderLine
from shopbot.orders.naming import line_words
from shopbot.orders.phrases import Phrase
from shopbot.orders.price_protection import check_protection
from shopbot.orders.steps import Run, already, ask, pick_line, refuse, said, settle
from shopbot.orders.timing import told_money
from shopbot.orders.variants import ask_variant, find_ware, wanted_words
from shopbot.orders.wishes import AddressWish, ItemWish, NoteWish, QuantityWish, Wish
from shopbot.rules import Rules

_PARTS = re.compile(r"[\s,，、;；:：。/]+|(?<=\d)(?=[\u4e00-\u9fff])")
_STREET = frozenset("路街道巷弄大东西南北中一二三")
GOES_ON = frozenset({"do", "ask-warehouse", "ask-courier"})
"""Outcomes of a wish that may come true."""


def change_address(run: Run, facts: OrderFacts) -> Plan:
    """Send it elsewhere, or to another person or phone."""
    slots = run.slots
    if any(change.state == "asked" for change in facts.address_changes):
        return _one_more(run)
    early = judge_change(facts, AddressWish(only_phone=True), run.rules, run.now)
    if early.outcome not in GOES_ON:
        return refuse((early.phrase,), early.checks)
    door = "" if slots.address.strip() else slots.door.strip()
    told = [
        part.strip() for part in (slots.receiver, slots.phone, slots.address, door) if part.strip()
    ]
    if not told:
        return ask(run, "address", said("order.ask.address"))
    wish = AddressWish(
        province=find_province(slots.address, run.rules), only_phone=not slots.address.strip()
    )
    verdict = judge_change(facts, wish, run.rules, run.now)
    deed = ChangeAddress(
        order=facts.order.number,
        receiver=slots.receiver.strip(),
        phone=slots.phone.strip(),
        address=slots.address.strip(),
        door=door,
        difference_fen=verdict.difference_fen,
    )
    confirm = said(
        "order.confirm.address",
        订单号=facts.order.number,
        新地址=" ".join(told),
        补差价=verdict.difference_words,
    )
    if door:
        confirm = said(
            "order.confirm.door",
            订单号=facts.order.number,
            原地区=_region(facts),
            新门牌=" ".join(told),
        )
    return carry_out(run, verdict, deed, confirm)


def _one_more(run: Run) -> Plan:
    """Two changes at a time would cross: the second is told to the person who carries out the first."""
    slots = run.slots
    if slots.confirmed or not (slots.receiver or slots.phone or slots.address or slots.door):
        return refuse(said("order.change.pending"), why="done")
    return refuse(said("order.change.again"), why="hand-over", hand_over=True)


def _region(facts: OrderFacts) -> str:
    """Return the part of the address that is shown to everybody: province, city, district."""
    order = facts.order
    parts = dict.fromkeys(part for part in (order.province, order.city, order.district) if part)
    return "".join(parts) or messages.text("orders.dialogue.same-region")


def find_province(text: str, rules: Rules) -> str:
    """Return the province of an address as a shopper types it; blank when it does not tell.

    Provinces that matter for postage are found wherever a part of the text begins with one, as in
    ``张三 西藏拉萨市``, but not in a street's name (西藏中路).
    """
    names = (*rules.shipping.not_served, *rules.shipping.remote)
    for part in _PARTS.split(text):
        for name in names:
            if part.startswith(name) and part[len(name) : len(name) + 1] not in _STREET:
                return name
        told = region(part)[0]
        if told:
            return told
    return region(text)[0]


def carry_out(run: Run, verdict: ChangeVerdict, deed: Deed, confirm: tuple[Phrase, ...]) -> Plan:
    """Confirm and apply a wish that may come true; say why not otherwise."""
    if verdict.outcome not in GOES_ON:
        return refuse((verdict.phrase,), verdict.checks)
    return settle(
        run, deed, confirm, (verdict.phrase,), verdict.checks, answer_by=verdict.answer_by
    )


def change_item(run: Run, facts: OrderFacts) -> Plan:
    """Another colour, size or number of pieces."""
    line = pick_line(run, facts, gifts=False)
    if not isinstance(line, OrderLine):
        return line
    early = judge_change(facts, _item_wish(run, line, Ware()), run.rules, run.now)
    if early.outcome not in GOES_ON:
        return refuse((early.phrase,), early.checks)
    slots = run.slots
    wanted = wanted_words(run, line)
    if not wanted and slots.quantity is None:
        return ask(run, "item", said("order.ask.item", 商品=line_words(line)))
    unsure = ask_variant(run, line)
    if unsure is not None:
        return unsure
    ware = find_ware(run, line)
    wish: Wish = _item_wish(run, line, ware)
    if slots.quantity is not None and (not wanted or slots.quantity != line.quantity):
        pieces = QuantityWish(line_no=line.line_no, quantity=slots.quantity)
        fewer = judge_change(facts, pieces, run.rules, run.now)
        if fewer.outcome not in GOES_ON:
            return refuse((fewer.phrase,), fewer.checks)
        wish = replace(_item_wish(run, line, ware), unit_fen=None) if wanted else pieces
        wanted.append(f"×{slots.quantity}")
    verdict = judge_change(facts, wish, run.rules, run.now)
    deed = ChangeItem(
        order=facts.order.number,
        line_no=line.line_no,
        wanted="，".join(wanted),
        sku=ware.sku,
        quantity=slots.quantity,
        difference_fen=verdict.difference_fen,
    )
    confirm = said(
        "order.confirm.item",
        商品=line_words(line),
        新规格="，".join(wanted),
        补差价=verdict.difference_words,
    )
    return carry_out(run, verdict, deed, confirm)


def _item_wish(run: Run, line: OrderLine, ware: Ware) -> ItemWish:
    """Return the wish at the price it was bought at: what differs is the article, not the day."""
    now = run.known.prices.get((line.order, line.line_no))
    unit = ware.unit_fen
    if unit is not None and now is not None:
        unit = line.unit_fen + unit - now.fen
    return ItemWish(line_no=line.line_no, unit_fen=unit, in_stock=ware.in_stock)


def note(run: Run, facts: OrderFacts) -> Plan:
    """A remark for the warehouse."""
    text = run.slots.text.strip()
    early = judge_change(facts, NoteWish(text=text or "…"), run.rules, run.now)
    if early.outcome not in GOES_ON:
        return refuse((early.phrase,), early.checks)
    if not text:
        return ask(run, "text", said("order.ask.note"))
    if any(kept.text == text and kept.author == "buyer" for kept in facts.notes):
        return already()
    confirm = said("order.confirm.note", 订单号=facts.order.number, 备注=text)
    deed = AddNote(order=facts.order.number, text=text)
    if early.outcome == "do":
        return settle(run, deed, confirm, said("order.note.done"), early.checks)
    return carry_out(run, early, deed, confirm)


def price_protect(run: Run, facts: OrderFacts) -> Plan:
    """The price fell: pay the difference back, if the rules say so."""
    line = pick_line(run, facts, gifts=False)
    if not isinstance(line, OrderLine):
        return line
    price = run.known.prices.get((facts.order.number, line.line_no))
    found = check_protection(facts, line.line_no, price, run.rules, run.now)
    if not found.eligible:
        unsure = found.phrase.id == "order.protect.checking"
        why: Why = "hand-over" if unsure else "rule"
        return refuse((found.phrase,), found.checks, why=why, hand_over=unsure)
    told = told_money(found.difference_fen)
    deed = Protect(
        order=facts.order.number, line_no=line.line_no, difference_fen=found.difference_fen
    )
    confirm = said("order.confirm.protect", 商品=line_words(line), 差价=told)
    return settle(run, deed, confirm, said("order.protect.noted", 差价=told), found.checks)
