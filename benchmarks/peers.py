"""Hybrid retrieval of Haystack and txtai beside shopbot's: same encoder, same data, one run.

Each gets the same vectors from the same encoder call (one thread, nothing remembered), exact dense
search and BM25 over words cut by the same jieba dictionary, joined by spaces. What is timed is what
happens after a question has come: cutting, encoding, both searches, fusion; for shopbot the whole
suggestion with its replies. Peers' fusion and BM25 are at their defaults.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks import machine, question_sets, report
from benchmarks.memo import AT, Memo, memo, opened, settings
from benchmarks.question_sets import OWN_FILE, STORE, Jddc
from benchmarks.service import asked_texts, encoder
from benchmarks.timing import interleaved, row
from shopbot.kb import evaluate
from shopbot.kb import text as texts
from shopbot.kb.answering import Answerer
from shopbot.kb.evaluate_files import read_rows
from shopbot.kb.lexicon import Lexicon
from shopbot.kb.remembering import Remembering
from shopbot.kb.suggestion import Query

FILE = "peers.json"
TOP = 10
ROUNDS = 5
Cut = Callable[[str], str]
Encode = Callable[[str], Any]
Search = Callable[[str], list[int]]


def silence() -> None:
    """Peers tell nobody that they run, and look for nothing on a hub."""
    os.environ |= {
        "HAYSTACK_TELEMETRY_ENABLED": "False",
        "ANONYMIZED_TELEMETRY": "False",
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "DO_NOT_TRACK": "1",
    }


@dataclass(frozen=True, slots=True)
class Data:
    """Texts with their vectors; ``cut`` gives words parted by spaces."""

    texts: Sequence[str]
    vectors: Any
    cut: Cut


def haystack(data: Data, encode: Encode, top: int) -> Search:
    """Positions found by BM25 and embeddings in memory, joined by reciprocal ranks."""
    from haystack import Document
    from haystack.components.joiners import DocumentJoiner
    from haystack.components.retrievers.in_memory import (
        InMemoryBM25Retriever,
        InMemoryEmbeddingRetriever,
    )
    from haystack.document_stores.in_memory import InMemoryDocumentStore

    store = InMemoryDocumentStore(bm25_tokenization_regex=r"\S+", return_embedding=False)
    store.write_documents(
        [
            Document(id=str(at), content=data.cut(text), embedding=data.vectors[at].tolist())
            for at, text in enumerate(data.texts)
        ]
    )
    words = InMemoryBM25Retriever(store, top_k=top)
    dense = InMemoryEmbeddingRetriever(store, top_k=top)
    joiner = DocumentJoiner(join_mode="reciprocal_rank_fusion", top_k=top)

    def search(text: str) -> list[int]:
        near = dense.run(query_embedding=encode(text).tolist())["documents"]
        said = words.run(query=data.cut(text))["documents"]
        return [int(d.id) for d in joiner.run(documents=[near, said])["documents"]]

    return search


def txtai(data: Data, encode: Encode, top: int) -> Search:
    """Positions found by txtai's hybrid index."""
    from txtai import Embeddings

    vectors = {
        data.cut(text): vector for text, vector in zip(data.texts, data.vectors, strict=True)
    }
    asked: dict[str, str] = {}

    def transform(wanted: list[str]) -> Any:
        return np.stack([
            vectors[text] if text not in asked else encode(asked[text]) for text in wanted
        ])  # fmt: skip

    index = Embeddings(
        method="external",
        transform=transform,
        hybrid=True,
        scoring={
            "method": "bm25", "terms": True, "normalize": True, "tokenizer": {"whitespace": True},
        },
        faiss={"components": "IDMap,Flat"},
    )  # fmt: skip
    index.index([(at, data.cut(text), None) for at, text in enumerate(data.texts)])

    def search(text: str) -> list[int]:
        words = data.cut(text)
        asked[words] = text
        return [int(at) for at, _ in index.search(words, top)]

    return search


PEERS: dict[str, tuple[str, Callable[[Data, Encode, int], Search]]] = {
    "Haystack": ("haystack", haystack),
    "txtai": ("txtai", txtai),
}


def main() -> int:
    """Measure quality and speed side by side, print and keep the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=500, help="Questions timed.")
    given = parser.parse_args()
    silence()
    present = {name: made for name, (module, made) in PEERS.items() if _is_here(module)}
    for name in PEERS.keys() - present.keys():
        print(f"skipped: {name} is not installed; pip install -e '.[bench]'")
    if not present:
        return 0
    before = machine.load()
    with memo() as kept:
        figures = [*_faq(kept, present), *_store(kept, present, given.texts)]
    for each in figures:
        each["load"] = f"{before}–{machine.load()}"
        print(f"{each['figure']}: {each['value']} {each['unit']} {each['asked']} {each['']}")
    facts = machine.facts()
    facts["versions"] |= machine.versions(machine.PEERS)
    machine.save(FILE, {"machine": facts, "figures": figures})
    report.write_readme()
    return 0


def _is_here(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _cutter() -> Cut:
    lexicon = Lexicon(settings().cache_dir())
    return lambda text: " ".join(lexicon.words(texts.normalise(text))) or text


def _faq(kept: Memo, present: dict[str, Any]) -> list[dict[str, Any]]:
    """hit@1 on jddc_faq, among fifty candidates and among all standards."""
    sets = question_sets.jddc()
    if sets is None:
        print("skipped: jddc_faq is not here")
        return []
    rows = read_rows(sets.corpus)
    ids = [str(r["id"]) for r in rows]
    standards = [str(r["text"]) for r in rows]
    data = Data(standards, kept.encode(standards), _cutter())
    ours = _our_faq(sets, kept, list(zip(ids, standards, strict=True)))
    theirs = {
        name: _hits(sets, ids, made(data, kept.encode_one, len(ids)))
        for name, made in present.items()
    }
    told = []
    for number, what in enumerate(("50-way", "1,157 standards")):
        best = max(found[number] for found in theirs.values())
        told.append(row(f"shopbot hit@1, jddc_faq {what}", ours[number], "", least=best))
        told += [row(f"{name} hit@1, jddc_faq {what}", v[number], "") for name, v in theirs.items()]
    return told


def _our_faq(sets: Jddc, kept: Memo, rows: list[tuple[str, str]]) -> tuple[float, float]:
    corpus = evaluate.Corpus.of(rows, kept, settings().cache_dir())
    asked = read_rows(sets.queries)
    queries = [(str(r["text"]), frozenset(map(str, r["relevant"]))) for r in asked]
    given = {str(r["query_id"]): r["candidates"] for r in read_rows(sets.candidates)}
    fifty = evaluate.corpus(corpus, queries, kept, [given[str(r["id"])] for r in asked])
    return fifty["hit@1"], evaluate.corpus(corpus, queries, kept)["hit@1"]


def _hits(sets: Jddc, ids: list[str], search: Search) -> tuple[float, float]:
    given = {str(r["query_id"]): set(r["candidates"]) for r in read_rows(sets.candidates)}
    fifty, whole = [], []
    for asked in read_rows(sets.queries):
        right = set(map(str, asked["relevant"]))
        order = [ids[at] for at in search(str(asked["text"]))]
        few = [found for found in order if found in given[str(asked["id"])]]
        whole.append(bool(order) and order[0] in right)
        fifty.append(bool(few) and few[0] in right)
    return round(float(np.mean(fifty)), 4), round(float(np.mean(whole)), 4)


def _store(kept: Memo, present: dict[str, Any], count: int) -> list[dict[str, Any]]:
    """Topic hit@1 on the store's single test questions, p50 and throughput over its phrasings."""
    with opened(STORE, kept) as base:
        generation = base.generation
        phrasings = [p.text for p in generation.phrasings]
        topics = [generation.entries[int(unit)].topic for unit in generation.units]
        data = Data(phrasings, kept.encode(phrasings), _cutter())
        real = encoder()
        quality = {name: made(data, kept.encode_one, TOP) for name, made in present.items()}
        timed = {name: made(data, real.encode_one, TOP) for name, made in present.items()}
        told = _topics(Answerer(generation, kept), quality, topics)
        answerer = Answerer(generation, Remembering(real))
        calls: dict[str, Callable[[str], Any]] = {
            "shopbot": lambda text: answerer.answer(Query(text=text, at=AT)), **timed
        }  # fmt: skip
        return told + _speed(calls, count)


def _topics(ours: Answerer, theirs: dict[str, Search], topics: list[str]) -> list[dict[str, Any]]:
    rows = [evaluate.row_of(r) for r in read_rows(OWN_FILE) if "text" in r and not r.get("ood")]
    found = {name: [] for name in ("shopbot", *theirs)}  # type: dict[str, list[bool]]
    for asked in rows:
        part = ours.answer(Query(text=asked.text, at=AT)).parts[0]
        found["shopbot"].append(
            bool(part.suggestions) and part.suggestions[0].topic in asked.topics
        )
        for name, search in theirs.items():
            first = search(asked.text)[:1]
            found[name].append(bool(first) and topics[first[0]] in asked.topics)
    hits = {name: round(float(np.mean(values)), 4) for name, values in found.items()}
    best = max(value for name, value in hits.items() if name != "shopbot")
    return [
        row(f"{name} topic hit@1, own test split", v, "", least=best if name == "shopbot" else None)
        for name, v in hits.items()
    ]


def _speed(calls: dict[str, Callable[[str], Any]], count: int) -> list[dict[str, Any]]:
    asked = asked_texts(count)
    for call in calls.values():
        for text in asked[:20]:
            call(text + "x")
    times = interleaved(calls, asked, ROUNDS)
    p50 = {name: t.p(50) for name, t in times.items()}
    cpu = {name: t.cpu_p(50) for name, t in times.items()}
    fastest = min(p50[name] for name in p50 if name != "shopbot")
    told = [row(f"{name} p50", value, "ms") for name, value in p50.items()]
    told += [row(f"{name} p50, processor time", value, "ms") for name, value in cpu.items()]
    told.append(row("shopbot p50 / faster peer", round(p50["shopbot"] / fastest, 3), "×", most=1.2))
    for threads in (1, 8):
        rates = {name: _rate(call, asked, threads) for name, call in calls.items()}
        best = max(rates[name] for name in rates if name != "shopbot")
        told += [
            row(f"{name}, {threads} callers", value, "questions/s",
                least=best if name == "shopbot" else None)
            for name, value in rates.items()
        ]  # fmt: skip
    return told


def _rate(call: Callable[[str], Any], asked: list[str], threads: int) -> float:
    """Questions a second, the median of three turns; each text new to shopbot's memory."""
    rates = []
    for turn in range(3):
        fresh = [f"{text}{'呀哦啊'[turn]}{threads}" for text in asked[:200]]
        with ThreadPoolExecutor(threads) as pool:
            started = time.perf_counter()
            list(pool.map(call, fresh))
            rates.append(len(fresh) / (time.perf_counter() - started))
    return round(float(np.median(rates)), 1)


if __name__ == "__main__":
    sys.exit(main())
