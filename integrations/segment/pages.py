"""What is worth showing of a web event: the page, the campaign that brought it, what was bought. Pure."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from integrations.segment.devices import device
from integrations.segment.fields import mapping, number, text, words
from integrations.segment.traits import IDENTIFIERS

PAGE = ("url", "path", "referrer", "title")
CAMPAIGN = ("name", "source", "medium", "term", "content")
UTM = {
    "utm_campaign": "name", "utm_source": "source", "utm_medium": "medium", "utm_term": "term",
    "utm_content": "content",
}  # fmt: skip
CLICK_IDS = frozenset("gclid gbraid wbraid dclid fbclid msclkid ttclid twclid li_fat_id".split())
MARKS = ("utm_", "clid=", "braid=", "clkid=", "li_fat_id=")  # a query without these says nothing of a campaign
AMOUNTS = ("revenue", "total", "value")
TOLD_ELSEWHERE = IDENTIFIERS | {"revenue", "value", "currency", "search", "products", *PAGE}
REFERENCES = {
    "order_id": "order", "orderId": "order", "booking_id": "booking", "bookingId": "booking",
    "booking_reference": "booking", "ticket_id": "ticket", "ticketId": "ticket",
}  # fmt: skip
MAX_URL, MAX_PROPERTIES, MAX_PRODUCTS = 2_000, 30, 10


def page_data(context: Mapping[str, Any], properties: Mapping[str, Any]) -> dict[str, Any]:
    """Page, campaign, click ids and device of an event; what a page event says itself goes before its context."""
    page = mapping(context.get("page"))
    data: dict[str, Any] = {}
    for name in PAGE:
        said = properties.get(name) or page.get(name)
        if said is not None and (found := text(said, MAX_URL)):
            data[name] = found
    campaign, clicks = from_query(data.get("url") or text(page.get("search"), MAX_URL))
    if told := mapping(context.get("campaign")):
        campaign |= {name: found for name in CAMPAIGN if name in told and (found := text(told[name]))}
    if campaign:
        data["campaign"] = campaign
    if clicks:
        data["click_ids"] = clicks
    if found := device(context):
        data["device"] = found
    return data


def from_query(url: str) -> tuple[dict[str, str], dict[str, str]]:
    """(campaign, click ids) in the query of an address."""
    query = url.partition("?")[2].partition("#")[0] if "?" in url else ""
    if not query or not any(mark in query for mark in MARKS):
        return {}, {}
    try:
        pairs = parse_qsl(query, max_num_fields=100)
    except ValueError:
        return {}, {}
    campaign = {UTM[name]: value[:200] for name, value in pairs if name in UTM}
    return campaign, {name: value[:300] for name, value in pairs if name in CLICK_IDS}


def event_data(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The properties of an event worth showing: amounts, products, and the scalars among the rest."""
    data: dict[str, Any] = {}
    if not properties:
        return data
    if (amount := amount_of(properties)) is not None:
        data["value"] = amount
        if currency := text(properties.get("currency"), 3):
            data["currency"] = currency.upper()
    if "products" in properties and (products := list(filter(None, map(product, listed(properties["products"]))))):
        data["products"] = products
    if rest := scalars(properties):
        data["properties"] = rest
    return data


def amount_of(properties: Mapping[str, Any]) -> float | None:
    """The first amount that an event names, of those that are numbers."""
    for name in AMOUNTS:
        if name in properties and (found := number(properties[name])) is not None:
            return found
    return None


def listed(value: Any) -> list[Any]:
    return value[:MAX_PRODUCTS] if isinstance(value, list) else []


def product(item: Any) -> dict[str, str]:
    """A product of an order: name, quantity, price."""
    told = mapping(item)
    name = text(told.get("name") or told.get("product_id") or told.get("sku"))
    rest = {field: text(told.get(field), 20) for field in ("quantity", "price")} if name else {}
    return {"name": name, **{field: value for field, value in rest.items() if value}} if name else {}


def scalars(properties: Mapping[str, Any]) -> dict[str, str]:
    """The first scalar properties as text, less those that are told elsewhere."""
    found: dict[str, str] = {}
    for name, value in properties.items():
        if name not in TOLD_ELSEWHERE and len(name) <= 60 and (said := words(value)):
            found[name] = said[:300]
            if len(found) == MAX_PROPERTIES:
                break
    return found


def references(properties: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """(kind, number) of the orders, bookings and tickets that an event names."""
    if REFERENCES.keys().isdisjoint(properties):
        return ()
    named = REFERENCES.keys() & properties.keys()
    found = {(REFERENCES[name], value) for name in named if (value := text(properties.get(name), 120))}
    return tuple(sorted(found))
