"""How values are said on screens: template filters and tags that every template has (settings: builtins)."""

import re
from datetime import date, datetime, timedelta
from functools import lru_cache

import phonenumbers
from django import template
from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from crm.identity.kinds import WALL, Kind
from crm.identity.models import Identifier
from crm.privacy.access import roles_of
from crm.privacy.masking import DOTS
from crm.privacy.permissions import Permission
from crm.privacy.roles import RIGHTS
from crm.profile.fields import FieldType, type_of
from crm.profile.standards import country, country_names
from crm.sources.models import Brand

register = template.Library()
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
MINUTE, HOUR, DAY = 60, 3600, 86_400
PERMISSIONS = {"email": "e-mail", "sms": "SMS"}
PLACES = {"whatsapp": "WhatsApp"}
LABELS = {"date_of_birth": "Born", "given_name": "Given name", "full_name": "Full name", "address2": "Address line 2"}


@register.filter
@lru_cache(maxsize=10_000)
def phone(value: str) -> str:
    """A phone number (E.164) as people write it: at home nationally, from elsewhere with its country code."""
    if DOTS in value:
        return value  # it is masked
    try:
        number = phonenumbers.parse(value, settings.COUNTRY)
    except phonenumbers.NumberParseException:
        return value
    is_home = number.country_code == phonenumbers.country_code_for_region(settings.COUNTRY)
    formats = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(number, formats.NATIONAL if is_home else formats.INTERNATIONAL)


@register.filter
def said_as(value: str, kind: str) -> str:
    """An identifier's value as people say it. A browser's is a long number: its beginning is enough."""
    if kind == Kind.PHONE:
        return phone(value)
    return f"{value[:8]}…" if kind in Kind.anonymous() and len(value) > 12 else value


@register.filter
def identifier_value(one: Identifier) -> str:
    """An identifier's value as people say it; a handle with the place that it is from."""
    said = said_as(one.value, one.kind)
    return f"{place(one.namespace)} {said}" if one.kind == Kind.HANDLE else said


def place(namespace: str) -> str:
    """The place that a handle is from: Instagram of instagram:<account id>."""
    named = namespace.partition(WALL)[0].partition(":")[0]
    return PLACES.get(named, named.capitalize())


@register.filter
def brand_name(word: str) -> str:
    """What people call the brand that a customer is walled off with."""
    return str(Brand.objects.filter(word=word).values_list("name", flat=True).first() or word)


@register.filter
def said_contact(name: str) -> str:
    """A customer's name as people say it; where a phone stands for it, the phone as people write it."""
    return phone(name) if name.startswith("+") else name


@register.filter
def contact_icon(kind: str) -> str:
    """The icon of a kind of contact point."""
    return {Kind.PHONE.value: "phone", Kind.EMAIL.value: "mail"}.get(kind, "chat")


@register.filter
def channel_word(channel: str) -> str:
    """A channel in a word: what happened there."""
    return {"web": "Visit", "call": "Call", "email": "E-mail", "social": "Message"}.get(channel, channel)


@register.filter
def channel_icon(channel: str) -> str:
    """The icon of a channel."""
    return {"web": "globe", "call": "phone", "email": "mail", "social": "chat"}.get(channel, "globe")


@register.filter
def channel_class(channel: str) -> str:
    """The class that gives a channel its colour."""
    return {"email": "mail"}.get(channel, channel)


@register.filter
def permission_word(permission: Permission) -> str:
    """What a permission is for: e-mail marketing, analytics."""
    words = (PERMISSIONS.get(word, word) for word in (permission.channel, permission.purpose))
    return " ".join(word for word in words if word)


@register.filter
def kind_word(kind: str) -> str:
    """A kind of identifier, in a word that begins a line."""
    label = str(Kind(kind).label)
    return label[:1].upper() + label[1:]


@register.filter
def field_label(name: str) -> str:
    """A trait's name as a label."""
    words = name.replace("_", " ").strip()
    return LABELS.get(name) or words[:1].upper() + words[1:]


@register.filter
def trait_value(value: str, name: str = "") -> str:
    """A trait's value as people say it: a date in words, a country (name: the field's) by its name, else as it is."""
    if type_of(name) == FieldType.COUNTRY:
        return country_names().get(country(value) or "", value)
    try:
        return date_format(date.fromisoformat(value), "j F Y") if ISO_DATE.fullmatch(value) else value
    except ValueError:
        return value


@register.filter
def duration(value: timedelta | float) -> str:
    """A length of time: 45 s, 6 min 12 s, 11 min, 1 h 3 min. A number counts seconds."""
    seconds = round(value.total_seconds() if isinstance(value, timedelta) else value)
    if seconds < MINUTE:
        return f"{seconds} s"
    if seconds < HOUR:
        minutes, rest = divmod(seconds, MINUTE)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, rest = divmod(seconds // MINUTE, MINUTE)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


@register.filter
def moment(value: datetime) -> str:
    """A time for machines: ISO 8601, as the clocks here have it."""
    return timezone.localtime(value).isoformat(timespec="seconds")


@register.filter
def short_day(value: datetime) -> str:
    """The day of a time, short: 21 Nov 2026."""
    return said_day(timezone.localtime(value).date())


@lru_cache(maxsize=2_000)
def said_day(value: date) -> str:
    return date_format(value, "j M Y")


@register.filter
def ago(value: datetime) -> str:
    """How long ago, in one unit; a date when that is longer than a month."""
    seconds = (timezone.now() - value).total_seconds()
    if seconds < MINUTE:
        return "just now"
    if seconds < HOUR:
        return f"{int(seconds // MINUTE)} min ago"
    if seconds < DAY:
        return f"{int(seconds // HOUR)} h ago"
    days = int(seconds // DAY)
    if days <= 30:
        return f"{days} day{'s' if days > 1 else ''} ago"
    return short_day(value)


@register.filter
def day_heading(value: date) -> str:
    """A day: Today, 21 November; Wednesday, 19 November; Friday, 2 January 2025."""
    return heading(value, timezone.localdate())


@lru_cache(maxsize=2_000)
def heading(value: date, today: date) -> str:
    named = {today: "Today", today - timedelta(days=1): "Yesterday"}.get(value) or date_format(value, "l")
    return f"{named}, {date_format(value, 'j F' if value.year == today.year else 'j F Y')}"


@register.filter
def day(value: datetime) -> str:
    """The day of a time, as day_heading says it."""
    return day_heading(timezone.localtime(value).date())


@register.filter
def is_under(path: str, address: str) -> bool:
    """Whether a path is an address, or lies under it."""
    return path.startswith(address)


@register.filter
def may(user: User | AnonymousUser, right: str) -> bool:
    """Whether a user has a right, by its name among RIGHTS."""
    return not RIGHTS[right].roles.isdisjoint(roles_of(user))


@register.simple_tag
@lru_cache(maxsize=100)
def icon(name: str) -> SafeString:
    """An icon of the sprite. It only repeats what a word beside it says, so it is hidden from screen readers."""
    sprite = static("crm/icons.svg")
    return format_html('<svg class="i" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>', sprite, name)
