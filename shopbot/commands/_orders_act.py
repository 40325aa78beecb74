"""What ``shopbot orders act`` does behind its options: one step of a dialogue, worded."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_args

import typer

from shopbot import messages
from shopbot.app import phrases_of
from shopbot.commands._desk import Desk, open_desk
from shopbot.kb.loader import load
from shopbot.orders.access import Asker
from shopbot.orders.acting import Acted, Ask, act
from shopbot.orders.actions import ACTIONS
from shopbot.orders.dialogue import Apply, AskSlot, Choose, Confirm, Plan, Refuse, Remedy, Slots
from shopbot.orders.phrases import Phrase, Said
from shopbot.rules.texts import truth
from shopbot.wares import CatalogueWares

__all__ = ["open_desk", "read_slots", "show", "take"]

Say = Callable[[Phrase], Said | None]


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


def _remedy(text: str) -> str | None:
    return text if text in get_args(Remedy) else None


def _pictures(text: str) -> tuple[str, ...] | None:
    return tuple(part.strip() for part in text.split(",") if part.strip()) or None


_READERS: Mapping[str, Callable[[str], Any]] = {
    "phone_tail": str,
    "line": _number,
    "address": str,
    "door": str,
    "parcel": str,
    "receiver": str,
    "phone": str,
    "colour": str,
    "size": str,
    "quantity": _number,
    "text": str,
    "pictures": _pictures,
    "intact": truth,
    "opened": truth,
    "remedy": _remedy,
}


def read_slots(pairs: Sequence[str], *, order: str, confirm: str, deny: bool) -> Slots:
    """Return what was said; a usage error names what can be."""
    told: dict[str, Any] = {}
    for pair in pairs:
        name, _, text = pair.partition("=")
        reader = _READERS.get(name.strip())
        value = reader(text.strip()) if reader and text.strip() else None
        if value is None:
            known = "、".join(_READERS)
            raise typer.BadParameter(messages.text("orders.act.bad-slot", slot=pair, known=known))
        told[name.strip()] = value
    return Slots(order=order, confirmed=confirm, denied=deny, **told)


def take(
    desk: Desk, action: str, slots: Slots, *, dialogue: str, visitor: str, asked: Sequence[str]
) -> Acted:
    """Take one step; without a visitor staff act for the buyer and need no proof."""
    if action not in ACTIONS:
        known = "、".join(ACTIONS)
        raise typer.BadParameter(messages.text("orders.act.unknown", action=action, known=known))
    wanted = Ask(
        action=action,
        slots=slots,
        dialogue=dialogue,
        asker=Asker(store_id=desk.store_id, visitor=visitor, address="command"),
        who="command",
        asked={name: asked.count(name) for name in asked},
        trusted=not visitor,
    )
    knowledge = load(desk.settings.knowledge_dir())
    return act(desk.db, wanted, desk.rules, desk.now, CatalogueWares(lambda: knowledge))


def show(desk: Desk, acted: Acted, *, as_json: bool) -> None:
    """Print the step: what is said, what may be chosen, what happens."""
    knowledge = load(desk.settings.knowledge_dir())
    book = phrases_of(lambda: knowledge)
    told = _told(acted, lambda one: book.say(one.id, one.values, now=desk.now))
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for line in _lines(told):
        typer.echo(line)


def _told(acted: Acted, say: Say) -> dict[str, Any]:
    plan = acted.plan
    told: dict[str, Any] = {
        "kind": type(plan).__name__.lower(),
        "phrases": [_phrase(one, say) for one in plan.phrases],
        "reasons": [check.as_dict() for check in plan.reasons],
        "delay_s": acted.delay_s,
    }
    return told | _rest(plan, say)


def _rest(plan: Plan, say: Say) -> dict[str, Any]:
    if isinstance(plan, AskSlot):
        return {"slot": plan.slot, "identity": plan.identity, "clear": list(plan.clear)}
    if isinstance(plan, Choose):
        options = [{"value": one.value, **_phrase(one.phrase, say)} for one in plan.options]
        return {"slot": plan.slot, "options": options}
    if isinstance(plan, Confirm):
        return {"key": plan.key, "deed": type(plan.deed).__name__}
    if isinstance(plan, Apply):
        deed = type(plan.deed).__name__ if plan.deed else None
        return {"order": plan.order, "key": plan.key, "deed": deed, "hand_over": plan.hand_over}
    return {"why": plan.why, "hand_over": plan.hand_over}


def _phrase(one: Phrase, say: Say) -> dict[str, Any]:
    spoken = say(one)
    text = spoken.text if spoken else messages.text("orders.act.unsaid", id=one.id)
    source = str(spoken.source) if spoken else None
    return {"phrase": one.id, "text": text, "source": source}


def _lines(told: Mapping[str, Any]) -> list[str]:
    lines = [one["text"] for one in told["phrases"]]
    options = told.get("options", [])
    lines += [messages.text("orders.act.option", value=o["value"], text=o["text"]) for o in options]
    kind = "tell" if told["kind"] == "apply" and not told["deed"] else told["kind"]
    kind = {"askslot": "ask"}.get(kind, kind)
    named = {"slot": told.get("slot", ""), "agree": told.get("key", "")}
    for name in ("deed", "why"):
        code = told.get(name)
        named[name] = messages.text(f"orders.act.{name}.{code}") if code else ""
    lines.append(messages.text(f"orders.act.{kind}", **named))
    if told.get("hand_over"):
        lines.append(messages.text("orders.act.hand-over"))
    if told["delay_s"]:
        lines.append(messages.text("orders.act.slow", seconds=told["delay_s"]))
    return lines


def refused(acted: Acted) -> bool:
    """Tell whether nothing came of it."""
    return isinstance(acted.plan, Refuse)
