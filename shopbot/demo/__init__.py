"""What ``shopbot demo`` lays into a data folder. Packages add their seeders here."""

from __future__ import annotations

from shopbot.demo import orders, people
from shopbot.demo.orders import has_real_orders
from shopbot.demo.stage import Seeder, Stage

__all__ = ["SEEDERS", "Seeder", "Stage", "has_real_orders", "lay_out"]

SEEDERS: list[Seeder] = [orders.seed, people.seed]


def lay_out(stage: Stage) -> list[str]:
    """Run every seeder (each is safe to repeat) and return what they tell."""
    return [seeder(stage) for seeder in SEEDERS]
