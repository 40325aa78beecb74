"""What a message is about, given the talk so far: the only resolver of follow-ups. Pure.

A shopper's "那L码呢" only makes sense after "黑色M码有货吗". ``focus`` reads the last turns and gives
the text to search with, the product in view and the slots that were said. Bot and agent turns may
name products; they never bring an intent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from shopbot.kb import measures
from shopbot.kb import text as texts
from shopbot.kb.entry import Product
from shopbot.kb.measures import Span
from shopbot.kb.mentions import COLOUR, GENERIC, OTHER, Names
from shopbot.kb.product import SkuHit
from shopbot.kb.slots import Slots

MAX_TURNS = 6
"""Older turns seldom matter, and a subject dropped long ago must not come back."""

SHORT = 10
"""Up to so many characters a message may lean on the one before it."""

TALL_FROM, TALL_TO = 140, 210
"""A bare number in this range is a height in cm where height and weight were asked for together."""

EXAMPLES = " ".join([GENERIC, OTHER, COLOUR, *measures.EXAMPLES.values()])
"""What stands in a compared question for names and values that were said."""

Role = Literal["shopper", "agent", "bot"]


class Shelf(Protocol):
    """What focus asks of the catalogue."""

    def find(self, sku: str) -> Product | None:
        """The product of exactly this SKU."""

    def find_link(self, link: str) -> Product | None:
        """The product of a link or item id."""

    def find_sku(self, text: str) -> SkuHit | None:
        """What a variant's SKU names: product, colour, size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One message of the talk, oldest first in a list; the last shopper turn is the question."""

    text: str
    role: Role = "shopper"


@dataclass(frozen=True, slots=True, kw_only=True)
class Focus:
    """``text`` is what to search with (normalised, product names made generic); ``question`` the
    same with names kept; ``carried`` the earlier question a follow-up was completed from, or empty.
    ``with_before`` is another reading of a short message: together with the question before it.
    """

    text: str
    question: str
    slots: Slots
    traditional: bool = False
    blank: bool = False
    carried: str = ""
    with_before: Focus | None = None


_FILLER = re.compile(
    r"这个|这款|这件|那个|那款|那件|这种|还有|还|有没有|有么|有吗|有|没有|没|那么|那|要是|如果|假如|换成|换|改成|换个|我要|我穿|要|是|的话|的|呢|吗|么|嘛|啊"
    r"|呀|吧|也|都|一样|行不行|行|可以|可不可以|能|好|穿|看看|看|来|拍|选|个|款|色|码|号|件|怎么样|咋样|如何|同样|同|又|再|给|寄|发|到|去|了|哦|或者|和|跟|我|朋友|老公|老婆|孩子"
)
_BARE_QUESTION = re.compile(
    r"^(?:那|但是?|所以|然后)?(?:为什么|为啥|咋回事|怎么回事|多久|多长时间|要多久|需要多久|几天|怎么弄|怎么操作|怎么办|咋弄|在哪|在哪里|哪里|去哪"
    r"|什么时候|啥时候|谁出|谁付|怎么算|怎么赔|赔多少|赔吗|真的吗?|确定吗?|可以吗|行吗|能吗|有吗|然后呢|还有呢|需要吗|要钱吗|收费吗|怎么申请|怎么用|在哪弄|呢)[呢啊呀吗嘛?]*$"
)
_SKU = re.compile(r"(?<![a-z0-9-])[a-z]{1,4}(?:-[a-z0-9]{1,4}){2,4}(?![a-z0-9-])")
_ONLY_NUMBER = re.compile(
    r"^(?:那|就|是|大概)?\s*(\d{2,3}(?:\.\d)?)\s*(?:码|号|的)?\s*(?:呢|吧|有吗|行吗)?[?!。]?$"
)
_NUMBER = re.compile(r"(?<![\d.])\d{2,3}(?![\d.])")
_CORRECTS = re.compile(
    r"^(?:(?:不是|不对|错了|搞错了|说错了)[^,，。 ]{0,4}[,，。 ]*)?我?(?:说|问|指)的(?:是|就是)(?=.)"
)
"""Words that put right what was asked before: 不是这款，我说的是云脊."""
_BETWEEN = re.compile(r"哪[个款件双]|区别|差(?:多少|在|别)|不同|不一样")
"""A question between two products, those named before when it names none."""
_SENDS = re.compile(
    r"(?:可以|能|可不可以|能不能|支持).{0,2}[寄发送].*[吗么嘛不?]|[寄发送](?:不|没|得)[寄发送到了]"
)
"""Whether goods are sent somewhere is a whole question: 可以寄台湾吗 says nothing of what was before."""
_ANAPHORA = re.compile(r"它|这个|这款|这件|那个|那款|那件|这双|这种|这条|同款|刚才|上面")


def focus(turns: Sequence[Turn], product: str, names: Names, shelf: Shelf) -> Focus:
    """Resolve the last turn; ``product`` is the SKU (or link) on view, or ``""``."""
    recent = list(turns)[-MAX_TURNS:]
    if not recent:
        return Focus(text="", question="", slots=Slots(product=_known(product, shelf)))
    reading = texts.read(recent[-1].text)
    own = _named(reading, names, shelf)
    asked = texts.core(reading.text) or _shown(own, reading, shelf)
    asked = _CORRECTS.sub("", asked)
    earlier = _earlier_product(recent[:-1], names, shelf)
    in_view = _known(product, shelf)
    before = _last_full(_earlier_questions(recent[:-1]), names)
    completed, carried = _complete(asked, before, _prompt(recent[:-1]), names)
    slots = _variant(_slots(completed, reading, names), asked, shelf)
    slots = replace(slots, product=own or _fallback(asked, bool(carried), in_view, earlier))
    if not own and _BETWEEN.search(asked) and not slots.other_product:
        slots = _between(slots, before, names)
    found = Focus(
        text=generic(completed, names),
        question=completed,
        slots=slots,
        traditional=reading.traditional,
        blank=reading.blank,
        carried=carried,
    )
    if carried or not before or before == asked or len(asked) > SHORT:
        return found
    joined = f"{before.rstrip('?!。.')} {asked}"
    together = replace(found, text=generic(joined, names), question=joined, carried=before)
    return replace(found, with_before=together)


def generic(text: str, names: Names) -> str:
    """Text with product names replaced by 这款 (a second one by 那款) and sizes, colours and body
    measures by examples, so that questions are compared whatever they are about.
    """
    text = _SKU.sub(lambda sku: GENERIC if names.find(sku.group(0)) else sku.group(0), text)
    out, at, seen = [], 0, ""
    for span in names.find(text):
        if span.kind not in {"product", "colour"}:
            continue
        example = COLOUR if span.kind == "colour" else GENERIC
        if span.kind == "product":
            name = text[span.start : span.end]
            example = OTHER if seen and seen != name else GENERIC
            seen = seen or name
        out += [text[at : span.start], example]
        at = span.end
    return measures.mask("".join([*out, text[at:]]))


def _known(product: str, shelf: Shelf) -> str:
    if not product:
        return ""
    found = shelf.find(product) or shelf.find_link(product)
    return found.sku if found else ""


def _shown(own: str, reading: texts.Reading, shelf: Shelf) -> str:
    """What a bare link or share code says: the product's name."""
    product = shelf.find(own) if own else None
    return texts.normalise(product.name if product else reading.shared_name)


def _named(reading: texts.Reading, names: Names, shelf: Shelf) -> str:
    """The product the message itself names: by link, share code, name, alias or SKU."""
    for link in reading.links:
        if found := shelf.find_link(link):
            return found.sku
    for text in (reading.shared_name, reading.text):
        skus = [s.value for s in names.find(text) if s.kind == "product" and s.value]
        if skus:
            return skus[0]
    return ""


def _earlier_product(turns: Sequence[Turn], names: Names, shelf: Shelf) -> str:
    for turn in reversed(turns):
        reading = texts.read(turn.text)
        sku = (
            _told_of(reading, names, shelf) if turn.role == "bot" else _named(reading, names, shelf)
        )
        if sku:
            return sku
    return ""


def _told_of(reading: texts.Reading, names: Names, shelf: Shelf) -> str:
    """The one product a bot's answer is about: none of several that it lists, nor of a kind (头灯)."""
    spans = [s for s in names.find(reading.text) if s.kind == "product" and s.value]
    skus = {span.value for span in spans}
    product = shelf.find(skus.pop()) if len(skus) == 1 else None
    kind = texts.normalise(product.category) if product else ""
    named = any(reading.text[span.start : span.end] != kind for span in spans)
    return product.sku if product and named else ""


def _fallback(asked: str, carried: bool, in_view: str, earlier: str) -> str:
    """Product when the message names none: the talk's last one beats the page when pointed at."""
    if earlier and (carried or not in_view or _ANAPHORA.search(asked)):
        return earlier
    return in_view or earlier


def _earlier_questions(turns: Sequence[Turn]) -> list[str]:
    said = (texts.core(texts.normalise(t.text)) for t in turns if t.role == "shopper" and t.text)
    return [_CORRECTS.sub("", one) for one in said]


def _prompt(turns: Sequence[Turn]) -> str:
    """What the shop said right before, if it did: a bare number answers it."""
    return turns[-1].text if turns and turns[-1].role != "shopper" else ""


def _complete(asked: str, before: str, prompt: str, names: Names) -> tuple[str, str]:
    """(completed question, the earlier one it was completed from or '')."""
    if not before or not asked:
        return asked, ""
    if number := _ONLY_NUMBER.match(asked):
        return _with_number(before, number.group(1), prompt), before
    said = _spans(asked, names)
    if said and not _content(asked, said) and not _SENDS.search(asked):
        return _swap(before, asked, said, names), before
    if _BARE_QUESTION.match(asked) and before != asked:
        return f"{before.rstrip('?!。.')} {asked}", before
    return asked, ""


def _with_number(before: str, number: str, prompt: str) -> str:
    """An earlier question with a number that was asked for, or in place of its own number."""
    if "体重" in prompt and "身高" in prompt:  # of two, the height is told first
        prompt = "身高" if TALL_FROM <= float(number) <= TALL_TO else "体重"
    for word, unit in (("体重", "斤"), ("身高", "cm"), ("脚长", "mm")):
        if word in prompt:
            return f"{before} {word}{number}{unit}"
    if _NUMBER.search(before):
        return _NUMBER.sub(number, before, count=1)
    return f"{before} {number}"


def _last_full(earlier: Sequence[str], names: Names) -> str:
    """The latest question with content of its own, earlier follow-ups folded into it."""
    full = ""
    for text in earlier:
        said = _spans(text, names)
        if full and said and not _content(text, said):
            full = _swap(full, text, said, names)
        elif _content(text, ()) and len(text) > 1:
            full = text
    return full


def _spans(text: str, names: Names) -> list[Span]:
    """All slots said in a text; a variant's SKU is one span of its product, tail included."""
    named = names.find(text)
    for sku in _SKU.finditer(text):
        inside = (s for s in named if s.kind == "product" and sku.start() <= s.start < sku.end())
        if found := next(inside, None):
            named.append(replace(found, start=sku.start(), end=sku.end()))
    return measures.without_overlaps([*named, *measures.spans(text)])


def _content(text: str, said: Sequence[Span]) -> str:
    """What is left of a text without its slots, fillers and punctuation."""
    for span in sorted(said, key=lambda s: -s.start):
        text = text[: span.start] + " " + text[span.end :]
    return re.sub(r"[\W_]+", "", _FILLER.sub("", text))


def _swap(before: str, asked: str, said: Sequence[Span], names: Names) -> str:
    """The earlier question with each newly said slot in place of the old one of its kind."""
    text = before
    if len({span.value for span in said if span.kind == "product"}) > 1:
        return f"{asked} {before}"  # the two that 这两个 meant
    for span in said:
        value = asked[span.start : span.end]
        if span.kind == "colour" and len(value) == 1:
            value += "色"  # 黑的 is a colour by its 的 alone, which stays behind
        old = next((s for s in _spans(text, names) if s.kind == span.kind), None)
        if old and span.kind == "body" and _adds(text[old.start : old.end], value):
            text = f"{text} {value}"
            continue
        text = f"{text[: old.start]}{value}{text[old.end :]}" if old else f"{value}{text}"
    return text


def _adds(told: str, new: str) -> bool:
    """Whether a body measure is told beside another one (身高178 after 190斤), not in its place."""
    before, now = measures.body(told), measures.body(new)
    both = zip((before.height, before.weight), (now.height, now.weight), strict=True)
    return not any(old is not None and said is not None for old, said in both)


def _between(slots: Slots, before: str, names: Names) -> Slots:
    """The two products that the question before named."""
    skus = list(
        dict.fromkeys(s.value for s in names.find(before) if s.kind == "product" and s.value)
    )
    return replace(slots, product=skus[0], other_product=skus[1]) if len(skus) == 2 else slots


def _variant(slots: Slots, asked: str, shelf: Shelf) -> Slots:
    """Colour and size out of a full SKU such as LS-JK-01-BK-L."""
    for sku in _SKU.findall(asked):
        if hit := shelf.find_sku(sku):
            return replace(slots, colour=hit.colour or slots.colour, size=hit.size or slots.size)
    return slots


def _slots(text: str, reading: texts.Reading, names: Names) -> Slots:
    said = _spans(text, names)
    first = {span.kind: span.value for span in reversed(said)}
    body = measures.body(text)
    others = [s.value for s in said if s.kind == "product" and s.value]
    return Slots(
        other_product=next((sku for sku in others if sku != others[0]), "") if others else "",
        category=first.get("category", ""),
        colour=first.get("colour", ""),
        size=first.get("size", "").upper(),
        region=first.get("region", ""),
        height=body.height,
        weight=body.weight,
        foot_length=body.foot_length,
        order=next(iter(reading.orders), ""),
        tracking=next(iter(reading.trackings), ""),
        phone=next(iter(reading.phones), ""),
    )
