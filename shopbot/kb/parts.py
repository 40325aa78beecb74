"""One message, several questions: where it may be cut. Pure.

Most commas part a story from its question, so each piece must ask for something. Candidates are only
proposed here; the answerer cuts when the pieces are clearly about different things.
"""

from __future__ import annotations

import re

MAX_PARTS = 4
MAX_CHARS = 80
"""Longer messages are stories; they are searched as a whole."""
MIN_CONTENT = 2

_CUT = re.compile(
    r"[?!;。\n]+|[,、~]|\s+|(?:还有就?是?|另外|顺便问一?下?|以及|再问一?下?|对了)(?=.{2})"
)
_ASKS = re.compile(
    r"[吗么呢几谁哪]|[不没否]$|多少|多久|多大|多长|怎么|咋|什么|啥|何时|为何|能不能|有没有|是不是|会不会|可不可以|行不行"
    r"|^(?:再|顺便|先)?(?:帮我|麻烦|给我|我要|我想|想要?|把|查|退|换|改|开|催|推荐)"
)


def pieces(text: str) -> list[str]:
    """Pieces of a normalised message that may each be a question; one element if it is one."""
    if len(text) > MAX_CHARS:
        return [text]
    cut = [piece.strip() for piece in _CUT.split(text)]
    found = [piece for piece in cut if len(re.sub(r"[\W_]", "", piece)) >= MIN_CONTENT]
    if not 2 <= len(found) <= MAX_PARTS or not all(_ASKS.search(piece) for piece in found):
        return [text]
    return found
