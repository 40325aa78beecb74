"""One message, several questions: where it may be cut. Pure.

Most commas part a story from its question, so each piece must ask for something. Sentences are cut
first, then each one at its commas: "还有松石绿吗？几天发货" is not cut at 还有, since 松石绿 alone asks for
nothing, but is at the mark. Candidates are only proposed here; the answerer cuts when the pieces are
clearly about different things.
"""

from __future__ import annotations

import re

MAX_PARTS = 8
"""More are answered as one: each part costs an embedding, and nobody reads nine answers."""
MAX_CHARS = 80
"""Longer messages are stories; they are searched as a whole."""
MIN_CONTENT = 2

_ENDS = re.compile(r"[?!;。\n]+")
_JOINTS = re.compile(r"[,、~]|\s+|(?:还有就?是?|另外|顺便问一?下?|以及|再问一?下?|对了)(?=.{2})")
_ASKS = re.compile(
    r"[吗么呢几谁哪]|[不没否]$|多少|多久|多大|多长|怎么|咋|什么|啥|何时|为何|能不能|有没有|是不是|会不会|可不可以|行不行"
    r"|^(?:再|顺便|先)?(?:帮我|麻烦|给我|我要|我想|想要?|把|查|退|换|改|开|催|推荐)"
)


def pieces(text: str) -> list[str]:
    """Pieces of a normalised message that may each be a question; one element if it is one."""
    if len(text) > MAX_CHARS:
        return [text]
    found = [piece for sentence in _cut(text, _ENDS) for piece in _cut(sentence, _JOINTS)]
    return found if len(found) <= MAX_PARTS else [text]


def _cut(text: str, where: re.Pattern[str]) -> list[str]:
    """The text cut ``where`` if every piece then asks for something; else the text itself."""
    cut = [piece.strip() for piece in where.split(text)]
    found = [piece for piece in cut if len(re.sub(r"[\W_]", "", piece)) >= MIN_CONTENT]
    return found if len(found) > 1 and all(_ASKS.search(piece) for piece in found) else [text]
