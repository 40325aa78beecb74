"""Actions after the goods came: return, exchange, repair, wrong, missing, damaged; progress. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from shopbot import messages
from shopbot.orders.cases import CaseRequest
from shopbot.orders.conditions import REPORTED, SHOWN, Claim, find_exempt
from shopbot.orders.dialogue import Apply, OpenCase, Option, Plan, Remedy, Why
from shopbot.orders.eligibility import Eligibility, check_claim
from shopbot.orders.freight import Kind
from shopbot.orders.model import Case, OrderFacts, OrderLine
from shopbot.orders.naming import line_words
from shopbot.orders.phrases import Phrase, phrase
from shopbot.orders.states import CaseKind
from shopbot.orders.steps import Run, ask, choose, pick_line, refuse, said, settle
from shopbot.orders.timing import told_end, told_money

_UNWORN: frozenset[Kind] = frozenset({"no-reason", "exchange"})
_HANDED: frozenset[str] = frozenset({"hand-over", "verify"})
_GOES_ON: frozenset[str] = frozenset({"apply", "send-pictures"})
_MOST_CASES = 3


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
    line = pick_line(run, facts)
    if not isinstance(line, OrderLine):
        return line
    kind = wish.kind
    if kind == "quality" and run.slots.remedy == "exchange":
        kind = "quality-exchange"
    found = check_claim(facts, line.line_no, _claim(run, kind), run.rules, run.now)
    if not found.eligible or found.next not in _GOES_ON | _HANDED:
        handed = found.next in _HANDED or found.next == "follow-case"
        why: Why = "hand-over" if found.next in _HANDED else "rule"
        return refuse((found.phrase,), found.checks, why=why, hand_over=handed)
    question = _question(run, line, wish, found)
    if question is not None:
        return question
    if found.next in _HANDED:
        return refuse((found.phrase,), found.checks, why="hand-over", hand_over=True)
    return _open(run, facts, line, found)


def _claim(run: Run, kind: Kind) -> Claim:
    slots = run.slots
    return Claim(
        kind=kind,
        quantity=slots.quantity,
        intact=slots.intact,
        opened=slots.opened,
        pictures=len(slots.pictures),
    )


def _question(run: Run, line: OrderLine, wish: _Wish, found: Eligibility) -> Plan | None:
    """Return the next thing that must be known, None when all is."""
    slots, told = run.slots, line_words(line)
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


def _only_opened(run: Run, line: OrderLine) -> bool:
    rule = find_exempt(line, run.rules)
    return rule is not None and rule.only_opened


def _open(run: Run, facts: OrderFacts, line: OrderLine, found: Eligibility) -> Plan:
    slots = run.slots
    wanted = "，".join(part.strip() for part in (slots.colour, slots.size) if part.strip())
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
    confirm = _confirm(line, found, request, wanted)
    return settle(run, deed, confirm, said("return.step.requested"), found.checks)


def _case_kind(run: Run, kind: Kind) -> CaseKind | None:
    if kind not in REPORTED:
        return None
    remedy = run.slots.remedy
    return remedy if remedy in ("return", "refund", "resend") else None


def _confirm(
    line: OrderLine, found: Eligibility, request: CaseRequest, wanted: str
) -> tuple[Phrase, ...]:
    told = {
        "商品": line_words(line),
        "退款金额": told_money(found.refund.cash_fen),
        "运费承担": messages.text(f"orders.freight.{found.freight_payer}"),
        "新规格": wanted,
    }
    what = str(request.kind) if found.kind in REPORTED else found.kind
    name = {"no-reason": "return", "quality": "return", "None": "resend"}.get(what, what)
    return (phrase(f"return.confirm.{name}", told),)


# --- progress ----------------------------------------------------------------------------------------


def progress(run: Run, facts: OrderFacts) -> Plan:
    """Tell how returns, exchanges, repairs and refunds stand."""
    told = [*told_cases(run, facts, only_open=False), *_refunds(facts)]
    if not told:
        return refuse(said("return.progress.none"))
    return Apply(phrases=tuple(told), order=facts.order.number)


def told_cases(run: Run, facts: OrderFacts, *, only_open: bool) -> list[Phrase]:
    """Return what is said of the cases, newest first; ended ones only where none is open."""
    newest = sorted(facts.cases, key=lambda case: (case.requested_at, case.id), reverse=True)
    live = [case for case in newest if case.is_open]
    chosen = live if live or only_open else newest[:1]
    told: list[Phrase] = []
    for case in chosen[:_MOST_CASES]:
        one = _told_case(run, case)
        if one not in told:  # the lines of a cancelled order are told once
            told.append(one)
    return told


def _told_case(run: Run, case: Case) -> Phrase:
    told = {
        "截止时间": told_end(case.deadline, run.now, run.rules) if case.deadline else "",
        "报价": told_money(case.quote_fen or 0),
        "单号": case.resend_parcel,
    }
    if case.state == "approved" and case.kind in ("refund", "resend"):
        return phrase(f"return.step.{case.kind}-approved", told)
    return phrase(f"return.step.{case.state.replace('_', '-')}", told)


def _refunds(facts: OrderFacts) -> list[Phrase]:
    paid = sum(one.cash_fen for one in facts.refunds if one.state == "paid")
    waiting = sum(one.cash_fen for one in facts.refunds if one.state in ("planned", "approved"))
    told = []
    if waiting:
        told.append(phrase("return.progress.refund", {"退款金额": told_money(waiting)}))
    if paid:
        told.append(phrase("return.progress.refunded", {"退款金额": told_money(paid)}))
    return told
