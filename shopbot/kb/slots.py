"""What is known of a shopper's question besides its words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    """Facts picked out of a message or its context; empty or ``None`` means not said.

    ``height`` is in cm, ``weight`` in kg, ``foot_length`` in mm. ``product`` and ``other_product``
    are SKUs of the catalogue (款号), the latter for comparisons.
    """

    product: str = ""
    other_product: str = ""
    category: str = ""
    colour: str = ""
    size: str = ""
    height: float | None = None
    weight: float | None = None
    foot_length: float | None = None
    region: str = ""
    order: str = ""
    tracking: str = ""
    phone: str = ""

    def known(self) -> frozenset[str]:
        """Names of the slots (as used in an entry's ``needs``) that have a value."""
        names = {name for name in NEEDS if getattr(self, _FIELD.get(name, name), None)}
        return frozenset(names)


NO_SLOTS = Slots()

NEEDS = (
    "product", "color", "size", "region", "height", "weight", "foot_length", "order", "line",
    "tracking", "phone", "photo", "reason", "address", "date",
)  # fmt: skip
"""The closed list of what an entry may need; the last ones are only ever filled in a dialogue."""

_FIELD = {"color": "colour"}
