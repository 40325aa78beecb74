"""How words sound: homophone typos (发或 for 发货), typed pinyin and initials (yhq for 优惠券).

Readings come from pypinyin's character table (first reading, no tones), stored once as a small JSON
file, since importing pypinyin costs half a second (benchmarks/README.md). Sounds that many speakers do
not tell apart (zh/z, ch/c, sh/s, -ng/-n) are folded together, because typing follows speaking.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from shopbot.kb.cachefile import keep

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+")
_LATIN = re.compile(r"(?<![a-z0-9])[a-z]{2,24}(?![a-z0-9])")
_TOKEN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]|(?<![a-z0-9])[a-z]{2,24}(?![a-z0-9])")
MAX_WORD = 4
"""Longest word, in characters, that a homophone correction looks at."""
MAX_SYLLABLE = 6
"""Letters of the longest syllables (zhuang, chuang, shuang)."""


def load_table(cache: Path) -> Mapping[str, str]:
    """Character → syllable; built with pypinyin on first use and kept in ``cache``."""
    path = cache / "pinyin-2.json"
    try:
        table: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        table = _make_table()
        keep(path, lambda out: json.dump(table, out, ensure_ascii=False))
    return table


def _make_table() -> dict[str, str]:
    from pypinyin.constants import PINYIN_DICT

    return {
        chr(code): _plain(readings.split(",")[0])
        for code, readings in PINYIN_DICT.items()
        if 0x4E00 <= code <= 0x9FFF
    }


def _plain(syllable: str) -> str:
    marked = unicodedata.normalize("NFD", syllable.replace("ü", "v"))
    return "".join(c for c in marked if "a" <= c <= "z")


def fold(syllable: str) -> str:
    """Fold sounds that are often confused: zh→z, ch→c, sh→s, final -ng→-n."""
    if syllable[1:2] == "h":
        syllable = syllable[0] + syllable[2:]
    return syllable[:-1] if syllable.endswith("ng") else syllable


@dataclass(frozen=True, slots=True)
class Sounds:
    """The pinyin leg's analyser: ``plain`` syllables of characters, and the folded ``table``."""

    plain: Mapping[str, str]
    table: Mapping[str, str]
    syllables: frozenset[str]

    @classmethod
    def of(cls, table: Mapping[str, str]) -> Sounds:
        """An analyser whose typed-pinyin splitter knows every (unfolded or folded) syllable."""
        plain = table
        table = {char: fold(syllable) for char, syllable in plain.items()}
        folded = set(table.values())
        spelled = folded | {s + "g" for s in folded if s.endswith("n")}
        spelled |= {s[0] + "h" + s[1:] for s in spelled if s[:1] in {"z", "c", "s"}}
        return cls(plain, table, frozenset(s for s in spelled if s))

    def spell(self, text: str) -> list[str]:
        """Folded syllables of a normalised text, in order; Latin runs only if they are pinyin."""
        spelled: list[str] = []
        for token in _TOKEN.findall(text):
            if len(token) == 1:
                spelled.append(self.table.get(token, token))
            else:
                spelled += self.split(token) or []
        return spelled

    def split(self, run: str) -> list[str] | None:
        """A run of letters as folded syllables, longest first; None if it is not pinyin."""
        tails: list[list[str] | None] = [None] * len(run) + [[]]
        for at in range(len(run) - 1, -1, -1):
            for end in range(min(at + MAX_SYLLABLE, len(run)), at, -1):
                head, rest = run[at:end], tails[end]
                if rest is not None and head in self.syllables and (len(head) > 1 or head in "aeo"):
                    tails[at] = [fold(head), *rest]
                    break
        return tails[0]

    def terms(self, text: str) -> dict[str, float]:
        """Weighted terms of the pinyin leg: pairs of neighbouring syllables, and lone ones."""
        spelled = self.spell(text)
        found: dict[str, float] = {}
        for pair in pairwise(spelled):
            key = " ".join(pair)
            found[key] = found.get(key, 0.0) + 1.0
        for syllable in spelled:
            found[syllable] = found.get(syllable, 0.0) + SYLLABLE_WEIGHT
        return found


NO_INITIALS = frozenset(
    ("xs", "xxs", "xl", "xxl", "xxxl", "xxxxl", "ml", "cm", "mm", "km", "kg", "oz", "uv", "pu", "pc",
     "vip", "hi", "ok", "no", "hh", "app", "id")
)  # fmt: skip
"""Sizes, units and words that shoppers type in letters: xl is no 下来."""

SYLLABLE_WEIGHT = 0.25
"""A single syllable has many meanings; it only breaks ties between pairs."""


@dataclass(frozen=True, slots=True)
class Speller:
    """Corrects homophones and initials towards words that the store's knowledge uses.

    ``by_sound`` maps joined syllables to the known word of that sound, ``by_initials`` initials to
    a word. ``written`` is all of the knowledge's phrasings: what staff wrote is never a typo.
    """

    sounds: Sounds
    by_sound: Mapping[str, str]
    by_initials: Mapping[str, str]
    written: str

    @classmethod
    def of(cls, sounds: Sounds, frequencies: Mapping[str, float], texts: Iterable[str]) -> Speller:
        """A speller over the store's words, how often each occurs, and its prepared texts."""
        by_sound: dict[str, tuple[float, str]] = {}
        by_initials: dict[str, tuple[float, str]] = {}
        for word, often in frequencies.items():
            if not 2 <= len(word) <= MAX_WORD or not _HAN.fullmatch(word):
                continue
            spelled = [sounds.table.get(c, c) for c in word]
            exact = " ".join(sounds.plain.get(c, c) for c in word)
            initials = "".join(s[0] for s in spelled)
            for key in {exact, " ".join(spelled)}:
                by_sound[key] = max(by_sound.get(key, (0.0, "")), (often, word))
            by_initials[initials] = max(by_initials.get(initials, (0.0, "")), (often, word))
        return cls(
            sounds,
            {key: word for key, (_, word) in by_sound.items()},
            {key: word for key, (_, word) in by_initials.items()},
            "\n".join(texts),
        )

    def correct(self, text: str, cut: Callable[[str], Iterable[str]]) -> str:
        """Text with homophone typos and initials replaced; unchanged when nothing is found.

        ``cut`` segments a run. A typo is a piece that the segmenter broke into characters, that
        stands nowhere in the knowledge, and that shares a character with the word it sounds like
        (发或, 退活, 优慧券): without the last rule harmless pieces turn into strange words.
        """
        text = _HAN.sub(lambda run: self._correct_run(run.group(0), list(cut(run.group(0)))), text)
        return _LATIN.sub(lambda run: self._expand(run.group(0)), text)

    def _expand(self, letters: str) -> str:
        if letters in NO_INITIALS:
            return letters
        if word := self.by_initials.get(letters):
            return word
        spelled = self.sounds.split(letters)
        return self.by_sound.get(" ".join(spelled), letters) if spelled else letters

    def _correct_run(self, run: str, pieces: list[str]) -> str:
        out: list[str] = []
        at = 0
        while at < len(pieces):
            size, word = self._homophone(pieces, at)
            out.append(word or pieces[at])
            at += size
        return "".join(out)

    def _homophone(self, pieces: list[str], at: int) -> tuple[int, str]:
        """(pieces used, known word) for the longest homophone starting at ``at``; (1, '') if none."""
        for size in range(min(MAX_WORD, len(pieces) - at), 0, -1):
            typed = "".join(pieces[at : at + size])
            if not 2 <= len(typed) <= MAX_WORD or (size == 1 and len(typed) < LONG_WORD):
                continue
            word = self._sounding(typed)
            if word and _shared(typed, word) and typed not in self.written:
                return size, word
        return 1, ""

    def _sounding(self, typed: str) -> str:
        """The known word of just this sound (证品: 正品), else of the folded one; or nothing."""
        exact = " ".join(self.sounds.plain.get(c, c) for c in typed)
        folded = " ".join(self.sounds.table.get(c, c) for c in typed)
        return self.by_sound.get(exact) or self.by_sound.get(folded, "")


SHORT_WORD = 2
LONG_WORD = 3
"""A word of the dictionary is only doubted from this length on: two-character homophones abound."""


def _shared(typed: str, word: str) -> bool:
    """True when ``typed`` may be a slip for ``word``: they share a character that says something,
    and a two-character word does not differ in a common one."""
    pairs = list(zip(typed, word, strict=False))
    if len(pairs) == SHORT_WORD and any(a != b and a in _COMMON for a, b in pairs):
        return False
    return any(a == b and a not in _COMMON for a, b in pairs)


_COMMON = frozenset("不的了没有是我你在就一个这那还能要吗呢")
"""Common characters are rarely typed for others (不发 is no slip for 补发), and sharing one of them
proves nothing (不好 is none for 不号)."""
