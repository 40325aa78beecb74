"""Fits what a built generation learns from its own phrasings: topic model and calibration.

See :mod:`shopbot.kb.topic_model` and :mod:`shopbot.kb.calibration` for the ideas. Phrasings are
judged by a model that has not seen them (two folds), else the calibration would be too sure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from shopbot.kb import calibration as calibrating
from shopbot.kb import topic_model
from shopbot.kb.calibration import CANDIDATES, Calibration, features
from shopbot.kb.embedder import Embedder
from shopbot.kb.fusion import Floats, Ranked
from shopbot.kb.generation import Generation, Progress, content_digest
from shopbot.kb.labelled import Labelled
from shopbot.kb.negatives import shipped_negatives
from shopbot.kb.retrieval import DENSE_CANDIDATES, Retriever, with_topics
from shopbot.kb.topic_model import Hashed, TopicModel, hash_rows, hash_terms

SAMPLE = 1_000
"""Phrasings left out in turn, about so many, spread evenly: the fit has eight numbers to find, and
twice as many gave the same figures. A store that has as many needs one half of them judged only."""
NEGATIVE_SHARE = 0.25
"""Weight of the out-of-shop questions against all others: about what shoppers send."""
LABELLED_SHARE = 1.0
"""Weight of the store's own labelled questions, together, against the left-out phrasings."""
BATCH = 256
"""Searches of the dense leg at once: one after the other they take five times as long."""
SEARCHED = 8
"""Entries that a search looks at: the margin needs the best of another topic among them."""


@dataclass(slots=True)
class _Samples:
    inputs: list[NDArray[np.float64]] = field(default_factory=list)
    right: list[bool] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)

    def fit(self, digest: str) -> Calibration:
        """The calibration they teach; without a right and a wrong one they teach nothing."""
        if len(set(self.right)) < 2:
            return calibrating.unfitted(digest)
        return calibrating.fit(
            np.array(self.inputs), np.array(self.right), digest, np.array(self.weights)
        )


@dataclass(frozen=True, slots=True)
class _Example:
    """A text to train or judge on: its terms as the topic model takes them, its vector, its right
    topics; ``row`` if it is a phrasing.
    """

    text: str
    hashed: Hashed
    vector: Floats
    topics: frozenset[str]
    row: int = -1


@dataclass(frozen=True, slots=True)
class _Judged:
    """An example to search for, what it weighs, and the rows that its search leaves out."""

    example: _Example
    weight: float
    without: Sequence[int] = ()


def fitted(
    generation: Generation,
    embedder: Embedder,
    labelled: Sequence[Labelled] = (),
    progress: Progress | None = None,
) -> Generation:
    """The generation with topic model and calibration; rough defaults if it is too small, or if no
    phrasing of it finds a sister when left out.
    """
    tell = progress or (lambda _what, _share: None)
    topics = [entry.topic for entry in generation.entries]
    digest = content_digest(generation.entries, generation.model, labelled)
    examples = _phrasings(generation) + _asked(generation, embedder, labelled)
    small = len(generation.phrasings) < calibrating.MIN_PHRASINGS or (
        len(set(topics)) < calibrating.MIN_TOPICS
    )
    folds = 0 if small else 1 if len(generation.phrasings) >= SAMPLE else 2
    samples = _Samples()
    tell("progress.calibrate", 0.1)
    with ThreadPoolExecutor() as pool:  # numpy leaves the interpreter to the searches meanwhile
        halves = [pool.submit(_train, _split(examples, fold)[1]) for fold in range(folds)]
        whole = pool.submit(_train, examples)
        for share in _folds(generation, examples, halves, samples):
            tell("progress.calibrate", 0.1 + 0.7 * share)
    retriever = with_topics(generation.retriever, whole.result(), topics)
    judged = replace(generation, retriever=retriever, drift=0)
    if small:
        return replace(judged, calibration=calibrating.unfitted(digest))
    _add_negatives(judged, embedder, topics, samples)
    tell("progress.calibrate", 1.0)
    return replace(judged, calibration=samples.fit(digest))


def _add_negatives(
    generation: Generation, embedder: Embedder, topics: Sequence[str], samples: _Samples
) -> None:
    """Judge the shipped questions too: whatever they find is wrong."""
    negatives = [Labelled(text=text, topics=frozenset()) for text in shipped_negatives()]
    weight = NEGATIVE_SHARE * sum(samples.weights) / len(negatives) / CANDIDATES
    asked = [_Judged(example, weight) for example in _asked(generation, embedder, negatives)]
    for _ in _judge(generation.retriever, topics, asked, samples):
        pass


def _phrasings(generation: Generation) -> list[_Example]:
    retriever = generation.retriever
    topics = [generation.entries[int(unit)].topic for unit in generation.units]
    return [
        _Example(text, hashed, retriever.dense.vectors[row], frozenset({topics[row]}), row)
        for row, (text, hashed) in enumerate(
            zip(generation.prepared, _hashed(generation), strict=True)
        )
    ]


def _hashed(generation: Generation) -> list[Hashed]:
    """The phrasings' terms as the topic model takes them; analysed again only if that was lost."""
    index = generation.retriever.words
    known = generation.memory.filled().analysed
    if all(phrasing.text in known for phrasing in generation.phrasings):
        return hash_rows([known[p.text].words for p in generation.phrasings], index)
    words = generation.retriever.analyser.words
    return [hash_terms(words(text), index) for text in generation.prepared]


def _asked(
    generation: Generation, embedder: Embedder, questions: Sequence[Labelled]
) -> list[_Example]:
    asked = [generation.ask(q.text) for q in questions]
    vectors = embedder.encode([q.text for q in asked])
    index = generation.retriever.words
    return [
        _Example(q.text, hash_terms(q.words, index), vector, labelled.topics)
        for labelled, q, vector in zip(questions, asked, vectors, strict=True)
        if q.text
    ]


def _train(examples: Sequence[_Example]) -> TopicModel | None:
    """A topic model over all examples that have a topic; one example a right topic."""
    kept = [(e, topic) for e in examples for topic in sorted(e.topics)]
    kept = kept[:: max(1, -(-len(kept) // topic_model.MOST))]
    if not kept:
        return None
    return topic_model.fit(
        np.stack([e.vector for e, _ in kept]),
        [e.hashed for e, _ in kept],
        np.array([topic for _, topic in kept]),
    )


def _split(examples: Sequence[_Example], fold: int) -> tuple[list[_Example], list[_Example]]:
    """One half of the examples, and the other."""
    return (
        [e for at, e in enumerate(examples) if at % 2 == fold],
        [e for at, e in enumerate(examples) if at % 2 != fold],
    )


def _folds(
    generation: Generation,
    examples: Sequence[_Example],
    models: Sequence[Future[TopicModel | None]],
    samples: _Samples,
) -> Iterator[float]:
    """Judge one half of the examples, or each in turn, with a model trained on the other half."""
    topics = [entry.topic for entry in generation.entries]
    twins: dict[str, list[int]] = {}
    for row, text in enumerate(generation.prepared):
        twins.setdefault(text, []).append(row)
    step = max(1, -(-len(models) * len(generation.prepared) // 2 // SAMPLE))
    for fold, model in enumerate(models):
        retriever = with_topics(generation.retriever, model.result(), topics)
        left, _ = _split(examples, fold)
        written = [e for e in left if e.row >= 0 and (e.row // 2) % step == 0]
        asked = [e for e in left if e.row < 0]
        weight = LABELLED_SHARE * len(written) / max(len(asked), 1)
        picked = [_Judged(e, 1.0, twins[e.text]) for e in written]
        picked += [_Judged(e, weight) for e in asked]
        for share in _judge(retriever, topics, picked, samples):
            yield (fold + share) / len(models)


def _judge(
    retriever: Retriever, topics: Sequence[str], asked: Sequence[_Judged], samples: _Samples
) -> Iterator[float]:
    """Add the first candidates of each search to the samples; tells the share that is done."""
    for start in range(0, len(asked), BATCH):
        batch = asked[start : start + BATCH]
        extra = max(len(one.without) for one in batch)
        vectors = np.stack([one.example.vector for one in batch])
        nearest = retriever.dense.search_many(vectors, DENSE_CANDIDATES + extra)
        for one, near in zip(batch, nearest, strict=True):
            near = near[: DENSE_CANDIDATES + len(one.without)]
            _add(retriever, topics, one, near[near >= 0], samples)
        yield (start + len(batch)) / len(asked)


def _add(
    retriever: Retriever,
    topics: Sequence[str],
    one: _Judged,
    near: NDArray[np.int64],
    samples: _Samples,
) -> None:
    example = one.example
    question = retriever.analyser.seen(example.text)
    ranked: list[Ranked] = retriever.search(
        question, example.vector, top=SEARCHED, without=one.without, near=near
    )
    found = [topics[r.unit] for r in ranked]
    for at in range(min(CANDIDATES, len(ranked))):
        samples.inputs.append(features(ranked, at, found, len(example.text)))
        samples.right.append(found[at] in example.topics)
        samples.weights.append(one.weight)
