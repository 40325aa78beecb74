"""What a turn means, given what the talk remembers: subject, order action, choice, yes or no. Pure.

Follow-ups are resolved by :mod:`shopbot.kb.focus` alone (the knowledge's parts carry them); here is what
the knowledge cannot know: which order action is under way, what was offered, what was asked for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from shopbot.chat import back_parcel, noticing, underway
from shopbot.chat.beginning import awaited_pictures, begin, in_so_many_words, when
from shopbot.chat.hearing import Heard, Said, hear
from shopbot.chat.offers import OFFER
from shopbot.chat.own_orders import action_of
from shopbot.chat.picking import pick
from shopbot.chat.scene import Scene
from shopbot.chat.signals import bare, find_signals, is_foreign
from shopbot.chat.situation import Memory, Pending, Understood
from shopbot.chat.slots import fill, without_state
from shopbot.chat.subject import (
    FREIGHT,
    find_subject,
    freight_of,
    has_freight,
    in_context,
    subject_of_case,
)
from shopbot.kb.slots import NO_SLOTS
from shopbot.kb.suggestion import Part, Suggestion
from shopbot.orders.actions import ACTIONS
from shopbot.orders.dialogue import Slots

__all__ = ["COURTESY", "Scene", "handed_back", "understand"]

COURTESY = frozenset({"greeting", "thanks-bye", "smalltalk"})
"""Topics without business content: they are answered, and never count as another subject."""

_NOT_BUT = re.compile(
    r"不是[^,，。;；!！?？]{1,6}[,，。;；!！ ]*(?:而?是|要)([^,，。;；!！?？吗么呢]{1,6})[吧啊呀的。!！]*"
)
_TOLD = frozenset({"order.status", "order.track", "return.progress"})
"""Actions that only tell: 另一单呢 after one of them asks the same of the other order."""
_GENERAL = {
    "order.cancel": "cancel-order",
    "order.change_address": "change-address",
    "order.change_item": "change-item",
    "order.note": "",  # every topic: 备注：送货上门 asks nothing
    "return.request": "return-",
}
"""Topics whose general answers an order action takes the place of."""
_FAULTS = frozenset({"return.quality", "claim.damaged"})
"""Wishes that only describe what is wrong, when it is being mended already."""
_BESIDE = 2  # characters beside a word that say nothing: 我不是投诉啊

_OTHER_ALONE = re.compile(
    r"(?:那|还有)?(?:另外?一?(?:单|个|个订单|笔)|第二单|还有一单)(?:呢|怎么样|咋样)?"
)

Wordless = Literal["", "picture", "voice", "file", "emoji", "card"]


def handed_back(memory: Memory) -> Memory:
    """Return the memory as the bot takes the word again: no question of before is open any more."""
    return replace(memory, called="", pending=None, waiting=(), choices=(), misses=0)


def understand(said: Said, scene: Scene) -> Understood:
    """Return what a turn means; ``understood.memory`` holds what it taught."""
    heard = hear(said)
    before = handed_back(scene.memory) if scene.bot_holds and scene.memory.called else scene.memory
    memory = replace(
        before,
        order=said.orders[0] if said.orders else scene.memory.order,
        product=said.products[0] if said.products else scene.memory.product,
    )
    scene = replace(scene, memory=memory)
    found = Understood(
        text=heard.raw,
        kinds=said.kinds,
        wordless=_wordless(heard),
        signals=find_signals(heard.raw, scene.rules.words),
        private=heard.private,
        foreign=is_foreign(heard.raw),
        memory=memory,
    )
    if heard.private and not (heard.raw or heard.numbers or heard.said.pictures):
        return _only_private(found, scene)
    if found.signals.wants_human or found.signals.threat or found.signals.safety:
        return replace(
            found, parts=_parts(heard, scene)
        )  # nothing is done about an order meanwhile
    told = (
        _sent_back(found, heard, scene)
        or _withdrawn(found, heard, scene)
        or _with_pending(found, heard, scene)
        or _with_choice(found, heard, scene)
        or _new(found, heard, scene)
    )
    return _noticed(_of_this_order(told, scene), scene)


def _only_private(found: Understood, scene: Scene) -> Understood:
    """Nothing else was said: what was asked for before is asked for again."""
    pending = scene.memory.pending
    if pending is None or pending.waiting_for == OFFER:
        return replace(found, wordless="")
    return replace(found, wordless="", pending=pending, changed_subject=True)


def _wordless(heard: Heard) -> Wordless:
    kinds = heard.said.kinds
    if not heard.blank:
        return ""
    if "picture" in kinds:
        return "picture"
    if "voice" in kinds:
        return "voice"
    if "file" in kinds:
        return "file"
    if heard.said.orders or heard.said.products:
        return "card"
    return "emoji" if heard.raw else ""


def _parts(heard: Heard, scene: Scene) -> tuple[Part, ...]:
    if not heard.raw or heard.blank:
        return ()
    text = without_state(_without_calm(heard.raw, scene.rules.words.calm))
    wish, rest = noticing.divide(text, awaited=scene.memory.notice) if scene.look else ("", text)
    parts = tuple(part for one in (wish, _put_right(rest)) if one for part in scene.ask(one))
    begins = (action_of(one, heard, scene) for one in map(_sure, parts) if one)
    subject = find_subject(scene.memory) or next(filter(None, begins), "")
    return in_context(parts, subject, scene.ask)


def _put_right(text: str) -> str:
    """Return a correction as the follow-up that it is: 不是L，是M asks 那M呢."""
    put_right = _NOT_BUT.fullmatch(text.strip())
    return f"那{put_right[1]}呢" if put_right else text


def _of_this_order(found: Understood, scene: Scene) -> Understood:
    """Put what the shopper's own order says in the place of what holds in general."""
    if scene.shop is None or not found.parts:
        return found
    begun = found.pending.action if found.pending else ""
    subject = begun or find_subject(scene.memory)
    if not has_freight(subject):
        subject = subject_of_case(scene.orders)
    spoken = found.pending or scene.memory.pending
    number = (spoken.slots.order if spoken else "") or found.memory.order
    orders = [one for one in scene.orders if number in ("", one.order.number)]
    rather = {
        one.entry: told
        for part in found.parts
        if (one := _sure(part))
        and one.topic == FREIGHT
        and (told := freight_of(part, subject, orders, scene.shop))
    }
    return replace(found, rather=rather)


def _noticed(found: Understood, scene: Scene) -> Understood:
    """Put what is done about goods that are waited for in the place of what is told of that."""
    noticed = noticing.find(found, scene.memory, scene.look, scene.shop)
    picked = noticed.picked if noticed.picked and not found.picked else found.picked
    return replace(
        found,
        rather={**found.rather, **noticed.rather},
        picked=picked,
        memory=replace(found.memory, notice=noticed.asks),
    )


def _without_calm(raw: str, calm: Sequence[str]) -> str:
    """The text without clauses that only say what is not meant (不是投诉，…)."""
    clauses = [one for one in underway.CLAUSE.split(raw) if one]
    kept = [
        one
        for one in clauses
        if not any(word in one and len(one) <= len(word) + _BESIDE for word in calm)
    ]
    return "，".join(kept) if kept and len(kept) < len(clauses) else raw


def _sent_back(found: Understood, heard: Heard, scene: Scene) -> Understood | None:
    """Return the turn as the number of a parcel that comes back; None when it is something else."""
    under_way = scene.memory.pending
    if under_way is not None and under_way.waiting_for not in ("", "confirm", OFFER):
        return None
    slots = back_parcel.find_slots(heard, scene)
    if slots is None:
        return None
    rest = back_parcel.beside(heard)
    beside = Heard(said=replace(heard.said, texts=(rest,)), raw=rest)
    parts = tuple(part for part in _parts(beside, scene) if (one := _sure(part)) and not one.action)
    begun = Pending(action=back_parcel.ACTION, dialogue=scene.dialogue, slots=slots)
    memory = _learned(replace(scene.memory, choices=()), parts)
    return replace(found, pending=begun, parts=parts, memory=memory, changed_subject=True)


def _withdrawn(found: Understood, heard: Heard, scene: Scene) -> Understood | None:
    """Return the turn as taking back what was registered before; None when it is something else."""
    if scene.memory.pending is not None or not underway.takes_back(heard):
        return None
    slots = Slots(order=scene.memory.order)
    return replace(
        found, pending=Pending(action="order.withdraw", dialogue=scene.dialogue, slots=slots)
    )


# --- an order action is under way ----------------------------------------------------------------------


def _with_pending(found: Understood, heard: Heard, scene: Scene) -> Understood | None:
    """Return the turn as the next word on the order action under way; None when there is none."""
    pending = scene.memory.pending
    if pending is None:
        return None
    if pending.waiting_for == OFFER:
        return _with_offer(found, pending, heard, scene)
    words = scene.rules.words
    confirming = pending.waiting_for == "confirm"
    agreed = underway.said(heard, scene.rules, pending.action)
    if confirming and agreed is not None:
        return replace(found, pending=underway.decided(pending, agreed=agreed))
    if underway.gives_up(heard, words.cancel, pending.action):
        return _given_up(found, pending, heard, scene)
    slots = underway.progress(pending, heard, scene)
    if slots != pending.slots:
        return replace(found, pending=underway.going_on(pending, slots))
    return _interrupted(found, pending, heard, scene)


def _with_offer(found: Understood, pending: Pending, heard: Heard, scene: Scene) -> Understood:
    """Return the turn after another action was offered: yes begins it, anything else lets it go."""
    agreed = underway.said(heard, scene.rules, pending.action)
    if agreed or (agreed is None and underway.names_it(heard, pending)):
        slots = fill(pending.action, pending.slots, heard, NO_SLOTS)
        return replace(found, pending=replace(pending, slots=slots, waiting_for=""))
    memory = replace(scene.memory, pending=None)
    found, scene = replace(found, memory=memory), replace(scene, memory=memory)
    if agreed is False or underway.gives_up(heard, scene.rules.words.cancel, pending.action):
        return _given_up(found, pending, heard, scene)
    return _with_choice(found, heard, scene) or _new(found, heard, scene)


def _given_up(found: Understood, pending: Pending, heard: Heard, scene: Scene) -> Understood:
    """The action is not wanted any more; what is asked beside that (算了，我想问下…) is answered."""
    rest = underway.beyond(heard, scene.rules.words.cancel)
    if rest and underway.takes_up(rest, pending.action):
        return replace(found, pending=underway.going_on(pending, pending.slots))
    memory = replace(scene.memory, pending=None, waiting=())
    dropped = replace(found, dropped=True, memory=memory)
    beyond = Heard(said=replace(heard.said, texts=(rest,)), raw=rest)
    parts = _worth(_parts(beyond, scene), beyond, pending.action) if rest else ()
    if parts:
        told = replace(dropped, text=rest, parts=parts, memory=_learned(memory, parts))
        return _new_actions(told, beyond, replace(scene, memory=memory), parts)
    if pending.waiting_for == "confirm":
        return replace(found, pending=underway.decided(pending, agreed=False))
    return dropped


def _worth(parts: Sequence[Part], heard: Heard, given_up: str) -> tuple[Part, ...]:
    """Return what deserves an answer: questions, and what the knowledge is sure of.

    What was given up is not begun again by the words for doing so (算了，还是要吧).
    """
    told = [(part, _sure(part)) for part in parts]
    kept = [(part, one) for part, one in told if not (one and one.action == given_up)]
    sure = any(one and one.topic not in COURTESY for _, one in kept)
    return tuple(part for part, _ in kept) if sure or heard.asks else ()


def _interrupted(found: Understood, pending: Pending, heard: Heard, scene: Scene) -> Understood:
    """The turn did not say what was asked for: another wish, a question in between, or nothing."""
    if pending.options and underway.said(heard, scene.rules) is not None:
        return replace(found, parts=(), pending=pending)  # 确认 picks none of several
    parts = _parts(heard, scene)
    found = replace(found, parts=parts, memory=_learned(found.memory, parts))
    slots = pending.slots
    for part in () if underway.is_question(pending.waiting_for, heard) else parts:
        slots = fill(pending.action, slots, heard, part.slots, waiting=pending.waiting_for)
    sure = [action_of(one, heard, scene) for one in map(_sure, parts) if one]
    action = next((one for one in sure if one), "")
    if pending.action == "return.repair" and action in _FAULTS and not heard.asks:
        told = replace(pending.slots, text=pending.slots.text or heard.raw)
        return replace(found, parts=(), pending=underway.going_on(pending, told))
    if action and action != pending.action:
        return replace(_new_actions(found, heard, scene, parts), changed_subject=True)
    if slots != pending.slots:
        return replace(found, parts=(), pending=underway.going_on(pending, slots))
    if action == pending.action:
        return replace(found, parts=(), pending=pending)
    answers = [one for one in map(_sure, parts) if one and not one.action]
    if any(one.topic not in COURTESY for one in answers):
        return replace(found, pending=pending, changed_subject=True)
    return replace(found, parts=(), pending=pending)


def _sure(part: Part) -> Suggestion | None:
    """Return what the knowledge is sure a part is about."""
    return part.suggestions[0] if part.band == "answer" and part.suggestions else None


# --- something was offered, or it is a new question -----------------------------------------------------


def _with_choice(found: Understood, heard: Heard, scene: Scene) -> Understood | None:
    """Return the turn as a pick from 您是想问…; None when nothing was offered or nothing is picked."""
    choices = scene.memory.choices
    entry = pick(heard.raw, choices) if choices else ""
    if not entry:
        return None
    words = next(words for value, words in choices if value == entry)
    parts = tuple(scene.ask(words))
    picked = _find(parts, entry)
    memory = replace(_learned(scene.memory, parts), choices=())
    found = replace(found, text=words, picked=entry if picked else "", parts=parts, memory=memory)
    if picked is None or picked.action not in ACTIONS:
        return found
    return replace(found, pending=begin(picked.action, heard, parts, scene))


def _find(parts: Sequence[Part], entry: str) -> Suggestion | None:
    return next((one for part in parts for one in part.suggestions if one.entry == entry), None)


def _new(found: Understood, heard: Heard, scene: Scene) -> Understood:
    """Return a turn that goes on with nothing: what the knowledge makes of it."""
    asked = awaited_pictures(heard, scene) or when(heard, scene)
    if asked is not None:
        return replace(found, pending=asked, memory=replace(found.memory, choices=()))
    parts = _parts(heard, scene)
    memory = _learned(replace(found.memory, choices=()), parts)
    told = _new_actions(replace(found, parts=parts, memory=memory), heard, scene, parts)
    for wish in in_so_many_words(heard, scene):
        told = _with_wish(told, wish)
    return told


def _with_wish(told: Understood, wish: Pending) -> Understood:
    """Return the turn with an order action that its words ask for, whatever the knowledge made of them."""
    if told.pending is None:
        general = tuple(
            one.entry
            for one in map(_sure, told.parts)
            if one and not one.action and one.topic.startswith(_GENERAL.get(wish.action, "-"))
        )
        return replace(told, pending=wish, instead=(*told.instead, *general))
    if wish.action in (told.pending.action, *(one.action for one in told.also)):
        return told
    return replace(told, also=(*told.also, wish))


def _new_actions(
    found: Understood, heard: Heard, scene: Scene, parts: Sequence[Part]
) -> Understood:
    sure = [
        (one, action)
        for one in map(_sure, parts)
        if one and (action := action_of(one, heard, scene))
    ]
    begun = [begin(one, heard, parts, scene) for one in dict.fromkeys(action for _, action in sure)]
    if not begun:
        return _number_alone(found, heard, scene)
    instead = tuple(one.entry for one, _ in sure if not one.action)
    return replace(found, pending=begun[0], also=tuple(begun[1:]), instead=instead)


def _number_alone(found: Understood, heard: Heard, scene: Scene) -> Understood:
    """An order number, an order card or a phone without a word: how does it stand?"""
    rest = re.sub(r"订单号?|运单号|手机号|电话|是|的|[\W\d_]+", "", heard.norm)
    subject = find_subject(scene.memory)
    if _OTHER_ALONE.fullmatch(bare(heard.norm)) and subject in _TOLD:
        return replace(found, pending=begin(subject, heard, (), scene), parts=())
    phones = heard.reading.phones
    if not (heard.numbers or phones) or rest or any(_sure(part) for part in found.parts):
        return found
    pending = begin("order.status", heard, (), scene)
    if phones:
        tail = phones[-1][-4:]
        pending = replace(pending, slots=replace(pending.slots, phone_tail=tail))
    return replace(found, pending=pending, wordless="", parts=())


def _learned(memory: Memory, parts: Sequence[Part]) -> Memory:
    """The memory with the product that the turn is about."""
    product = next((part.slots.product for part in parts if part.slots.product), "")
    return replace(memory, product=product or memory.product)
