"""Times that can be compared: interleaved on the same texts, medians of several rounds."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from shopbot.config import load_settings
from shopbot.errors import ModelError
from shopbot.kb.bundled_model import ensure_prepared
from shopbot.kb.model_folder import SERVING, TOKENIZER

Call = Callable[[str], Any]


class Bare:
    """The encoder and nothing else: tokenise, one onnxruntime run, on one thread."""

    def __init__(self) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        told = load_settings()
        if told.model not in {"bundled", "default"}:
            raise ModelError("The bare encoder is measured for the bundled model only.")
        folder = ensure_prepared(told.cache_dir())
        self._prefix = folder.manifest.query_prefix
        self._tokenizer = Tokenizer.from_file(str(folder.path / TOKENIZER))
        self._tokenizer.enable_truncation(folder.manifest.max_tokens)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            str(folder.path / SERVING), options, providers=["CPUExecutionProvider"]
        )

    def __call__(self, text: str) -> Any:
        """The vector of a text."""
        ids = self._tokenizer.encode(self._prefix + text).ids
        return self._session.run(None, {"input_ids": np.array([ids], np.int64)})[0][0]


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of each call, by the wall and by the thread's own processor time; (rounds, n)."""

    wall: np.ndarray
    cpu: np.ndarray

    def p(self, share: float) -> float:
        """A percentile by the wall over all rounds, in ms."""
        return round(float(np.percentile(self.wall, share)), 3)

    def cpu_p(self, share: float) -> float:
        """A percentile of the thread's processor time over all rounds, in ms."""
        return round(float(np.percentile(self.cpu, share)), 3)


def interleaved(calls: Mapping[str, Call], texts: Sequence[str], rounds: int) -> dict[str, Times]:
    """Every call on every text, one after another, in an order that turns from text to text.

    ``texts`` are shared out over the rounds: nothing is asked twice, so no cache answers.
    """
    size = len(texts) // rounds
    names = list(calls)
    wall = {name: np.zeros((rounds, size)) for name in names}
    cpu = {name: np.zeros((rounds, size)) for name in names}
    for number in range(rounds):
        for at, text in enumerate(texts[number * size : (number + 1) * size]):
            for turn in range(len(names)):
                name = names[(at + turn) % len(names)]
                own, started = time.thread_time(), time.perf_counter()
                calls[name](text)
                wall[name][number, at] = (time.perf_counter() - started) * 1e3
                cpu[name][number, at] = (time.thread_time() - own) * 1e3
    return {name: Times(wall[name], cpu[name]) for name in names}


def ratio(one: Times, other: Times, share: float) -> float:
    """Median over the rounds of the ratio of two percentiles by the wall."""
    tops = np.percentile(one.wall, share, axis=1), np.percentile(other.wall, share, axis=1)
    return round(float(np.median(tops[0] / tops[1])), 3)


def cpu_ratio(one: Times, other: Times) -> float:
    """Median over the rounds of the ratio of median processor times: steady on a busy machine."""
    return round(float(np.median(np.median(one.cpu, axis=1) / np.median(other.cpu, axis=1))), 3)


def row(
    what: str, value: float, unit: str, *, most: float | None = None, least: float | None = None
) -> dict[str, Any]:
    """A figure with what was asked of it and whether it is reached."""
    asked = f"≤ {most:g}" if most is not None else f"≥ {least:g}" if least is not None else ""
    good = (most is None or value <= most) and (least is None or value >= least)
    verdict = ("reached" if good else "not reached") if asked else ""
    return {"figure": what, "value": value, "unit": unit, "asked": asked, "": verdict}
