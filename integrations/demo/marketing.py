"""What Northstar counts as a conversion: bookings made on the site, and those that an agent took on the phone; how far
journeys come before; what its campaigns cost; and the ad platform that would be told of bookings.
"""

from datetime import timedelta
from decimal import Decimal

from django.db.models import Count
from django.db.models.functions import TruncDate
from django.utils import timezone

from integrations.uploads.models import Destination
from integrations.uploads.planning import note_since
from journeys.attribution.models import ConversionDefinition, Touchpoint
from journeys.attribution.spending import Cost, CostFile
from journeys.paths.abandonment import AbandonmentDefinition

BY_AGENT = {"fact": "property", "about": "booked_by", "value": ""}
STAGES = (("Asked for a quote", "Quote Requested", "lead"), ("Saved a quote", "Quote Saved", "opportunity"))
BOOKINGS = {"Booked online": "not told", "Booked by phone": "told"}  # by whether the shop's server names an agent
CLICKS = 24  # that were paid for, for each visit of somebody who agreed to be looked at
PRICES = {"cpc": Decimal("0.93"), "paid-social": Decimal("0.62"), "affiliate": Decimal("0.75")}  # of a click, in pounds
ACCOUNT = {
    "customer_id": "1234567890", "login_customer_id": "", "developer_token": "none", "client_id": "none",
    "client_secret": "none", "refresh_token": "none", "version": "",
}  # fmt: skip


def ensure_conversions() -> None:
    """Define them, unless anything is defined: then people have their own."""
    if ConversionDefinition.objects.exists():
        return
    for name, event, stage in STAGES:
        ConversionDefinition.objects.create(
            name=name, channel="web", events=[event], value_field="", currency="GBP", once="customer", stage=stage
        )
    for name, test in BOOKINGS.items():
        ConversionDefinition.objects.create(
            name=name, channel="web", events=["Order Completed"], conditions=[{**BY_AGENT, "is": test}],
            currency="GBP", is_by_phone=test == "told",
        )  # fmt: skip


def ensure_abandonments() -> None:
    """Say what giving up is, unless anybody has: a quote that is not booked online, a search that comes to no quote."""
    if AbandonmentDefinition.objects.exists():
        return
    online = ConversionDefinition.objects.filter(name=next(iter(BOOKINGS))).first()
    for name, begun in (("A quote", "/book/quote"), ("A saved quote", "Quote Saved")):
        AbandonmentDefinition.objects.create(
            name=name, begun=[begun], finished=["/book/thank-you"], conversion=online
        )  # fmt: skip
    AbandonmentDefinition.objects.create(name="A search", begun=["/search"], finished=["/book/*", "Quote*"])


def ensure_costs() -> None:
    """What campaigns cost on each day, by the visits that they brought, unless people have files of their own."""
    if CostFile.objects.exists():
        return
    paid = Touchpoint.objects.counted().filter(channel="web", medium__in=PRICES).exclude(campaign="")
    visits = paid.annotate(day=TruncDate("at")).values_list("day", "campaign").annotate(Count("pk"))
    by_campaign = dict(paid.order_by("medium").values_list("campaign", "medium"))
    file = CostFile.objects.create(name="campaigns.csv", state=CostFile.State.IN_FORCE)
    Cost.objects.bulk_create(
        Cost(file=file, day=day, dimension="campaign", name=name, currency="GBP", clicks=CLICKS * count,
             impressions=40 * CLICKS * count, cost=CLICKS * count * PRICES[by_campaign[name]])
        for day, name, count in visits.order_by("day", "campaign")
    )  # fmt: skip


def ensure_destination() -> None:
    """An account with Google Ads that does not exist, paused: nothing leaves, and there is something to look at."""
    if Destination.objects.exists():
        return
    now = timezone.now()
    sold = ConversionDefinition.objects.filter(name__in=BOOKINGS).values_list("pk", flat=True)
    Destination.objects.create(
        name="Google Ads", vendor="google_ads", settings=ACCOUNT, purpose="marketing", since=now - timedelta(days=60),
        actions={str(pk): "987654321" for pk in sold}, calls={str(pk): "987654322" for pk in sold},
        paused_at=now, paused_for=Destination.Why.STAFF,
    )  # fmt: skip
    note_since(now - timedelta(days=60), now)
