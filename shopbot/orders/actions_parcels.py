"""Actions about shipping and parcels: how it stands, where it is, hurry, refuse, lost. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shopbot.orders.actions_after import told_cases
from shopbot.orders.changes import find_window, is_being_cancelled
from shopbot.orders.checks import Check
from shopbot.orders.contact import promise_by
from shopbot.orders.dialogue import Apply, Plan, Report, Task
from shopbot.orders.dialogue import Intercept as InterceptParcel
from shopbot.orders.logistics import Verdict, judge_parcel
from shopbot.orders.made_good import GONE, made_good_fen
from shopbot.orders.model import OrderFacts, Parcel
from shopbot.orders.phrases import Phrase, phrase
from shopbot.orders.promises import PromiseVerdict, judge_promise, judge_urging
from shopbot.orders.steps import Run, refuse, said, settle
from shopbot.orders.timing import told_money

_MOST_PARCELS = 3  # told of one by one
_UNSENT = frozenset({"unpaid", "deposit_paid", "paid", "closed"})
_CALLS = frozenset({"ask-courier", "ask-warehouse", "claim"})
_GONE = frozenset({"lost", "lost-suspected"})
_UNRECEIVED = frozenset({"signed-not-received", "not-received-late"})
_BACK = frozenset({"refused", "returning", "returned"})


def status(run: Run, facts: OrderFacts) -> Plan:
    """Tell how an order stands, its parcels and its after-sale cases; trouble is looked into."""
    return _tell(run, facts, told_cases(run, facts, only_open=True))


def track(run: Run, facts: OrderFacts) -> Plan:
    """Tell where the parcels are; one in trouble is looked into."""
    return _tell(run, facts, [])


def _tell(run: Run, facts: OrderFacts, more: list[Phrase]) -> Plan:
    told = list(_standing(run, facts))
    verdicts = [] if facts.order.status in _UNSENT else _verdicts(run, facts)
    told += [verdict.phrase for verdict in verdicts]
    trouble = _trouble(run, facts, verdicts)
    return _look_into(run, facts, trouble, (*told, *more))


def _by(run: Run, length: timedelta) -> datetime:
    return promise_by(run.now, length, run.rules)


def _promise(run: Run, facts: OrderFacts) -> PromiseVerdict:
    out = facts.order.number in run.known.stock_out
    return judge_promise(facts, run.rules, run.now, stock_out=out)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trouble:
    """What somebody must look into."""

    task: Task
    parcel: str
    why: str
    reasons: tuple[Check, ...]


def _trouble(run: Run, facts: OrderFacts, verdicts: list[Verdict]) -> _Trouble | None:
    """Return the first trouble that a person must look into: what is said of it must be true."""
    if is_being_cancelled(facts):
        return None
    worst = next((verdict for verdict in verdicts if verdict.next in _CALLS), None)
    if worst is not None:
        task: Task = "ask-courier" if worst.next == "ask-courier" else "urge-warehouse"
        return _parcel_trouble("check-lost" if worst.next == "claim" else task, worst)
    if facts.order.status in ("shipped", "part_shipped") and not _sent(facts):
        return _Trouble(task="urge-warehouse", parcel="", why="no-parcel", reasons=())
    promise = _promise(run, facts)
    if facts.order.status in _UNSENT and promise.next == "ask-warehouse":
        why = promise.state
        return _Trouble(task="urge-warehouse", parcel="", why=why, reasons=promise.reasons)
    return None


def _parcel_trouble(task: Task, verdict: Verdict) -> _Trouble:
    parcel = "" if verdict.trouble == "doubtful" else verdict.view.parcel
    return _Trouble(task=task, parcel=parcel, why=verdict.trouble, reasons=verdict.reasons)


def _standing(run: Run, facts: OrderFacts) -> tuple[Phrase, ...]:
    """Return what is said of the order itself; nothing when its parcels say more."""
    if is_being_cancelled(facts):
        return said("order.cancel.pending")
    if facts.order.status == "part_shipped":
        return said("order.status.part-shipped")
    if facts.order.status in _UNSENT:
        return (_promise(run, facts).phrase,)
    if not _sent(facts):
        finished = facts.order.status == "finished"
        return said("order.status.finished" if finished else "order.track.none")
    return ()


def _sent(facts: OrderFacts) -> bool:
    return any(parcel.shipment.state == "shipped" for parcel in facts.parcels)


def _verdicts(run: Run, facts: OrderFacts, *, not_received: bool = False) -> list[Verdict]:
    sent = [parcel for parcel in facts.parcels if parcel.shipment.state == "shipped"]
    return [_verdict(run, facts, one, not_received) for one in sent[:_MOST_PARCELS]]


def _verdict(run: Run, facts: OrderFacts, parcel: Parcel, not_received: bool) -> Verdict:
    """Judge a parcel; whose buyer was paid for all of it is not offered anything more."""
    found = judge_parcel(parcel, facts.order, run.rules, run.now, not_received=not_received)
    paid = made_good_fen(facts, parcel) if found.trouble in GONE | _UNRECEIVED else 0
    if not paid:
        return found
    words = phrase("claim.step.compensated", {"退款金额": told_money(paid)})
    return replace(found, phrase=words, next="none")


def _look_into(
    run: Run, facts: OrderFacts, trouble: _Trouble | None, told: tuple[Phrase, ...]
) -> Plan:
    """Tell, and have ``trouble`` looked into unless that was begun lately."""
    if trouble is None or _lately(run, facts):
        reasons = trouble.reasons if trouble else ()
        return Apply(phrases=told, order=facts.order.number, reasons=reasons)
    waits = run.rules.changes
    courier = trouble.task != "urge-warehouse"
    length = waits.redirect_answer if courier else waits.ask_time
    by = _by(run, length)
    after = (*told, *said("order.urge.courier")) if courier else told
    return settle(run, _report(run, facts, trouble), (), after, trouble.reasons, answer_by=by)


def _report(run: Run, facts: OrderFacts, trouble: _Trouble) -> Report:
    return Report(
        order=facts.order.number,
        task=trouble.task,
        parcel=trouble.parcel,
        why=trouble.why,
        last=_last_urged(run, facts),
    )


def _lately(run: Run, facts: OrderFacts) -> bool:
    last = _last_urged(run, facts)
    return last is not None and run.now - last < run.rules.logistics.urge_again


def _last_urged(run: Run, facts: OrderFacts) -> datetime | None:
    return run.known.urged.get(facts.order.number)


def urge(run: Run, facts: OrderFacts) -> Plan:
    """Hurry the warehouse before shipping, the courier afterwards."""
    sent = _sent(facts) and facts.order.status not in _UNSENT
    if sent or is_being_cancelled(facts):
        return track(run, facts)
    last = _last_urged(run, facts)
    out = facts.order.number in run.known.stock_out
    verdict = judge_urging(facts, run.rules, run.now, last_urged=last, stock_out=out)
    waits = facts.order.status in ("paid", "part_shipped")
    if not waits or verdict.state == "stock-out" or _lately(run, facts):
        return Apply(phrases=(verdict.phrase,), order=facts.order.number, reasons=verdict.reasons)
    trouble = _Trouble(task="urge-warehouse", parcel="", why=verdict.state, reasons=verdict.reasons)
    deed = _report(run, facts, trouble)
    after = (verdict.phrase, *said("order.urge.noted"))
    return settle(
        run, deed, (), after, verdict.reasons, answer_by=_by(run, run.rules.changes.ask_time)
    )


def reject(run: Run, facts: OrderFacts) -> Plan:
    """Have a parcel brought back that the shopper does not want to take."""
    window = find_window(facts, run.rules, run.now)
    if window == "unpaid":
        deposit = facts.order.status == "deposit_paid"
        return refuse(said("order.cancel.deposit" if deposit else "order.cancel.unpaid"))
    if facts.order.status == "closed":
        return refuse(said("order.cancel.closed"))
    if window in ("paid", "packing"):
        return refuse(said("order.reject.unshipped"))
    troubles = {verdict.trouble for verdict in _verdicts(run, facts)}
    if troubles and troubles <= _BACK:
        return refuse(said("order.reject.on-way-back"), why="done")
    if window == "ended" or (troubles and troubles <= {"signed"}):
        return refuse(said("order.reject.signed"))
    return settle(
        run,
        InterceptParcel(order=facts.order.number),
        said("order.confirm.reject", 订单号=facts.order.number),
        said("order.reject.noted"),
        answer_by=_by(run, run.rules.changes.redirect_answer),
    )


def lost(run: Run, facts: OrderFacts) -> Plan:
    """A parcel is said to be lost: looked into, by a person once it seems so."""
    verdicts = _verdicts(run, facts)
    if not verdicts or facts.order.status in _UNSENT:
        return track(run, facts)
    gone = next((verdict for verdict in verdicts if verdict.trouble in _GONE), None)
    if gone is None:
        return track(run, facts)
    return _claim(run, facts, gone, "check-lost")


def not_received(run: Run, facts: OrderFacts) -> Plan:
    """A parcel is signed for but did not come."""
    if facts.order.status in _UNSENT or not _sent(facts):
        return track(run, facts)
    verdicts = _verdicts(run, facts, not_received=True)
    found = next((verdict for verdict in verdicts if verdict.trouble in _UNRECEIVED), None)
    if found is not None:
        return _claim(run, facts, found, "check-not-received")
    told = tuple(verdict.phrase for verdict in verdicts)
    return _look_into(run, facts, _trouble(run, facts, verdicts), told)


def _claim(run: Run, facts: OrderFacts, verdict: Verdict, task: Task) -> Plan:
    if verdict.next == "none":  # it was claimed and paid for: what is still wrong a person hears
        return Apply(phrases=(verdict.phrase,), order=facts.order.number, hand_over=True)
    after = (verdict.phrase, *said("claim.noted"))
    if _lately(run, facts):
        return Apply(phrases=after, order=facts.order.number, hand_over=True)
    deed = _report(run, facts, _parcel_trouble(task, verdict))
    by = _by(run, run.rules.changes.redirect_answer)
    return settle(run, deed, (), after, verdict.reasons, answer_by=by, hand_over=True)
