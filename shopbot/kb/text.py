"""From what a shopper typed to the plain text that retrieval compares.

``normalise`` is idempotent and never fails: control characters, lone surrogates, full-width forms,
traditional characters, platform smileys, emoji, links, share codes (淘口令) and long runs of one
character all become plain simplified text. What is worth keeping besides the words (links, order
numbers, the product named in a share code) is handed back by ``read``.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opencc import OpenCC

MAX_CHARS = 2_000
"""Longer messages are cut: no question needs more, and work must stay bounded."""
MAX_PASSES = 8
"""A message is read again until nothing changes; nesting deeper than this is no shopper's."""

ORDER_TOKEN = "订单号"  # noqa: S105 - a word, no secret
TRACKING_TOKEN = "运单号"  # noqa: S105 - a word, no secret
PHONE_TOKEN = "手机号"  # noqa: S105 - a word, no secret

_URL = re.compile(
    r"https?://[^\s，。！？、“”「」]+|\b(?:[a-z0-9-]{1,63}\.){1,4}(?:com|cn|net|tb)/[^\s，。「」]*",
    re.I,
)
_LINK_ID = re.compile(
    r"(?:[?&](?:id|item_?id|goods_id|sku)=|/(?:item|product|goods)/)([0-9a-z-]+)", re.I
)
_SHARE_CODE = re.compile(r"[￥¥$₤€₰¢（(][0-9A-Za-z]{8,13}[￥¥$₤€₰¢）)]")
_SHARE_NAME = re.compile(r"「([^」]{2,80})」|【(?!淘宝|天猫|抖音|京东)([^】]{2,80})】")
_SHARE_BOILERPLATE = re.compile(
    r"【(?:淘宝|天猫|抖音|京东)】|(?:点击链接)?(?:直接|去|后)?打开(?:\s*或者)?"
    r"|点击链接|复制(?:本条|这条|此|整段)?(?:信息|消息|内容|口令)?|(?:淘宝|天猫|抖音|京东)搜索"
    r"|或者\s|\b[a-z]{2}\d{3,5}\b"
)
_PLATFORM_SMILEY = re.compile(r"/:[\x21-\x5a\x5c-\x7e]{1,5}|\[[\u4e00-\u9fff]{1,4}\]")
_TRACKING = re.compile(r"(?<![0-9a-z])(?:no:)?[a-z]{2,4}\d{9,16}(?![0-9a-z])", re.I)
_PHONE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_LONG_NUMBER = re.compile(r"(?<![0-9a-z-])\d{10,22}(?![0-9a-z])")
_PLACEHOLDER = re.compile(r"\{(订单号|运单号|手机号)\}")
_PLAIN = re.compile(r"[\u4e00-\u9fffa-z0-9 ,.?!~()]*")  # none of which is a symbol
_REPEAT = re.compile(r"((?!x)[^\W\d_])\1{2,}")  # xxxl is a size
_PUNCTUATION_RUN = re.compile(r"([^\w\s])\1+")
_SPACE = re.compile(r"\s+")
_LETTERS_OR_DIGITS = re.compile(r"[^\W_]")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")

_OPENING = re.compile(
    r"^(?:(?:你好|您好|亲亲?|哈喽|hi|hello|在吗|在么|在不在|老板|掌柜的?|客服|小姐姐"
    r"|请问(?:一?下)?|麻烦问(?:一?下)|我?想(?:问|咨询|请问|了解)(?:一?下)?|问(?:一?下)|咨询(?:一?下)"
    r"|那个|就是|嗯|额)[,.!?~、 呀啊啦]*)+"
)
_MARKS = ",.!?~、 "
_CLOSING = ("谢谢", "谢了", "多谢", "麻烦了", "哦", "呢", "啊", "呀", "哈", "哟", "嘛", "咯", "亲")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A message as retrieval sees it.

    ``text`` is normalised and keeps its punctuation (parts are split on it); ``traditional`` tells
    the shopper's script; ``links`` are item ids; ``trackings`` are in capitals.
    """

    text: str
    traditional: bool = False
    links: tuple[str, ...] = ()
    shared_name: str = ""
    orders: tuple[str, ...] = ()
    trackings: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()

    @property
    def blank(self) -> bool:
        """True when nothing but marks or pictures was sent."""
        return not (self.links or self.shared_name or _LETTERS_OR_DIGITS.search(self.text))


@lru_cache(maxsize=4)
def _converter(config: str) -> OpenCC:
    import opencc

    return opencc.OpenCC(config)


def to_simplified(text: str) -> str:
    """Traditional characters to simplified (OpenCC t2s); other text comes back unchanged."""
    return str(_converter("t2s").convert(text))


def to_traditional(text: str) -> str:
    """Simplified characters to traditional as used in Taiwan (OpenCC s2tw)."""
    return str(_converter("s2tw").convert(text))


def warm() -> None:
    """Load both directions now: the first use of one takes 0.2 s during which nothing else runs."""
    to_simplified("")
    to_traditional("")


def clean(raw: str) -> str:
    """NFKC without control, format and unpaired surrogate characters, at most ``MAX_CHARS``."""
    cut = raw[: MAX_CHARS * 4]
    if cut.isprintable():  # most messages: nothing to take out
        return unicodedata.normalize("NFKC", cut)[:MAX_CHARS]
    kept = "".join(" " if c in "\n\r\t" else c for c in cut if c in "\n\r\t" or _printable(c))
    return unicodedata.normalize("NFKC", kept)[:MAX_CHARS]


def _printable(char: str) -> bool:
    return unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn"}


def read(raw: str) -> Reading:
    """Take a message apart; see :class:`Reading`."""
    found = _once(raw)
    seen = raw
    for _ in range(MAX_PASSES):  # what one rule takes away may leave something for another
        if found.text == seen:
            break
        seen = found.text
        found = _joined(found, _once(seen))
    return found


def _once(raw: str) -> Reading:
    shown = clean(raw)
    simplified = to_simplified(shown)
    text, links, shared = _take_share(simplified.lower())
    text = _PLACEHOLDER.sub(r"\1", text)
    text, trackings = _take(text, _TRACKING, TRACKING_TOKEN)
    text, phones = _take(text, _PHONE, PHONE_TOKEN)
    text, orders, more = _take_numbers(text)
    return Reading(
        text=_tidy(text),
        traditional=_is_traditional(shown, simplified),
        links=links,
        shared_name=shared,
        orders=orders,
        trackings=(*(told.upper().removeprefix("NO:") for told in trackings), *more),
        phones=phones,
    )


def _joined(first: Reading, then: Reading) -> Reading:
    return Reading(
        text=then.text,
        traditional=first.traditional or then.traditional,
        links=(*first.links, *then.links),
        shared_name=first.shared_name or then.shared_name,
        orders=(*first.orders, *then.orders),
        trackings=(*first.trackings, *then.trackings),
        phones=(*first.phones, *then.phones),
    )


def normalise(raw: str) -> str:
    """The text of :func:`read`: what the dense leg embeds and a cache is keyed by."""
    return read(raw).text


def core(text: str) -> str:
    """Normalised text without the courtesies around the question (你好, 请问, 谢谢, 呀 …).

    They say nothing of what is asked, but move the embedding. A text that is all courtesy stays.
    """
    bare = _unclosed(_OPENING.sub("", text))
    return bare if len(bare) >= 2 else text


def _unclosed(text: str) -> str:
    """Text without closing words and the marks around them; a regex would take cubic time."""
    text = text.rstrip(_MARKS)
    while text.endswith(_CLOSING):
        text = text.removesuffix(next(word for word in _CLOSING if text.endswith(word)))
    return text.rstrip(_MARKS)


def _take_share(text: str) -> tuple[str, tuple[str, ...], str]:
    urls = _URL.findall(text)
    links = tuple(m for url in urls for m in _LINK_ID.findall(url))
    if not (urls or _SHARE_CODE.search(text)):
        return text, (), ""
    shared = ""
    if named := _SHARE_NAME.search(text):
        shared = named.group(1) or named.group(2)
        text = text.replace(named.group(0), " ")
    text = _SHARE_BOILERPLATE.sub(" ", _SHARE_CODE.sub(" ", _URL.sub(" ", text)))
    return text, links, shared


def _take(text: str, pattern: re.Pattern[str], token: str) -> tuple[str, tuple[str, ...]]:
    found = tuple(pattern.findall(text))
    return (pattern.sub(token, text), found) if found else (text, ())


def _take_numbers(text: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Bare digit runs: 12-15 digits are parcel numbers of most carriers, the rest orders."""
    orders: list[str] = []
    trackings: list[str] = []

    def swap(match: re.Match[str]) -> str:
        number = match.group(0)
        if 12 <= len(number) <= 15:
            trackings.append(number)
            return TRACKING_TOKEN
        orders.append(number)
        return ORDER_TOKEN

    return _LONG_NUMBER.sub(swap, text), tuple(orders), tuple(trackings)


def _tidy(text: str) -> str:
    text = _PLATFORM_SMILEY.sub(" ", text)
    if not _PLAIN.fullmatch(text):
        text = "".join(c for c in text if unicodedata.category(c) not in {"So", "Sk", "Mn", "Me"})
    text = _REPEAT.sub(r"\1", text)
    text = _PUNCTUATION_RUN.sub(r"\1", text)
    return _SPACE.sub(" ", text).strip()


def _is_traditional(shown: str, simplified: str) -> bool:
    """True when at least two characters, or a fifth of the Chinese ones, are traditional forms."""
    changed = sum(a != b for a, b in zip(shown, simplified, strict=False))
    return changed >= 2 or (changed > 0 and changed * 5 >= len(_HAN.findall(shown)))
