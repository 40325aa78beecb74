"""How well reviews are judged: each leg alone, all together, what is said of what.

``python -m benchmarks.sentiment`` writes results/reviews.json and the tables of docs/reviews.md.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks import machine, report
from shopbot.config import load_settings
from shopbot.kb.embedder import load_embedder
from shopbot.kb.figures import wilson
from shopbot.orders.sentiment import Judge, Verdict

LABELLED = machine.ROOT / "benchmarks" / "labelled" / "reviews.jsonl"
ASPECTS = machine.ROOT / "benchmarks" / "labelled" / "aspects.jsonl"
PAGE = machine.ROOT / "docs" / "reviews.md"
RESULT = "reviews.json"

Row = dict[str, Any]


def main() -> None:
    """Measure, save, show."""
    settings = load_settings()
    judge = Judge(load_embedder(settings.model, settings.cache_dir()))
    told = {"machine": machine.facts(), **measure(judge)}
    (machine.RESULTS / RESULT).write_text(
        json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), told), encoding="utf-8")
    print(table(told))


def read(path: Any, split: str = "") -> list[Row]:
    """Return the rows of a labelled file."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [row for row in rows if not split or row["split"] == split]


def measure(judge: Judge) -> Row:
    """Return the figures on the test split, and of aspects."""
    rows = [row for row in read(LABELLED, "test") if row["sentiment"] != "neutral"]
    texts = [row["text"] for row in rows]
    praised = [row["sentiment"] == "pos" for row in rows]
    figures: Row = {}
    for leg, odds in judge.legs(texts).items():
        figures[f"{leg} alone"] = _share(
            [(value > 0) == y for value, y in zip(odds, praised, strict=True)]
        )
    figures["words and counts"] = _share(_right(Judge().judge(texts), rows))
    begun = time.perf_counter()
    verdicts = judge.judge(texts)
    spent = time.perf_counter() - begun
    right = _right(verdicts, rows)
    figures["all together"] = _share(right)
    last = [one for one, row in zip(right, rows, strict=True) if row.get("written") == "last"]
    figures[f"all together, the {len(last)} written last"] = _share(last)
    return {
        "n": len(rows),
        "praise": sum(praised),
        "accuracy": figures,
        "neutral": sum(one.sentiment == "neutral" for one in verdicts),
        "per_second": round(len(rows) / spent),
        "aspects": _aspects(judge, read(ASPECTS)),
    }


def _right(verdicts: Iterable[Verdict], rows: Iterable[Row]) -> list[bool]:
    """Tell which verdicts are right; ``neutral`` never is."""
    return [one.sentiment == row["sentiment"] for one, row in zip(verdicts, rows, strict=True)]


def _share(right: Sequence[bool]) -> Row:
    return {"value": round(sum(right) / len(right), 4), "interval": wilson(right)}


def _aspects(judge: Judge, rows: Sequence[Row]) -> Row:
    """Return precision and recall of aspects, and how often a right one's sentiment is right."""
    verdicts = judge.judge([row["text"] for row in rows])
    pairs = [
        (set(one.aspects), row["aspects"], one) for one, row in zip(verdicts, rows, strict=True)
    ]
    hits = sum(len(found & wanted.keys()) for found, wanted, _ in pairs)
    signs = [
        one.aspect_sentiments.get(aspect) == wanted[aspect]
        for found, wanted, one in pairs
        for aspect in found & wanted.keys()
    ]
    return {
        "n": len(rows),
        "precision": round(hits / sum(len(found) for found, _, _ in pairs), 4),
        "recall": round(hits / sum(len(wanted) for _, wanted, _ in pairs), 4),
        "sentiment": _share(signs),
    }


def table(told: Mapping[str, Any]) -> str:
    """Return the figures as Markdown."""
    rows = [
        [name, f"{one['value']:.3f}", f"{one['interval'][0]:.3f}–{one['interval'][1]:.3f}"]
        for name, one in told["accuracy"].items()
    ]
    aspects = told["aspects"]
    lines = [
        report.table(["what", "accuracy", "95 %"], rows),
        "",
        f"{told['n']} held-out reviews, {told['praise']} of them praise; {told['neutral']} were called"
        f" neutral, which counts as wrong. {told['per_second']} reviews a second on two cores.",
        f"Aspects, {aspects['n']} labelled reviews: precision {aspects['precision']:.3f}, recall"
        f" {aspects['recall']:.3f}, sentiment of a right one right"
        f" {aspects['sentiment']['value']:.3f}.",
    ]
    return "\n".join(lines)


def filled(page: str, told: Mapping[str, Any]) -> str:
    """Return the page with the tables as the results say."""
    return re.sub(
        r"(?<=<!-- measured -->\n).*?(?=<!-- /measured -->)",
        lambda _: f"{table(told)}\n",
        page,
        flags=re.DOTALL,
    )


if __name__ == "__main__":
    main()
