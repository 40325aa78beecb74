"""One way of logging: structured lines on stderr, JSON unless a person looks at a terminal.

Message text, phone numbers, addresses and keys never go in; ids, counts, codes and milliseconds do.
Should a number that tells who somebody is slip in all the same, it is masked on its way out.
"""

from __future__ import annotations

import io
import logging
import sys
from typing import Any, TextIO, cast

import structlog
from typing_extensions import override

from shopbot.masking import mask, mask_all


class _Stderr(io.TextIOBase):
    """Whatever stderr is at the moment of writing (tests and daemons exchange it)."""

    @override
    def write(self, text: str, /) -> int:
        return sys.stderr.write(text)

    @override
    def flush(self) -> None:
        stream = getattr(sys, "stderr", None)  # gone when the interpreter shuts down
        if stream is not None:
            stream.flush()


_LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


def configure(level: str = "info", form: str = "auto") -> None:
    """Set up logging for this process; ``form`` is ``json``, ``console`` or ``auto``."""
    pretty = form == "console" or (form == "auto" and sys.stderr.isatty())
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Any] = (
        [
            _mask_facts,
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
            _mask_line,
        ]
        if pretty
        else [
            structlog.processors.ExceptionRenderer(
                # Locals would carry what shoppers wrote.
                structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
            ),
            _mask_facts,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    )
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.PrintLoggerFactory(file=cast(TextIO, _Stderr())),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(cast(TextIO, _Stderr()))
    handler.setFormatter(_Masked("%(levelname)s:%(name)s:%(message)s"))
    logging.basicConfig(level=max(_LEVELS[level], logging.WARNING), handlers=[handler])


class _Masked(logging.Formatter):
    """Lines of other libraries."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        return mask(super().format(record))


def _mask_facts(
    logger: object, method: str, facts: structlog.types.EventDict
) -> structlog.types.EventDict:
    """Mask what a line tells; ids and times are built so that none is taken for a number."""
    told = {name: value for name, value in facts.items() if name != "exc_info"}
    return {**facts, **mask_all(told)}


def _mask_line(logger: object, method: str, line: str) -> str:
    """Mask a line as a person reads it: tracebacks are only written by the renderer."""
    return mask(line)


def tell(level: str, event: str, **facts: object) -> None:
    """Log a line, on stderr even when nobody has configured logging (a command's stdout is its answer).

    For places that import this module only once there is something to tell: structlog costs a tenth
    of a second.
    """
    if not structlog.is_configured():
        configure("warning")
    structlog.get_logger("shopbot").log(_LEVELS[level], event, **facts)
