"""How often words stood in good and in bad reviews: naive Bayes over counts that SnowNLP ships.

The counts (``sentiment_counts.tsv``, MIT licence, SnowNLP 0.12.3) come from shopping reviews. Importing
SnowNLP itself costs 2.7 s and 400 MB for parts that are not needed here, and it unmarshals a file
(docs/decisions). Words are cut by the likeliest path over the counted words, which agrees with SnowNLP's
own cutting in all but a few verdicts.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

FILE = "sentiment_counts.tsv"

_HAN = re.compile(r"[\u4e00-\u9fa5]+")
LONGEST = 6  # characters of a counted word
_UNSEEN = 16.0  # cost of a character that is no counted word, in nats
_FILLER = 2_000  # how often 的, 了 and their like are taken to stand; they tell nothing (0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What each word tells, and how likely it is."""

    odds: dict[str, float]  # log of how much likelier a word is in good reviews
    cost: dict[str, float]  # minus the log of its share
    prior: float

    def score(self, text: str) -> float:
        """Return the log odds that ``text`` (plain) is praise, per square root of its length.

        Naive Bayes takes words for independent, so its odds grow with length beyond all reason;
        the root keeps long reviews comparable with short ones.
        """
        words = [word for run in _HAN.findall(text) for word in self.cut(run)]
        total = self.prior + sum(self.odds.get(word, 0.0) for word in words)
        return total / math.sqrt(max(1, len(text)))

    def cut(self, run: str) -> list[str]:
        """Return the words of a run of characters, by the cheapest path through it."""
        best: list[float] = [0.0]
        back: list[int] = [0]
        for end in range(1, len(run) + 1):
            starts = range(max(0, end - LONGEST), end)
            found = min((best[start] + self._price(run[start:end]), start) for start in starts)
            best.append(found[0])
            back.append(found[1])
        words, end = [], len(run)
        while end:
            words.append(run[back[end] : end])
            end = back[end]
        return words[::-1]

    def _price(self, word: str) -> float:
        found = self.cost.get(word)
        if found is None:
            return _UNSEEN if len(word) == 1 else math.inf
        return found


@cache
def counts() -> Counts:
    """Return the packaged counts."""
    text = (resources.files("shopbot.orders") / FILE).read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    return made({word: (int(good), int(bad)) for word, good, bad in rows})


def made(table: dict[str, tuple[int, int]]) -> Counts:
    """Return what a table of ``word -> (in good, in bad reviews)`` tells; "" holds the totals.

    A word that never stood on one side counts there as once (SnowNLP's smoothing).
    """
    all_good, all_bad = table.pop("")
    return Counts(
        odds={
            word: math.log(max(1, good) / all_good) - math.log(max(1, bad) / all_bad)
            for word, (good, bad) in table.items()
            if good or bad
        },
        cost={
            word: -math.log((good + bad or _FILLER) / (all_good + all_bad))
            for word, (good, bad) in table.items()
        },
        prior=math.log(all_good / all_bad),
    )
