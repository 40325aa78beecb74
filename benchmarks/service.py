"""`make bench`: how fast suggestions come and builds are, beside the bare encoder; memory; callers."""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import machine, report, synthesis
from benchmarks.memo import AT, Memo, memo, settings
from benchmarks.question_sets import FRESH_FILE, OWN_FILE, STORE
from benchmarks.timing import Bare, cpu_ratio, interleaved, ratio, row
from shopbot.kb import dense
from shopbot.kb.answering import Answerer
from shopbot.kb.embedder import Count, Embedder, load_embedder
from shopbot.kb.evaluate_files import read_rows
from shopbot.kb.index import IndexFolder
from shopbot.kb.remembering import Remembering
from shopbot.kb.service import KnowledgeBase
from shopbot.kb.suggestion import Query

FILE = "service.json"
ROUNDS = 5
LARGE_ENTRIES = 10_000
WARM = 20
CALLERS = (1, 8, 32)

Rows = list[dict[str, Any]]


def main() -> int:
    """Measure the sections asked for, print and keep the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", default=[], choices=list(SECTIONS))
    parser.add_argument("--size", type=int, default=100_000, help="Phrasings of the large store.")
    parser.add_argument("--texts", type=int, default=1000, help="Questions timed.")
    given = parser.parse_args()
    figures: Rows = [] if not given.only else machine.saved(FILE).get("figures", [])
    for name in given.only or SECTIONS:
        print(f"… {name}", file=sys.stderr, flush=True)
        before = machine.load()
        rows = [{"section": name} | each for each in SECTIONS[name](given)]
        for each in rows:
            each |= {"load": f"{before}–{machine.load()}"}
            print(f"{each['figure']}: {each['value']} {each['unit']} {each['asked']} {each['']}")
        figures = [each for each in figures if each.get("section") != name] + rows
        machine.save(FILE, {"machine": machine.facts(), "figures": figures})
        report.write_readme()
    return 0


def asked_texts(count: int) -> list[str]:
    """Distinct single questions of the repository's sets, shuffled with a fixed seed."""
    rows = [*read_rows(OWN_FILE), *read_rows(FRESH_FILE)]
    texts = list(dict.fromkeys(str(row["text"]) for row in rows if "text" in row))
    random.Random(0).shuffle(texts)  # noqa: S311
    return texts[:count]


def encoder() -> Embedder:
    """The installation's embedder, which remembers nothing."""
    told = settings()
    return load_embedder(told.model, told.cache_dir())


@contextmanager
def opened(folder: Path, embedder: Embedder) -> Iterator[KnowledgeBase]:
    """A store built in a temporary folder, and asked through the encoder itself."""
    with tempfile.TemporaryDirectory() as place:
        index = IndexFolder(Path(place) / "index", settings().cache_dir())
        with KnowledgeBase(folder, index, embedder) as base:
            base.refresh()
            yield base


def suggesting(base: KnowledgeBase) -> Callable[[str], Any]:
    """Asks the store's generation with the real encoder behind the usual cache."""
    answerer = Answerer(base.generation, Remembering(encoder()))
    return lambda text: answerer.answer(Query(text=text, at=AT))


def latency(given: argparse.Namespace) -> Rows:
    """Suggestions at demo size beside the bare encoder; repeats from the cache."""
    with memo() as kept, opened(STORE, kept) as base:
        count = len(base.generation.phrasings)
        ask = suggesting(base)
        rows = [row("phrasings, demo store", count, "")]
        rows += _beside(ask, asked_texts(given.texts), "demo store", 1.5)
        again = asked_texts(200)
        for text in again:
            ask(text)
        times = interleaved({"again": ask}, again, 1)["again"]
    return [*rows, row("repeated question, p50", times.p(50), "ms")]


def _beside(ask: Callable[[str], Any], texts: list[str], name: str, most: float) -> Rows:
    bare = Bare()
    for text in texts[:WARM]:
        ask(text + "x")
        bare(text)
    times = interleaved({"suggest": ask, "bare": bare}, texts, ROUNDS)
    one, other = times["suggest"], times["bare"]
    return [
        row(f"suggest p50, {name}", one.p(50), "ms"),
        row(f"suggest p99, {name}", one.p(99), "ms"),
        row(f"bare encoder p50, beside {name}", other.p(50), "ms"),
        row(f"bare encoder p99, beside {name}", other.p(99), "ms"),
        row(f"suggest / bare p50, {name}", ratio(one, other, 50), "×", most=most),
        row(f"suggest / bare p99, {name}", ratio(one, other, 99), "×", most=most),
        row(f"suggest / bare, processor time, {name}", cpu_ratio(one, other), "×"),
    ]


def large(given: argparse.Namespace) -> Rows:
    """The same with a large store, and what its graph finds of what an exact scan finds."""
    with tempfile.TemporaryDirectory() as place:
        folder = synthesis.lay_down(Path(place) / "store", given.size // 10, 10)
        with memo() as kept, opened(folder, _saving(kept)) as base:
            count = len(base.generation.phrasings)
            texts = asked_texts(given.texts)
            rows = [row("phrasings, large store", count, "")]
            rows += _beside(suggesting(base), texts, "large store", 2.2)
            found = recall(base.generation.retriever.dense, kept.encode(texts))
    return [*rows, row("recall@50 of the graph, large store", found, "", least=0.99)]


def _saving(kept: Memo) -> Memo:
    """Vectors made in slices that are saved: an hour's work must not be lost."""
    make = kept.encode

    def encode(texts: Any, *, done: Any = None) -> Any:
        for start in range(0, len(texts), 5000):
            make(texts[start : start + 5000])
            kept.save()
        return make(texts, done=done)

    kept.encode = encode  # type: ignore[method-assign]
    return kept


def recall(index: dense.Dense, queries: np.ndarray) -> float:
    """Share of the exact 50 nearest that the index finds."""
    shares = []
    for query in queries:
        scores = index.vectors @ query
        exact = np.argpartition(scores, -50)[-50:]
        near, _ = index.search(query, 50)
        shares.append(len(np.intersect1d(exact, near)) / 50)
    return round(float(np.mean(shares)), 4)


class Listing:
    """An embedder that also lists what it was asked for, each text once."""

    def __init__(self, inner: Embedder) -> None:
        self.inner, self.name, self.dim = inner, inner.name, inner.dim
        self.texts: dict[str, None] = {}

    def encode(self, texts: Sequence[str], *, done: Count | None = None) -> np.ndarray:
        """Vectors, as the inner one makes them."""
        self.texts.update(dict.fromkeys(texts))
        return self.inner.encode(texts, done=done)

    def encode_one(self, text: str) -> np.ndarray:
        """The vector of one text."""
        self.texts[text] = None
        return self.inner.encode_one(text)


def build(_given: argparse.Namespace) -> Rows:
    """A build from nothing beside encoding the same texts, on the same threads, in turns: all that
    it encodes, and its phrasings alone (it encodes labelled and out-of-shop questions too).
    """
    times: list[tuple[float, float, float]] = []
    for _ in range(3):
        listing = Listing(encoder())
        started = time.perf_counter()
        with opened(STORE, listing) as base:
            whole = time.perf_counter() - started
            written = list(dict.fromkeys(base.generation.prepared))
        others = [text for text in listing.texts if text not in set(written)]
        fresh = encoder()
        times.append((whole, _timed(fresh, written), _timed(fresh, others)))
    builds, bare, more = np.array(times).T
    return [
        row("phrasings encoded by a build", len(written), ""),
        row("other texts encoded by a build", len(others), ""),
        row("build", _middle(builds), "s"),
        row("bare encoder on all of these", _middle(bare + more), "s"),
        row("build / bare encoder", _middle(builds / (bare + more)), "×", most=1.25),
        row("build / bare encoder on the phrasings alone", _middle(builds / bare), "×"),
    ]


def _middle(values: np.ndarray) -> float:
    return round(float(np.median(values)), 3)


def _timed(embedder: Embedder, texts: Sequence[str]) -> float:
    started = time.perf_counter()
    embedder.encode(texts)
    return time.perf_counter() - started


def change(_given: argparse.Namespace) -> Rows:
    """One entry changed among ten thousand, from a saved file to being served."""
    with tempfile.TemporaryDirectory() as place:
        folder = synthesis.lay_down(Path(place) / "store", LARGE_ENTRIES, 1)
        with memo() as kept, opened(folder, kept) as base:
            entries = len(base.generation.entries)
            waits, wholes = [], []
            for turn in range(5):
                _edit(folder, turn)
                wait, whole = _served(base)
                waits.append(wait)
                wholes.append(whole)
            found = base.answerer.search("新加的问法能搜到第4次吗", top=1)
            assert found[0][0].id == "bench.e04200", found[0][0].id
    return [
        row(f"one of {entries:,} entries changed, until served", _ms(waits), "ms", most=300),
        row(f"one of {entries:,} entries changed, until on disk", _ms(wholes), "ms"),
    ]


def _ms(seconds: list[float]) -> float:
    return round(float(np.median(seconds)) * 1e3, 1)


def _edit(folder: Path, turn: int) -> None:
    path = folder / "replies" / "bench" / "0042.yaml"
    batch = list(synthesis.entries(LARGE_ENTRIES, 1))[4200:4300]
    identity, topic, texts = batch[0]
    batch[0] = (identity, topic, [*texts, f"新加的问法能搜到第{turn}次吗"])
    synthesis.write(path, batch)


def _served(base: KnowledgeBase) -> tuple[float, float]:
    """Seconds until the new generation answers, and until it is written."""
    before = base.answerer
    seen: list[float] = []
    started = time.perf_counter()

    def wait() -> None:
        while base.answerer is before:
            time.sleep(0.0005)
        seen.append(time.perf_counter() - started)

    watcher = threading.Thread(target=wait)
    watcher.start()
    base.take_in()
    whole = time.perf_counter() - started
    watcher.join()
    return seen[0], whole


STARTED = """
import sys, time
started = time.perf_counter()
from benchmarks.machine import resident_mb
from benchmarks.memo import AT, settings
from shopbot.kb.service import KnowledgeBase, Query
base = KnowledgeBase.open(settings())
base.suggest(Query(text="发货了吗", at=AT))
print(time.perf_counter() - started, resident_mb())
"""


def start(_given: argparse.Namespace) -> Rows:
    """A process that opens a built index and answers once: time and resident memory."""
    with tempfile.TemporaryDirectory() as place:
        import os

        around = os.environ | {"SHOPBOT_DATA": place, "SHOPBOT_KNOWLEDGE": str(STORE)}
        said = []
        for _ in range(4):  # the first one builds
            run = subprocess.run(  # noqa: S603
                [sys.executable, "-c", STARTED], cwd=machine.ROOT, env=around,
                capture_output=True, text=True, check=True,
            )  # fmt: skip
            said.append([float(value) for value in run.stdout.split()[-2:]])
    seconds, memory = np.median(np.array(said[1:]), axis=0)
    return [
        row("start with a built index to the first answer", round(float(seconds), 2), "s", most=2),
        row("resident memory after it", round(float(memory), 1), "MB"),
    ]


def callers(_given: argparse.Namespace) -> Rows:
    """Throughput with several callers at once, each question new."""
    rows = []
    with memo() as kept, opened(STORE, kept) as base:
        texts = asked_texts(1200)
        single = 0.0
        for number in CALLERS:
            ask = suggesting(base)
            for text in texts[:WARM]:
                ask(text + "x")
            rate, slow = _together(ask, texts[: 400 if number == 1 else 800], number)
            single = single or rate
            rows.append(row(f"{number} callers at once", round(rate, 1), "questions/s"))
            rows.append(row(f"{number} callers at once, p99", slow, "ms"))
        rows.append(row("32 callers / 1 caller", round(rate / single, 3), "×", least=0.9))
    return rows


def _together(ask: Callable[[str], Any], texts: list[str], number: int) -> tuple[float, float]:
    def timed(text: str) -> float:
        started = time.perf_counter()
        ask(text)
        return (time.perf_counter() - started) * 1e3

    with ThreadPoolExecutor(number) as pool:
        started = time.perf_counter()
        times = list(pool.map(timed, texts))
        whole = time.perf_counter() - started
    return len(texts) / whole, round(float(np.percentile(times, 99)), 1)


SECTIONS: dict[str, Callable[[argparse.Namespace], Rows]] = {
    "latency": latency,
    "build": build,
    "change": change,
    "start": start,
    "callers": callers,
    "large": large,
}

if __name__ == "__main__":
    sys.exit(main())
