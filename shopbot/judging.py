"""Who judges reviews: the packaged judge with the store's sentence model, without it where there is none."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

import structlog

from shopbot.config import Settings
from shopbot.errors import ModelError

if TYPE_CHECKING:
    from shopbot.kb.embedder import Embedder
    from shopbot.orders.sentiment import Judge

log = structlog.get_logger(__name__)


def judge_of(settings: Settings, loaded: Embedder | None = None) -> Callable[[], Judge]:
    """Return what gives the judge, made at the first call; ``loaded`` is a model that is there already."""

    @cache
    def judge() -> Judge:
        from shopbot.kb.embedder import load_embedder
        from shopbot.orders.sentiment import Judge

        try:
            return Judge(loaded or load_embedder(settings.model, settings.cache_dir()))
        except ModelError as error:
            log.warning("reviews.no-model", reason=str(error))
            return Judge()

    return judge
