"""What happens to the demo's parcels: for every trouble a record that makes it, hours before now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FINE = "fine"  # the way of a parcel without trouble
Where = Literal["anywhere", "usual", "near", "snowed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A parcel's record. Hours count back from now; ``heard`` is when the courier was last asked."""

    name: str
    shipped: float
    told: tuple[tuple[float, str], ...] = ()  # hours ago, key of the courier's sentence
    where: Where = "usual"
    heard: float = 0.4
    shared: bool = False  # the same number stands on another buyer's order


def _way(name: str, shipped: float, *told: tuple[float, str], **more: object) -> Way:
    return Way(name=name, shipped=shipped, told=told, **more)  # type: ignore[arg-type]


def _road(start: float, *more: tuple[float, str]) -> tuple[tuple[float, str], ...]:
    return ((start, "collected"), (start - 8, "transit"), *more)


WAYS: tuple[Way, ...] = (
    _way("no-data", 3),
    _way("not-collected", 6, (5, "created")),
    _way("not-collected-late", 44, (43, "created")),
    _way("not-collected-silent", 50),
    _way("on-way", 30, *_road(28, (6, "arrived"))),
    _way("on-way-old", 40, *_road(38, (14, "arrived")), heard=10),
    _way("standing", 60, *_road(57, (30, "arrived")), where="snowed"),
    _way("late", 196, *_road(190, (150, "arrived"), (90, "transit"), (20, "arrived")), where="near"),
    _way("stuck", 132, *_road(130, (96, "arrived"))),
    _way("lost-suspected", 290, *_road(280, (230, "arrived"))),
    _way("lost", 240, *_road(236, (200, "arrived"), (20, "lost"))),
    _way("delivering", 60, *_road(58, (20, "arrived"), (2, "delivering"))),
    _way("delivering-slow", 90, *_road(88, (40, "arrived"), (30, "delivering"))),
    _way("at-station", 70, *_road(68, (30, "arrived"), (12, "station"))),
    _way("station-overdue", 170, *_road(168, (120, "arrived"), (92, "station"))),
    _way("signed-just-now", 66, *_road(64, (20, "arrived"), (5, "delivering"), (1, "signed"))),
    _way("signed", 96, *_road(94, (50, "arrived"), (32, "delivering"), (26, "signed"))),
    _way("signed-long-ago", 400, *_road(396, (350, "arrived"), (330, "signed"))),
    _way("refused", 100, *_road(98, (40, "arrived"), (20, "delivering"), (16, "refused"))),
    _way("returning", 140, *_road(138, (90, "arrived"), (60, "refused"), (30, "returning"))),
    _way("returned", 220, *_road(210, (150, "arrived"), (120, "refused"), (20, "returned"))),
    _way("damaged", 90, *_road(88, (40, "arrived"), (10, "damaged"))),
    _way("problem", 80, *_road(78, (30, "delivering"), (8, "problem"))),
    _way("doubtful", 70, *_road(68, (20, "arrived")), shared=True),
)  # fmt: skip
"""All troubles of shopbot.orders.logistics, some twice."""


def signed_way(hours: float) -> Way:
    """Return a parcel that was signed so many hours ago without any trouble."""
    return Way(
        name=FINE,
        shipped=hours + 66,
        told=(
            *_road(hours + 62, (hours + 26, "arrived")),
            (hours + 5, "delivering"),
            (hours, "signed"),
        ),
        where="anywhere",
        heard=min(hours / 2, 0.4),
    )
