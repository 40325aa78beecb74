"""What unit tests share: compiled word lists, made once a run; and which of them are long."""

from __future__ import annotations

from pathlib import Path

import pytest

LONG = frozenset(
    f"test_{name}.py"
    for name in (
        "chat_machine", "demo_orders", "demo_traffic", "desk_machine", "month", "register", "roles",
        "serve", "workbook",
    )
)  # fmt: skip
"""Files that play thousands of steps or lay out a whole shop: a third of the time of all others
together. `make unit` leaves them out, `make test` does not."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of those files."""
    for item in items:
        if item.path.parent == Path(__file__).parent and item.path.name in LONG:
            item.add_marker("long")


@pytest.fixture(scope="session")
def word_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for jieba's compiled dictionary and the pinyin table."""
    return tmp_path_factory.mktemp("words")
