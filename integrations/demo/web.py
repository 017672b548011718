"""The web shop's visits, as the Segment libraries of browsers and servers report them. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from integrations.demo.letters import WEB, Scene
from integrations.demo.people import Browser
from integrations.demo.trips import Trip, slugged
from integrations.demo.words import pounds, stock, weighted

SHOP = "https://www.northstar-holidays.example"
BROWSER_LIBRARY = {"name": "analytics.js", "version": "next-1.81.0"}
SERVER_LIBRARY = {"name": "analytics-python", "version": "2.3.4"}
MAX_BATCH = 25  # events of one visit that are sent together


class Visit:
    """One visit to the shop: every page and act moves its clock on."""

    def __init__(self, scene: Scene, browser: Browser, at: datetime, login: str = "") -> None:
        self.scene, self.browser, self.at, self.login = scene, browser, at, login
        self.batch = "browser-" + scene.hex(12)
        self.page_now: dict[str, str] = {}
        self.came_by: dict[str, Any] = {}
        self.referrer = ""
        self.query = ""

    def arrive(self, slug: str, by: Mapping[str, Any] | None = None) -> None:
        """Come by an advertisement, a search, a newsletter, or by oneself."""
        campaign = by or weighted(self.scene, stock("places")["campaigns"])
        utm = {name: value.format(slug=slug) for name, value in campaign["utm"].items()}
        query = {f"utm_{name}": value for name, value in utm.items()}
        if click := campaign.get("click"):
            query[click] = "Cj0K" + self.scene.hex(40)
        self.query = "?" + urlencode(query) if query else ""
        self.referrer = campaign["referrer"]
        self.came_by = {"name" if name == "campaign" else name: value for name, value in utm.items()}

    def page(self, path: str, title: str, **properties: Any) -> None:
        """Open a page, and look at it for a while."""
        url = f"{SHOP}{path}{self.query}"
        self.page_now = {
            "path": path, "referrer": self.referrer, "search": self.query, "title": title, "url": url,
        }  # fmt: skip
        self.report("page", {"properties": self.page_now | properties})
        self.referrer, self.query = f"{SHOP}{path}", ""
        self.came_by = {}
        self.at += timedelta(seconds=self.scene.number(12, 170))

    def track(self, event: str, **properties: Any) -> None:
        """Do something on the page."""
        self.report("track", {"event": event, "properties": properties})
        self.at += timedelta(seconds=self.scene.number(4, 40))

    def identify(self, traits: Mapping[str, Any], login: str = "") -> None:
        """Leave details, or sign in."""
        self.login = login or self.login
        self.report("identify", {"traits": traits})
        self.at += timedelta(seconds=self.scene.number(2, 15))

    def consent(self, **purposes: bool) -> None:
        """Answer the banner, or change one's mind in the preferences."""
        self.report("track", {"event": "Segment Consent Preference Updated"}, {"categoryPreferences": purposes})
        self.at += timedelta(seconds=self.scene.number(2, 9))

    def report(self, kind: str, said: Mapping[str, Any], consent: Mapping[str, Any] | None = None) -> None:
        context: dict[str, Any] = {
            "library": BROWSER_LIBRARY, "locale": "en-GB", "timezone": "Europe/London", "page": self.page_now,
            "userAgent": self.browser.agent,
        }  # fmt: skip
        if self.came_by:
            context["campaign"] = self.came_by
        if consent:
            context["consent"] = consent
        event = {
            "type": kind, **said, "anonymousId": self.browser.anonymous_id, "context": context, "integrations": {},
            "messageId": f"ajs-next-{self.scene.hex()}", "timestamp": stamp(self.at),
        }  # fmt: skip
        if self.login:
            event["userId"] = self.login
        self.scene.send(self.at, WEB, event, self.batch)


def stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def report_from_server(scene: Scene, at: datetime, kind: str, login: str, **said: Any) -> None:
    """What the shop's own servers say of an account: a booking, new details."""
    event = {
        "type": kind, "userId": login, "anonymousId": None, "context": {"library": SERVER_LIBRARY},
        "integrations": {}, "messageId": scene.hex(), "timestamp": stamp(at), **said,
    }  # fmt: skip
    scene.send(at, WEB, event, "server")


# What people do in the shop


def look_around(visit: Visit, trip: Trip, pages: int) -> None:
    """Wander among places, hotels and articles."""
    scene, places = visit.scene, stock("places")
    there = next(place for place in places["destinations"] if place["slug"] == trip.slug)
    visit.page(*scene.pick([("/", "Northstar Holidays"), (f"/holidays/{trip.slug}", f"{trip.place} holidays")]))
    for _ in range(pages - 1):
        dice = scene.dice.random()
        if dice < 0.5:
            open_hotel(visit, trip, scene.pick(there["hotels"]))
        elif dice < 0.7:
            visit.page(f"/holidays/{trip.slug}", f"{trip.place} holidays")
        else:
            visit.page(*scene.pick(places["articles"] if dice < 0.85 else places["help"]))


def open_hotel(visit: Visit, trip: Trip, hotel: str) -> None:
    visit.page(f"/holidays/{trip.slug}/{slugged(hotel)}", hotel)
    if visit.scene.is_lucky(0.3):
        visit.track("Product Viewed", name=hotel, category=trip.place, price=trip.price, currency="GBP")


def search(visit: Visit, trip: Trip) -> None:
    visit.page("/search", f"Search: {trip.place}, {trip.party}", destination=trip.place)
    visit.track(
        "Products Searched", query=f"{trip.place} from {trip.airport}", nights=trip.nights, party=trip.party,
        departs=trip.departs.isoformat(),
    )  # fmt: skip


def ask_for_quote(visit: Visit, trip: Trip) -> None:
    """Search, hotel, quote."""
    search(visit, trip)
    open_hotel(visit, trip, trip.hotel)
    visit.track("Quote Requested", hotel=trip.hotel, value=trip.price, currency="GBP", step=3)
    visit.page(
        "/book/quote", f"Quote, {trip.party}, {trip.dates}, {pounds(trip.price)}", step="Quote", hotel=trip.hotel
    )


def book(visit: Visit, trip: Trip, order: str) -> None:
    """Extras, payment, thank you."""
    visit.page("/book/extras", "Extras: bags, seats and transfers", step="Extras")
    visit.track(
        "Checkout Step Completed", step=4, hotel=trip.hotel, extras=visit.scene.pick(["bags", "seats", "transfers"])
    )
    visit.page("/book/payment", "Payment", step="Payment")
    visit.track("Order Completed", **order_of(trip, order))
    visit.page("/book/thank-you", f"Booked: {trip.hotel}", step="Thank you")


def order_of(trip: Trip, order: str) -> dict[str, Any]:
    product = {"product_id": f"{trip.slug}-{trip.nights}", "name": trip.hotel, "quantity": 1, "price": trip.price}
    return {
        "order_id": order, "revenue": trip.price, "currency": "GBP", "products": [product], "destination": trip.place,
    }  # fmt: skip
