"""A turn's messages put together: the words as one text, the numbers in it, pictures and cards. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from shopbot.chat import private
from shopbot.chat.model import MessageType
from shopbot.kb import text as texts

_ASKING = re.compile(
    r"[?？]|[吗么呢]$|[吗么呢][,.。!]|多少|多久|几天|几点|怎么|咋|什么|啥|为什么|哪|谁|想问|请问|能不能|可不可以|是不是|有没有|行不行|要不要"
)
_HAN_ORDER = re.compile(r"(?<!\d)\d{6}-\d{10,17}(?!\d)")  # as 拼多多 writes them


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a shopper sent in one turn. Pictures, products and orders are names, SKUs and numbers."""

    texts: tuple[str, ...] = ()
    kinds: frozenset[MessageType] = frozenset()
    pictures: tuple[str, ...] = ()
    products: tuple[str, ...] = ()  # of product cards
    orders: tuple[str, ...] = ()  # of order cards


@dataclass(frozen=True, kw_only=True)
class Heard:
    """``raw`` is the turn as one text, a line a message; the rest is read out of it."""

    said: Said
    raw: str
    private: bool = False  # an identity or bank card number was sent; it is not in ``raw``

    @cached_property
    def reading(self) -> texts.Reading:
        """The text as retrieval sees it, numbers taken out."""
        return texts.read(self.raw)

    @cached_property
    def norm(self) -> str:
        """Normalised text."""
        return self.reading.text

    @cached_property
    def core(self) -> str:
        """Normalised text without courtesies."""
        return texts.core(self.norm)

    @property
    def blank(self) -> bool:
        """Whether nothing was written but marks or smileys."""
        return self.reading.blank

    @property
    def asks(self) -> bool:
        """Whether the wording is that of a question."""
        return bool(_ASKING.search(self.norm))

    @cached_property
    def numbers(self) -> tuple[str, ...]:
        """What may be an order number, cards first."""
        found = [*self.said.orders, *_HAN_ORDER.findall(self.raw), *self.reading.orders]
        found += [one for one in self.reading.trackings if one.isdecimal()]
        return tuple(dict.fromkeys(found))


def hear(said: Said) -> Heard:
    """Put the messages of a turn together: a greeting beside a question is left out."""
    read = [private.without(one.strip()) for one in said.texts]
    told = [text for text, _ in read if text]
    kept = [one for at, one in enumerate(told) if one not in told[:at] and not _opens(one)]
    raw = "\n".join(kept or told[:1])
    return Heard(said=said, raw=raw, private=any(found for _, found in read))


def _opens(text: str) -> bool:
    """Tell whether a message is nothing but an opening (在吗, 那个, 你好)."""
    norm = texts.normalise(text)
    return bool(_OPENING.fullmatch(norm))


_OPENING = re.compile(
    r"(?:(?:你好|您好|亲+|哈喽|hi|hello|在吗|在么|在不在|在不|有人吗|老板|掌柜的?|客服|小姐姐|小哥哥|请问(?:一?下)?|问(?:一?下)"
    r"|我?想问(?:一?下)?|那个|就是|就是说|嗯|额|呃|哦)[,.!?~、 呀啊啦哈哦]*)+"
)
