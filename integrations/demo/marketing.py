"""What Northstar counts as a conversion: bookings made on the site, and those that an agent took on the phone; and how
far journeys come before.
"""

from journeys.attribution.models import ConversionDefinition
from journeys.paths.abandonment import AbandonmentDefinition

BY_AGENT = {"fact": "property", "about": "booked_by", "value": ""}
STAGES = (("Asked for a quote", "Quote Requested", "lead"), ("Saved a quote", "Quote Saved", "opportunity"))
BOOKINGS = {"Booked online": "not told", "Booked by phone": "told"}  # by whether the shop's server names an agent


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
    AbandonmentDefinition.objects.create(name="A quote", begun=["/book/quote", "Quote Saved"], conversion=online,
                                         finished=["/book/thank-you"])  # fmt: skip
    AbandonmentDefinition.objects.create(name="A search", begun=["/search"], finished=["/book/*", "Quote*"])
