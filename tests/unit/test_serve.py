"""What is set up once before a server runs."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Iterator

import pytest

from shopbot.commands.serve import spare_what_stays


@pytest.fixture
def collector() -> Iterator[None]:
    """Leave the collector as it was."""
    before = gc.get_threshold()
    with warnings.catch_warnings():  # what tests before this one left open is not this one's
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


@pytest.mark.usefixtures("collector")
def test_what_stays_is_not_walked_again_and_again() -> None:
    """What there is before the first request is spared; what comes later is still collected."""
    old, young = [object()], gc.get_threshold()[0]
    spare_what_stays()
    new: list[object] = [old]
    new.append(new)  # a cycle

    assert not any(one is old for one in gc.get_objects())
    assert any(one is new for one in gc.get_objects())
    assert gc.isenabled()
    assert gc.get_threshold()[0] > young
