"""The sources that an installation names in its settings, ready to be asked."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, tzinfo

from shopbot.config import Settings
from shopbot.orders.courier_api import Account, Kuaidi100
from shopbot.orders.source import HttpSource


def open_platform(settings: Settings, clock: Callable[[], datetime]) -> HttpSource | None:
    """Return the shop platform or ERP, to be closed afterwards; None when none is set."""
    if settings.source_url is None or settings.source_key is None:
        return None
    key = settings.source_key.get_secret_value().encode()
    return HttpSource(settings.source_name, settings.source_url, key, now=clock, sleep=_sleep)


def open_courier(
    settings: Settings, zone: tzinfo, clock: Callable[[], datetime]
) -> Kuaidi100 | None:
    """Return the courier service, to be closed afterwards; None when there is no account."""
    if settings.courier_key is None or not settings.courier_customer:
        return None
    account = Account(
        url=settings.courier_url.rstrip("/"),
        customer=settings.courier_customer,
        key=settings.courier_key.get_secret_value(),
    )
    return Kuaidi100(account, now=clock, zone=zone, sleep=_sleep)


def _sleep(seconds: float) -> None:
    threading.Event().wait(seconds)
