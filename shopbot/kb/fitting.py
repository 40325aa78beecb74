"""Fits the calibration of a built generation; see :mod:`shopbot.kb.calibration` for the idea."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib import resources

import numpy as np

from shopbot.kb import calibration as calibrating
from shopbot.kb.calibration import CANDIDATES, Calibration, features
from shopbot.kb.embedder import Embedder
from shopbot.kb.generation import Generation, Progress, content_digest

SAMPLE = 2_500
"""Phrasings left out in turn, at most, spread evenly: the fit has seven numbers to find."""
NEGATIVE_SHARE = 0.25
"""Weight of the out-of-shop questions against all others: about what shoppers send."""
LABELLED_SHARE = 1.0
"""Weight of the store's own labelled questions, together, against the left-out phrasings."""
SEARCHED = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A question with the topics that are right for it; none for one that must not be answered."""

    text: str
    topics: frozenset[str]


@dataclass(slots=True)
class _Samples:
    inputs: list[np.ndarray]
    right: list[bool]
    weights: list[float]


def fitted(
    generation: Generation,
    embedder: Embedder,
    labelled: Sequence[Labelled] = (),
    progress: Progress | None = None,
) -> Generation:
    """The generation with a calibration fitted to it; with rough defaults if it is too small."""
    digest = content_digest(generation.entries, generation.model)
    topics = {entry.topic for entry in generation.entries}
    phrasings = len(generation.phrasings)
    if phrasings < calibrating.MIN_PHRASINGS or len(topics) < calibrating.MIN_TOPICS:
        return replace(generation, calibration=calibrating.unfitted(digest))
    tell = progress or (lambda _what, _share: None)
    samples = _Samples([], [], [])
    for share in _left_out(generation, samples):
        tell("progress.calibrate", share * 0.6)
    positives = float(sum(samples.weights))
    negatives = [Labelled(text=text, topics=frozenset()) for text in shipped_negatives()]
    _add(generation, embedder, negatives, NEGATIVE_SHARE * positives, samples)
    tell("progress.calibrate", 0.8)
    if labelled:
        _add(generation, embedder, labelled, LABELLED_SHARE * positives, samples)
    made = calibrating.fit(
        np.array(samples.inputs), np.array(samples.right), digest, np.array(samples.weights)
    )
    tell("progress.calibrate", 1.0)
    return replace(generation, calibration=made)


def _left_out(generation: Generation, samples: _Samples) -> Iterator[float]:
    """Search each sampled phrasing without itself and its twins."""
    retriever = generation.retriever
    twins: dict[str, list[int]] = {}
    for row, text in enumerate(generation.prepared):
        twins.setdefault(text, []).append(row)
    step = max(1, len(generation.prepared) // SAMPLE)
    rows = range(0, len(generation.prepared), step)
    for done, row in enumerate(rows):
        text = generation.prepared[row]
        ranked = retriever.search(
            retriever.analyser.seen(text),
            retriever.dense.vectors[row],
            top=SEARCHED,
            without=twins[text],
        )
        right = frozenset({generation.entries[int(generation.units[row])].topic})
        _sample(generation, ranked, right, len(text), 1.0, samples)
        if done % 100 == 0:
            yield done / len(rows)


def _add(
    generation: Generation,
    embedder: Embedder,
    questions: Sequence[Labelled],
    total: float,
    samples: _Samples,
) -> None:
    retriever = generation.retriever
    asked = [retriever.question(q.text) for q in questions]
    vectors = embedder.encode([q.text for q in asked])
    weight = total / max(len(questions), 1) / CANDIDATES
    for labelled, question, vector in zip(questions, asked, vectors, strict=True):
        ranked = retriever.search(question, vector, top=SEARCHED)
        _sample(generation, ranked, labelled.topics, len(question.text), weight, samples)


def _sample(
    generation: Generation,
    ranked: Sequence[calibrating.Ranked],
    right: frozenset[str],
    length: int,
    weight: float,
    samples: _Samples,
) -> None:
    topics = [generation.entries[r.unit].topic for r in ranked]
    for at in range(min(CANDIDATES, len(ranked))):
        samples.inputs.append(features(ranked, at, topics, length))
        samples.right.append(topics[at] in right)
        samples.weights.append(weight)


def shipped_negatives() -> list[str]:
    """Questions that no shop's knowledge answers, one a line in negatives.txt."""
    text = resources.files("shopbot.kb").joinpath("negatives.txt").read_text(encoding="utf-8")
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]
