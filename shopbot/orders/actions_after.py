"""Actions after the goods came: return, exchange, repair, wrong, missing, damaged; progress. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from shopbot import messages
from shopbot.orders.case_words import state_phrase, with_goods
from shopbot.orders.cases import CaseRequest
from shopbot.orders.conditions import REPORTED, SHOWN, Claim, find_exempt
from shopbot.orders.dialogue import (
    MOST_OPTIONS,
    AddPictures,
    Apply,
    OpenCase,
    Option,
    Plan,
    Refuse,
    Remedy,
    Why,
)
from shopbot.orders.eligibility import Eligibility, check_claim
from shopbot.orders.freight import Kind
from shopbot.orders.logistics import judge_parcel
from shopbot.orders.model import Case, OrderFacts, OrderLine
from shopbot.orders.money import count_money
from shopbot.orders.naming import line_words
from shopbot.orders.phrases import Phrase, phrase
from shopbot.orders.receipt import BACKWARDS
from shopbot.orders.refunds import plan_refund
from shopbot.orders.states import CaseKind, LineStatus
from shopbot.orders.steps import Run, ask, choose, key_of, pick_line, refuse, said, settle
from shopbot.orders.timing import told_money
from shopbot.orders.variants import ask_variant, wanted_words

_UNWORN: frozenset[Kind] = frozenset({"no-reason", "exchange"})
_HANDED: frozenset[str] = frozenset({"hand-over", "verify"})
_GOES_ON: frozenset[str] = frozenset({"apply", "send-pictures"})
_MOST_CASES = 3
_WHOLE = frozenset(
    {
        "return.check.cancel-instead", "return.check.wait-signing", "order.reject.on-way-back",
        "order.cancel.unpaid", "order.cancel.deposit", "order.ship.closed",
    }
)  # fmt: skip
"""What is said of an order and not of one of its lines."""
_GIFT = re.compile(r"赠品|赠送|礼品|小礼物|附赠")
"""A gift that stands on no line of the order: nobody refunds the goods for it."""
_MONEY: frozenset[Remedy] = frozenset({"return", "refund"})
_PLATFORM: Mapping[LineStatus, str] = {"refunding": "open", "refunded": "done", "closed": "done"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """What a shopper wants done about a line."""

    kind: Kind
    remedies: tuple[Remedy, ...] = ()  # to choose from; none: the kind says it


def give_back(run: Run, facts: OrderFacts) -> Plan:
    """Return without a reason."""
    return _after_sale(run, facts, _Wish(kind="no-reason"))


def exchange(run: Run, facts: OrderFacts) -> Plan:
    """Exchange for another size or colour."""
    return _after_sale(run, facts, _Wish(kind="exchange"))


def quality(run: Run, facts: OrderFacts) -> Plan:
    """Something is wrong with it: money or another one."""
    return _after_sale(run, facts, _Wish(kind="quality", remedies=("return", "exchange")))


def wrong_item(run: Run, facts: OrderFacts) -> Plan:
    """Another article came."""
    return _after_sale(run, facts, _Wish(kind="wrong", remedies=("resend", "return")))


def missing_item(run: Run, facts: OrderFacts) -> Plan:
    """Something was not in the parcel."""
    return _after_sale(run, facts, _Wish(kind="missing", remedies=("resend", "refund")))


def damaged(run: Run, facts: OrderFacts) -> Plan:
    """It came broken."""
    return _after_sale(run, facts, _Wish(kind="damaged", remedies=("resend", "refund")))


def repair(run: Run, facts: OrderFacts) -> Plan:
    """Have it mended."""
    return _after_sale(run, facts, _Wish(kind="repair"))


def _after_sale(run: Run, facts: OrderFacts, wish: _Wish) -> Plan:
    whole = _of_whole_order(run, facts, wish)
    if whole is not None:
        return whole
    line = pick_line(run, facts, gifts=wish.kind not in _UNWORN)
    return _of_line(run, facts, line, wish) if isinstance(line, OrderLine) else line


def _of_line(run: Run, facts: OrderFacts, line: OrderLine, wish: _Wish) -> Plan:
    run, wish = _of_gift(_sane(run, facts, line), line, wish)
    kind = wish.kind
    if kind == "quality" and run.slots.remedy == "exchange":
        kind = "quality-exchange"
    found = check_claim(facts, line.line_no, _claim(run, kind), run.rules, run.now)
    if not found.eligible or found.next not in _GOES_ON | {"verify"}:
        return _refuse(run, facts, line, found)
    question = _not_sure(run, line, wish) or _question(run, line, wish, found)
    if question is not None:
        return question
    if found.next in _HANDED:
        return refuse((found.phrase,), found.checks, why="hand-over", hand_over=True)
    return _open(run, facts, line, found)


def _not_sure(run: Run, line: OrderLine, wish: _Wish) -> Plan | None:
    """Return what must be cleared up before anything is asked: other goods, or a gift nobody knows of."""
    if not line.gift and wish.remedies and _GIFT.search(run.slots.text):
        return refuse(said("return.check.hand-over"), why="hand-over", hand_over=True)
    if _is_sold_out(run, line, wish):
        return ask(run, "item", said("order.change.out-of-stock"))
    return ask_variant(run, line) if wish.kind == "exchange" else None


def _of_whole_order(run: Run, facts: OrderFacts, wish: _Wish) -> Refuse | None:
    """Say what holds for every line alike (not sent, on its way, closed) before asking for one of them."""
    lines = [one for one in facts.lines if not one.gift and one.status == "normal"]
    if run.slots.line is not None or not lines:
        return None
    claim = Claim(kind=wish.kind)
    found = [check_claim(facts, one.line_no, claim, run.rules, run.now) for one in lines]
    told = {one.phrase.id for one in found}
    if len(told) != 1 or not told <= _WHOLE:
        return None
    return refuse((found[0].phrase,), found[0].checks)


def _sane(run: Run, facts: OrderFacts, line: OrderLine) -> Run:
    """Forget a number of pieces that the line does not have left: how many are meant is asked."""
    money = count_money(facts).get_line(line.line_no)
    wanted, left = run.slots.quantity, money.quantity - money.gone
    if wanted is None or left < 1 or 1 <= wanted <= left:
        return run
    return replace(run, slots=replace(run.slots, quantity=None))


def _of_gift(run: Run, line: OrderLine, wish: _Wish) -> tuple[Run, _Wish]:
    """A gift has no price to give back: what is left is another one."""
    left = tuple(one for one in wish.remedies if one not in _MONEY)
    if not line.gift or len(left) != 1:
        return run, wish
    return replace(run, slots=replace(run.slots, remedy=left[0])), replace(wish, remedies=left)


def _refuse(run: Run, facts: OrderFacts, line: OrderLine, found: Eligibility) -> Refuse:
    """Say why not; of a case that is open already also how it stands."""
    if found.next == "follow-case":
        open_ = [one for one in facts.cases if one.is_open and one.line_no == line.line_no]
        told = tuple(_told_case(run, facts, one) for one in open_)
        return refuse((found.phrase, *told), found.checks, hand_over=True)
    handed = found.next in _HANDED
    why: Why = "hand-over" if handed else "rule"
    return refuse((found.phrase,), found.checks, why=why, hand_over=handed)


def _claim(run: Run, kind: Kind) -> Claim:
    slots = run.slots
    return Claim(
        kind=kind,
        quantity=slots.quantity,
        intact=slots.intact,
        opened=slots.opened,
        pictures=len(slots.pictures),
        gift_returned=True,  # asked for; what is missing is seen at the inspection
    )


def _question(run: Run, line: OrderLine, wish: _Wish, found: Eligibility) -> Plan | None:
    """Return the next thing that must be known, None when all is."""
    slots, told = run.slots, line_words(line)
    if slots.quantity is None and found.quantity > 1:
        return choose(run, "quantity", _how_many(line, found.quantity), _pieces(found.quantity))
    if wish.kind == "no-reason" and slots.opened is None and _only_opened(run, line):
        return ask(run, "opened", said("return.ask.opened", 商品=told))
    if wish.kind in _UNWORN and slots.intact is None:
        return ask(run, "intact", said("return.ask.intact", 商品=told))
    if wish.kind == "exchange" and not (slots.size.strip() or slots.colour.strip()):
        return ask(run, "item", said("return.ask.replacement", 商品=told))
    if wish.kind not in _UNWORN and not slots.text.strip():
        return ask(run, "text", said("return.ask.problem", 商品=told))
    if wish.remedies and slots.remedy not in wish.remedies:
        options = (Option(value=r, phrase=phrase(f"return.option.{r}")) for r in wish.remedies)
        return choose(run, "remedy", said("return.ask.remedy", 商品=told), options)
    if wish.kind in SHOWN and run.rules.returns.pictures_needed and not slots.pictures:
        return ask(run, "pictures", said("return.check.pictures"))
    return None


def _how_many(line: OrderLine, left: int) -> tuple[Phrase, ...]:
    return said("return.ask.quantity", 商品=line_words(line), 剩余件数=str(left))


def _pieces(left: int) -> Iterator[Option]:
    """Yield one piece, two pieces, … and all of them last."""
    for count in range(1, min(left, MOST_OPTIONS)):
        yield Option(value=str(count), phrase=phrase("return.option.pieces", {"件数": str(count)}))
    yield Option(value=str(left), phrase=phrase("return.option.all-pieces", {"件数": str(left)}))


def _is_sold_out(run: Run, line: OrderLine, wish: _Wish) -> bool:
    """Tell whether what is wanted instead is known not to be there."""
    ware = run.known.wares.get((line.order, line.line_no))
    return wish.kind == "exchange" and ware is not None and ware.in_stock is False


def _only_opened(run: Run, line: OrderLine) -> bool:
    rule = find_exempt(line, run.rules)
    return rule is not None and rule.only_opened


def _open(run: Run, facts: OrderFacts, line: OrderLine, found: Eligibility) -> Plan:
    slots = run.slots
    wanted = "，".join(wanted_words(run, line))
    ware = run.known.wares.get((facts.order.number, line.line_no))
    request = CaseRequest(
        order=facts.order.number,
        line_no=line.line_no,
        claim=_claim(run, found.kind),
        kind=_case_kind(run, found.kind),
        detail="；".join(part for part in (wanted, slots.text.strip()) if part),
        pictures=slots.pictures,
        replacement_sku=ware.sku if ware and found.kind == "exchange" else "",
    )
    refund = found.refund.cash_fen if request.kind in (None, "return", "refund") else 0
    deed = OpenCase(order=facts.order.number, request=request, refund_fen=refund)
    confirm = (*_confirm(run, line, found, request, wanted), *_gift_back(run, facts, line, found))
    after = said("return.step.requested", 售后商品=line_words(line))
    return settle(run, deed, confirm, after, found.checks)


def _case_kind(run: Run, kind: Kind) -> CaseKind | None:
    if kind not in REPORTED:
        return None
    remedy = run.slots.remedy
    return remedy if remedy in ("return", "refund", "resend") else None


def _confirm(
    run: Run, line: OrderLine, found: Eligibility, request: CaseRequest, wanted: str
) -> tuple[Phrase, ...]:
    told = {
        "商品": _counted(line, found.quantity),
        "退款金额": told_money(found.refund.cash_fen),
        "运费承担": messages.text(f"orders.freight.{found.freight_payer}"),
        "新规格": wanted,
        "再寄运费": messages.text(f"orders.freight.{run.rules.returns.freight.exchange_again}"),
    }
    what = str(request.kind) if found.kind in REPORTED else found.kind
    name = {"no-reason": "return", "quality": "return", "None": "resend"}.get(what, what)
    return (phrase(f"return.confirm.{name}", told),)


def _counted(line: OrderLine, quantity: int) -> str:
    words = line_words(line)
    if line.quantity == 1:
        return words
    return messages.text("orders.dialogue.pieces", words=words, count=quantity)


def _gift_back(
    run: Run, facts: OrderFacts, line: OrderLine, found: Eligibility
) -> tuple[Phrase, ...]:
    """Say that a gift comes back too, where the order gets too small for it and it is worth something."""
    if found.kind != "no-reason":
        return ()
    kept = plan_refund(facts, line.line_no, found.quantity, "no-reason", run.rules).gift_fen
    return said("return.confirm.gift", 赠品价值=told_money(kept)) if kept else ()


# --- progress ----------------------------------------------------------------------------------------


def progress(run: Run, facts: OrderFacts) -> Plan:
    """Tell how returns, exchanges, repairs and refunds stand; pictures that are waited for are kept."""
    lacking = tuple(one.id for one in facts.cases if one.state == "need_pictures")
    if lacking and run.slots.pictures:
        return _keep_pictures(run, facts, lacking)
    told = [*told_cases(run, facts, only_open=False), *_refunds(facts), *_elsewhere(facts)]
    told = told or _coming_back(run, facts)
    if not told:
        return refuse(said("return.progress.none"))
    return Apply(phrases=tuple(told), order=facts.order.number)


def _keep_pictures(run: Run, facts: OrderFacts, cases: tuple[str, ...]) -> Apply:
    """Keep what the buyer was asked for; it changes nothing that would have to be agreed to."""
    number = facts.order.number
    deed = AddPictures(order=number, cases=cases, pictures=run.slots.pictures)
    told = said("return.pictures.noted")
    return Apply(phrases=told, order=number, key=key_of(run, deed), deed=deed)


def told_cases(run: Run, facts: OrderFacts, *, only_open: bool) -> list[Phrase]:
    """Return what is said of the cases, newest first; ended ones only where none is open."""
    newest = sorted(facts.cases, key=lambda case: (case.requested_at, case.id), reverse=True)
    live = [case for case in newest if case.is_open]
    chosen = live if live or only_open else newest[:1]
    told: list[Phrase] = []
    for case in chosen[:_MOST_CASES]:
        one = _told_case(run, facts, case)
        if one not in told:  # the lines of a cancelled order are told once
            told.append(one)
    return told


def _told_case(run: Run, facts: OrderFacts, case: Case) -> Phrase:
    return with_goods(state_phrase(case, run.rules, run.now), case, facts)


def _refunds(facts: OrderFacts) -> list[Phrase]:
    paid = sum(one.cash_fen for one in facts.refunds if one.state == "paid")
    waiting = sum(one.cash_fen for one in facts.refunds if one.state in ("planned", "approved"))
    told = []
    if waiting:
        told.append(phrase("return.progress.refund", {"退款金额": told_money(waiting)}))
    if paid:
        told.append(phrase("return.progress.refunded", {"退款金额": told_money(paid)}))
    return told


def _coming_back(run: Run, facts: OrderFacts) -> list[Phrase]:
    """Return what is said of parcels that were refused or go back: the refund follows them."""
    found = [judge_parcel(one, facts.order, run.rules, run.now) for one in facts.parcels]
    return [one.phrase for one in found if one.status in BACKWARDS]


def _elsewhere(facts: OrderFacts) -> list[Phrase]:
    """Return what is said of refunds that stand on the platform alone."""
    ours = {case.line_no for case in facts.cases} | {refund.line_no for refund in facts.refunds}
    told = [
        phrase(f"return.progress.platform-{_PLATFORM[line.status]}", {"商品": line_words(line)})
        for line in facts.lines
        if line.status in _PLATFORM and line.line_no not in ours
    ]
    closed = facts.order.status == "closed" and facts.order.paid_at is not None
    if not told and not ours and closed:
        return [phrase("return.progress.closed")]
    return told
