"""Whether a review praises or complains, how sure that is, and what it speaks of.

Three legs are added up: the words (:mod:`sentiment_words`), how often words stood in good and bad reviews
(:mod:`sentiment_counts`) and the direction of the sentence's vector. The weights were fitted once by
``tools/fit_sentiment.py``, stand in ``sentiment_model.json`` and are measured in docs/reviews.md. A store
with another sentence model, whose vectors mean something else, does without the third leg.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal, Protocol

from shopbot.orders import sentiment_words as words
from shopbot.orders.sentiment_counts import counts
from shopbot.orders.sentiment_words import Aspect, Reading

FILE = "sentiment_model.json"

Sentiment = Literal["pos", "neg", "neutral"]
Leg = Literal["words", "counts", "vector"]

_SAME = 0.97  # cosine of the probe from which on it is the model the weights were fitted for
_MIDDLE = 0.04  # as near to one half, without a word of praise or blame, nothing was said
_BATCH = 256
_FARTHEST = 30.0  # exp stays finite


class Embed(Protocol):
    """Turns texts into vectors of length one; the application gives the store's own."""

    def encode(self, texts: Sequence[str]) -> Any:
        """Return one row of numbers a text."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a review says."""

    sentiment: Sentiment
    probability: float  # that it praises
    aspects: tuple[Aspect, ...] = ()  # what it speaks of
    aspect_sentiments: Mapping[Aspect, Sentiment]  # where it says how

    def as_dict(self) -> dict[str, Any]:
        """Return the verdict for programs."""
        return {
            "sentiment": self.sentiment,
            "probability": round(self.probability, 4),
            "aspects": list(self.aspects),
            "aspect_sentiments": dict(self.aspect_sentiments),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Linear:
    """A weighted sum."""

    weights: tuple[float, ...]
    bias: float

    def of(self, values: Sequence[float]) -> float:
        """Return the sum for ``values``."""
        pairs = zip(self.weights, values, strict=True)
        return self.bias + sum(weight * float(value) for weight, value in pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """The fitted weights."""

    words: Linear
    vector: Linear
    together: Linear  # of words, counts, vector
    without_vector: Linear  # of words, counts
    probe: str
    probe_vector: tuple[float, ...]


class Judge:
    """Judges reviews; the same text gets the same verdict, whatever stands beside it."""

    def __init__(self, embed: Embed | None = None, model: Model | None = None) -> None:
        self._model = model or packaged()
        self._embed = embed if embed is not None and self._fits(embed) else None

    @property
    def has_vectors(self) -> bool:
        """Tell whether the sentence model takes part."""
        return self._embed is not None

    def judge(self, texts: Sequence[str]) -> list[Verdict]:
        """Return a verdict on each text."""
        found: list[Verdict] = []
        for start in range(0, len(texts), _BATCH):
            part = texts[start : start + _BATCH]
            read = [words.read(text) for text in part]
            odds = self._odds(part, read)
            found += [_verdict(reading, one) for reading, one in zip(read, odds, strict=True)]
        return found

    def legs(self, texts: Sequence[str]) -> dict[Leg, list[float]]:
        """Return the log odds of each leg alone, for measuring."""
        return self._legs(texts, [words.read(text) for text in texts])

    def _odds(self, texts: Sequence[str], read: Sequence[Reading]) -> list[float]:
        legs = self._legs(texts, read)
        added = self._model.together if self._embed is not None else self._model.without_vector
        return [added.of(row) for row in zip(*legs.values(), strict=True)]

    def _legs(self, texts: Sequence[str], read: Sequence[Reading]) -> dict[Leg, list[float]]:
        table = counts()
        legs: dict[Leg, list[float]] = {
            "words": [self._model.words.of(one.features) for one in read],
            "counts": [table.score(words.plain(text)) for text in texts],
        }
        if self._embed is not None:
            vectors = self._embed.encode([text[: words.MAX_TEXT] for text in texts])
            legs["vector"] = [self._model.vector.of(vector) for vector in vectors]
        return legs

    def _fits(self, embed: Embed) -> bool:
        (vector,) = embed.encode([self._model.probe])
        known = self._model.probe_vector
        return len(vector) == len(known) and _cosine(vector, known) >= _SAME


def probability(odds: float) -> float:
    """Return the probability of log odds."""
    return 1 / (1 + math.exp(-min(max(odds, -_FARTHEST), _FARTHEST)))


def _verdict(reading: Reading, odds: float) -> Verdict:
    praise = probability(odds)
    unsaid = reading.blank or (not reading.polar and abs(praise - 0.5) < _MIDDLE)
    told: dict[Aspect, Sentiment] = {
        aspect: "pos" if net > 0 else "neg" for aspect, net in reading.aspects.items() if net
    }
    return Verdict(
        sentiment="neutral" if unsaid else "pos" if praise >= 0.5 else "neg",
        probability=praise,
        aspects=tuple(reading.aspects),
        aspect_sentiments=told,
    )


def _cosine(one: Sequence[float], other: Sequence[float]) -> float:
    dot = sum(float(a) * b for a, b in zip(one, other, strict=True))
    lengths = math.hypot(*map(float, one)) * math.hypot(*other)
    return dot / lengths if lengths else 0.0


@cache
def packaged() -> Model:
    """Return the model that comes with the program."""
    text = (resources.files("shopbot.orders") / FILE).read_text(encoding="utf-8")
    return read_model(json.loads(text))


def read_model(told: Mapping[str, Any]) -> Model:
    """Return the model that ``told`` describes."""
    return Model(
        words=Linear(
            weights=tuple(told["words"][name] for name in words.FEATURES),
            bias=told["words"]["bias"],
        ),
        vector=Linear(weights=tuple(told["vector"]["weights"]), bias=told["vector"]["bias"]),
        together=_sum(told["together"], ("words", "counts", "vector")),
        without_vector=_sum(told["without_vector"], ("words", "counts")),
        probe=told["probe"]["text"],
        probe_vector=tuple(told["probe"]["vector"]),
    )


def _sum(told: Mapping[str, float], names: Sequence[Leg]) -> Linear:
    return Linear(weights=tuple(told[name] for name in names), bias=told["bias"])
