"""Progress bars on a terminal; silence elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from shopbot import messages

Progress = Callable[[str, float], None]


@contextmanager
def bars() -> Iterator[Progress]:
    """Give a ``progress(what, share)`` that draws one bar a stage on stderr.

    ``what`` is a message key (``progress.embed``) or a text.
    """
    if not sys.stderr.isatty():
        yield lambda _what, _share: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as drawn:
        tasks: dict[str, object] = {}

        def tell(what: str, share: float) -> None:
            if what not in tasks:
                shown = messages.text(what) if messages.has(what) else what
                tasks[what] = drawn.add_task(shown, total=1.0)
            drawn.update(tasks[what], completed=share)  # type: ignore[arg-type]

        yield tell
