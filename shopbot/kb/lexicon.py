"""Chinese words as one store uses them: jieba with the store's lexicon, synonyms, no shared state.

jieba's module-level dictionary would leak one store's words into another, so each store gets a
:class:`jieba.Tokenizer` of its own: a base dictionary read once a process, and a small overlay.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from typing_extensions import override

from shopbot.kb.cachefile import keep

if TYPE_CHECKING:
    import jieba

CUT_TEXTS = 16_384
"""Texts whose words are remembered, and runs: a build asks again and again for those of each."""
WORD_FREQUENCY = 20_000
"""Frequency of a store's own words: high enough that jieba keeps them whole (the dictionary's total
is about 6e7, and common two-character words have 1e3..1e4)."""
MIN_BASE_FREQUENCY = 5
"""Rarer words of jieba's dictionary are left out: names and archaic words that no shopper types.
137,000 words instead of 349,000 load in 0.3 s instead of 0.8 s, with a third of the memory."""

_RUN = re.compile(r"[a-z0-9]+(?:[.\-+/%][a-z0-9]+)*%?|[\u3400-\u4dbf\u4e00-\u9fff]+")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_HAN_RUN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+")

STOP = frozenset(["的", "了", "呢", "啊", "呀", "哦", "哈", "嘛", "吧", "吗", "么", "亲", "亲亲", "请问", "你好", "您好", "我", "你", "您", "你们", "我们", "咱", "咱们", "是", "就", "也", "都", "和", "跟", "把", "被", "一下", "问", "想问", "那", "这", "这个", "那个", "那么", "呗", "哎", "诶", "额", "嗯", "噢", "喔", "哇", "啦", "下", "个", "在", "有", "要", "会", "能", "可以", "给", "对", "还", "再", "又"])  # fmt: skip
"""Function words and courtesies. They stay as terms (a two-character question is made of them) but
weigh ``STOP_WEIGHT``."""
STOP_WEIGHT = 0.6
BIGRAM_WEIGHT = 1.0
CHARACTER_WEIGHT = 1.0
"""Bigrams bridge different segmentations, single characters bridge paraphrases (退/退货/退款). With
all three the leg alone reaches a Spearman of .633 on the JD pairs, with words and half-weighted
bigrams .592 (benchmarks/README.md)."""


class _Overlay(dict[str, int]):
    """The store's word frequencies in front of the shared base dictionary (read only)."""

    def __init__(self, base: Mapping[str, int]) -> None:
        super().__init__()
        self._base = base

    def __missing__(self, key: str) -> int:
        return self._base[key]

    @override
    def __contains__(self, key: object) -> bool:
        return super().__contains__(key) or key in self._base

    @override
    def get(self, key: str, default: int = 0) -> int:  # type: ignore[override]
        """Frequency of ``key`` in the overlay, else in the base, else ``default``."""
        return self[key] if key in self else default  # noqa: SIM401 - this is get itself


@lru_cache(maxsize=2)
def _base(cache: Path) -> tuple[Mapping[str, int], int]:
    """jieba's dictionary without its rare words, and the total frequency."""
    import jieba

    jieba.setLogLevel(60)
    core = cache / f"jieba-{jieba.__version__}-core{MIN_BASE_FREQUENCY}.txt"
    if core.exists() or keep(core, _write_core):
        return _read_core(core)
    with tempfile.TemporaryDirectory() as place:  # a cache that may not be written
        core = Path(place) / core.name
        keep(core, _write_core)
        return _read_core(core)


def _read_core(core: Path) -> tuple[Mapping[str, int], int]:
    import jieba

    tokenizer = jieba.Tokenizer(str(core))
    tokenizer.tmp_dir, tokenizer.cache_file = str(core.parent), core.with_suffix(".cache").name
    tokenizer.initialize()
    return tokenizer.FREQ, tokenizer.total


def _write_core(out: TextIO) -> None:
    import jieba

    with (Path(jieba.__file__).parent / "dict.txt").open(encoding="utf-8") as rows:
        out.writelines(row for row in rows if int(row.split(" ")[1]) >= MIN_BASE_FREQUENCY)


class Lexicon:
    """Segmentation and synonyms of one store. Thread-safe after construction.

    ``cache`` is a folder for jieba's compiled dictionary. ``words`` are (word, frequency
    or 0) pairs; each group of ``synonyms`` has its standard word first.
    """

    def __init__(
        self,
        cache: Path,
        words: Sequence[tuple[str, int]] = (),
        synonyms: Sequence[Sequence[str]] = (),
    ) -> None:
        import jieba

        base, total = _base(cache)
        self._tokenizer: jieba.Tokenizer = jieba.Tokenizer()
        self._tokenizer.FREQ = _Overlay(base)
        self._tokenizer.total = total
        self._tokenizer.initialized = True
        self.standard = {
            word.lower(): group[0].lower() for group in synonyms for word in group[1:] if group
        }
        known = [(w.lower(), f) for w, f in words]
        known += [(word.lower(), 0) for group in synonyms for word in group]
        self._cut = lru_cache(maxsize=CUT_TEXTS)(lambda text: tuple(self._words(text)))
        self._pieces = lru_cache(maxsize=CUT_TEXTS)(
            lambda run: tuple(self._tokenizer.cut(run, HMM=False))
        )
        self.own = frozenset(word for word, _ in known)
        for word, frequency in known:
            if len(word) > 1 and _HAN.search(word):
                self._tokenizer.add_word(word, frequency or WORD_FREQUENCY)

    def words(self, text: str) -> list[str]:
        """Normalised text as words, in order; Latin runs and numbers whole, no punctuation."""
        return list(self._cut(text))

    def _words(self, text: str) -> Iterator[str]:
        for run in _RUN.findall(text):
            if _HAN.match(run):
                yield from self._pieces(run)
            else:
                yield run

    def standardise(self, text: str) -> str:
        """Text with each synonym replaced by its group's standard word, nothing else changed."""
        if not self.standard:
            return text
        return _RUN.sub(lambda run: self._standard_run(run.group(0)), text)

    def _standard_run(self, run: str) -> str:
        pieces = self._pieces(run) if _HAN.match(run) else (run,)
        return "".join(self.standard.get(piece, piece) for piece in pieces)

    def terms(self, text: str) -> dict[str, float]:
        """Weighted terms for the words leg: standard words, character bigrams, characters.

        Bigrams carry ``_`` and characters ``'`` in front so that they never meet a word.
        """
        found: dict[str, float] = {}
        for word in self._cut(text):
            standard = self.standard.get(word, word)
            found[standard] = found.get(standard, 0.0) + (STOP_WEIGHT if standard in STOP else 1.0)
        for run in _HAN_RUN.findall(text):
            for char in run:
                found["'" + char] = found.get("'" + char, 0.0) + CHARACTER_WEIGHT
            for pair in pairwise(run):
                gram = "_" + "".join(pair)
                found[gram] = found.get(gram, 0.0) + BIGRAM_WEIGHT
        return found
