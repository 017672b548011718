"""What Northstar counts as a conversion: bookings made on the site, and those that an agent took on the phone."""

from journeys.attribution.models import ConversionDefinition

BY_AGENT = {"fact": "property", "about": "booked_by", "value": ""}
BOOKINGS = {"Booked online": "not told", "Booked by phone": "told"}  # by whether the shop's server names an agent


def ensure_conversions() -> None:
    """Define them, unless anything is defined: then people have their own."""
    if ConversionDefinition.objects.exists():
        return
    for name, test in BOOKINGS.items():
        ConversionDefinition.objects.create(
            name=name, channel="web", events=["Order Completed"], conditions=[{**BY_AGENT, "is": test}],
            currency="GBP", is_by_phone=test == "told",
        )  # fmt: skip
