"""Names, phones and addresses as lists and shoppers' views show them. Pure."""

from __future__ import annotations

from dataclasses import replace

from shopbot.masking import mask
from shopbot.orders.model import AddressChange, Order, OrderFacts

_STAR = "*"
_PHONE_ENDS = (3, 4)
_PERSON = 4  # characters; a longer invoice title is a company's


def is_masked(text: str) -> bool:
    """Tell whether the source itself has hidden a part."""
    return _STAR in text or "＊" in text


def name(text: str) -> str:
    """Return the family name and stars: 林小雨 is 林**."""
    return text if len(text) <= 1 or _STAR in text else text[0] + _STAR * (len(text) - 1)


def nick(text: str) -> str:
    """Return the first and last letter of a member's name: 山间清风 is 山**风."""
    if len(text) <= 1 or _STAR in text:
        return text
    return f"{text[0]}**" if len(text) == len("山风") else f"{text[0]}**{text[-1]}"


def phone(text: str) -> str:
    """Return a phone number without its middle: 13812345512 is 138****5512."""
    if not text or _STAR in text:
        return text
    first, last = _PHONE_ENDS
    if len(text) < first + last + 1:
        return _STAR * len(text)
    return f"{text[:first]}{_STAR * (len(text) - first - last)}{text[-last:]}"


def address(text: str, *parts: str) -> str:
    """Return the region (``parts``: province, city, district) and stars for the rest."""
    if not text:
        return ""
    known = " ".join(dict.fromkeys(part for part in parts if part))
    return f"{known} ****".strip()


def order(told: Order) -> Order:
    """Return an order as lists and shoppers see it."""
    company = len(told.invoice_title) > _PERSON
    return replace(
        told,
        buyer=nick(told.buyer),
        receiver=name(told.receiver),
        phone=phone(told.phone),
        address=address(told.address, told.province, told.city, told.district),
        buyer_note=free_text(told.buyer_note),
        invoice_title=told.invoice_title if company else name(told.invoice_title),
    )


def facts(told: OrderFacts) -> OrderFacts:
    """Return all of an order for its buyer: nothing of the staff's remarks, nothing in the clear."""
    return replace(
        told,
        order=replace(order(told.order), seller_note=""),
        notes=tuple(note for note in told.notes if note.author == "buyer"),
        address_changes=tuple(map(address_change, told.address_changes)),
        tasks=tuple(replace(task, done_by="", result="") for task in told.tasks),
    )


def free_text(text: str) -> str:
    """Return a remark with the numbers hidden that tell who somebody is."""
    return mask(text)


def address_change(told: AddressChange) -> AddressChange:
    """Return a wish to send elsewhere as lists and shoppers see it."""
    return replace(
        told,
        receiver=name(told.receiver),
        phone=phone(told.phone),
        address=address(told.address),
    )
