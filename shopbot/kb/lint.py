"""All that is wrong with the knowledge at once. Each check is pure but for the look at media/."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from shopbot.kb import (
    lint_entries,
    lint_media,
    lint_phrases,
    lint_phrasings,
    lint_products,
    lint_search,
    lint_texts,
)
from shopbot.kb.entry import Knowledge, Problem
from shopbot.kb.lint_phrasings import Normalise
from shopbot.kb.lint_search import Search

RULES = "rules"
"""The folder of a store whose orders are connected."""


def lint(
    knowledge: Knowledge,
    folder: Path | None = None,
    *,
    at: datetime,
    search: Search | None = None,
    normalise: Normalise = lint_phrasings.plain,
    also: Sequence[Problem] = (),
) -> tuple[Problem, ...]:
    """Return every problem as of ``at`` (aware), those of reading included, by file and line.

    ``search`` maps a phrasing to ranked entry ids (without it what needs retrieval is left out),
    ``folder`` is looked at for attachments, ``also`` are problems found elsewhere (calibration).
    """
    found = [*knowledge.problems, *also]
    whole = replace(knowledge, entries=(*knowledge.entries, *knowledge.broken))
    found += lint_entries.lint(whole, at)
    found += lint_phrasings.lint(knowledge, normalise)
    connected = folder is not None and (folder / RULES).is_dir()
    found += lint_phrases.lint(knowledge, connected=connected)
    found += lint_texts.lint(whole)
    found += lint_products.lint(knowledge)
    if folder is not None:
        found += lint_media.lint(whole, folder)
    if search is not None:
        found += lint_search.lint(knowledge, at, search)
    return tuple(sorted(dict.fromkeys(found), key=_place))


def _place(told: Problem) -> tuple[str, int, int, str]:
    return told.source.file, told.source.line, told.source.column, told.code
