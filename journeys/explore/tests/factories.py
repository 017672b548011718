"""What Explore's tests look at: a shop's few days, in which everything that can be asked for stands once."""

from datetime import datetime, timedelta

from django.test import Client

from crm.privacy.tests.signing import signed_in
from journeys.interactions.drafts import Channel, ConsentGiven, Draft, Seen
from journeys.interactions.models import Interaction
from journeys.listening.models import Mood
from journeys.tests.factories import NOON, call, identify, mail, page, recorded, source

BEN_COOKIE, BEN_LOGIN, BEN_EMAIL = Seen("cookie", "c-ben"), Seen("login", "8801"), Seen("email", "ben@example.com")
BEN_PHONE, CARA_PHONE = Seen("phone", "07700 900444"), Seen("phone", "07700 900555")
CAMPAIGN = {"name": "Winter sun", "source": "newsletter", "medium": "email"}


def shop_days(now: datetime = NOON) -> None:
    """Ben comes by a campaign, looks at a quote, orders, and calls; Cara's call is missed; somebody unknown looks."""
    recorded(
        [
            page(now, "Offers", BEN_COOKIE, key="landing", campaign=CAMPAIGN),
            page(now + timedelta(minutes=2), "Quote", BEN_COOKIE, key="quote", value=3180, currency="GBP"),
            order(now + timedelta(minutes=9)),
            known(now + timedelta(minutes=10)),
            page(now + timedelta(minutes=30), "Quote", Seen("cookie", "c-nobody"), key="unknown"),
        ],
        source("website"),
    )
    recorded(
        [
            call(now + timedelta(hours=2), BEN_PHONE, key="answered"),
            call(now + timedelta(hours=3), CARA_PHONE, key="missed", outcome="missed"),
        ],
        source("phone line", "twilio", is_trusted=True),
    )
    recorded(
        [mail(now + timedelta(hours=4), "Cross", "I am cross", BEN_EMAIL, key="mail")], source("mails", "postmark")
    )
    felt("mail", -0.8)


def order(at: datetime) -> Draft:
    said = {"event": "Order Completed", "value": 990.5, "currency": "GBP", "products": [{"name": "Atlantis"}]}
    return Draft("order", Channel.WEB, "track", at, (BEN_COOKIE, BEN_LOGIN), title="Order Completed", data=said)


def known(at: datetime) -> Draft:
    made = identify(at, BEN_COOKIE, BEN_LOGIN, BEN_EMAIL, BEN_PHONE, key="known", given_name="Ben", surname="Harrow")
    made.consents = (ConsentGiven("marketing", True, "email"),)
    return made


def felt(key: str, value: float) -> None:
    said = Interaction.objects.get(key=key)
    Mood.objects.create(
        interaction=said, identifier_id=said.identifier_id, channel=said.channel, at=said.occurred_at, value=value
    )


def browser(role: str = "lead") -> Client:
    """A browser in which somebody who explores is signed in."""
    return signed_in(role)


def found(query: str, role: str = "lead") -> list[str]:
    """The keys of what an address finds, in its order; through all its pages."""
    answer = browser(role).get(f"/explore/?{query}")
    assert answer.status_code == 200
    keys, following = [], ""
    while True:
        context = answer.context
        keys += [row.said.pk for row, _ in context["lines"]]
        following = context["next"]
        if not following:
            names = dict(Interaction.objects.values_list("pk", "key"))
            return [names[one] for one in keys]
        answer = browser(role).get(f"/explore/?{following}")
