"""The API's addresses of customers: finding them, and one of them."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.parameters import MOST, Parameters, identifier, limit, pattern, text
from crm.api.views import CUSTOMER, MOVED, ApiView, ListView, Named, followed_customer_of, redirected, uuid_of
from crm.identity.kinds import Key, Kind
from crm.identity.models import Customer, Identifier
from crm.identity.normalise import normalise
from crm.privacy.access import followable_customers, is_open_to, requires, roles_of, visible_customers
from crm.privacy.roles import SEES_CUSTOMERS
from crm.profile.household import Housemate
from crm.profile.portraits import Portrait, portraits, portraits_for
from crm.profile.record import Record, record_of, veiled
from crm.search.finding import find

LOOKED_AT = 4  # times the page's limit: ids of customers that were merged into others are passed over
MOST_SHOWN = 200  # identifiers, other values: of a person there are few, of a switchboard there may be thousands


class Contact(serializers.Serializer[Any]):
    """A way to reach a customer."""

    kind = serializers.ChoiceField([Kind.EMAIL.value, Kind.PHONE.value, Kind.HANDLE.value])
    value = serializers.CharField()


class Matched(serializers.Serializer[Any]):
    """What a search found a customer by."""

    kind = serializers.CharField()
    text = serializers.CharField()


class CustomerInList(serializers.Serializer[Any]):
    """A customer in one line."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    is_known = serializers.BooleanField(help_text="Whether anything names them; a browser does not.")
    is_shared = serializers.BooleanField(help_text="Whether this is a line or inbox that several people use.")
    contacts = Contact(many=True)
    matched = Matched(allow_null=True)


class Said(Named):
    """A value, who said so, and when they last did."""

    named = {"source": serializers.CharField}
    value = serializers.CharField()
    at = serializers.DateTimeField()
    is_verified = serializers.BooleanField(help_text="Whether whoever said it had checked it.")
    flaw = serializers.CharField(allow_blank=True, help_text="Why it does not fit the field; such a value never shows.")


class Field(Said):
    """A field of the golden record: the value that shows, and the others that were asserted."""

    why = serializers.CharField(help_text="What decided, in words.")
    others = Said(many=True)


class IdentifierShown(serializers.Serializer[Any]):
    """A value that singles out the customer."""

    kind = serializers.ChoiceField(Kind.values)
    namespace = serializers.CharField(allow_blank=True)
    value = serializers.CharField()
    shared = serializers.CharField(allow_blank=True, help_text="Why it is shared; empty when it is not.")
    created_at = serializers.DateTimeField()


class ConsentShown(Named):
    """What stands for a purpose on a channel."""

    named = {"source": serializers.CharField}
    purpose = serializers.CharField()
    channel = serializers.CharField(allow_blank=True, help_text="Empty: every channel.")
    is_given = serializers.BooleanField()
    at = serializers.DateTimeField()


class HousemateShown(serializers.Serializer[Any]):
    """Another person who shares a landline, a phone or an address with the customer."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    ways = serializers.ListField(child=serializers.CharField(), help_text="What they share, in words.")


class CustomerShown(serializers.Serializer[Any]):
    """A customer: the golden record, identifiers, and what we may do."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    is_known = serializers.BooleanField()
    is_shared = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    golden = serializers.DictField(child=Field(), help_text="By field name: given_name, surname, city, …")
    unfit = serializers.DictField(child=Said(many=True), help_text="What was said of fields none of whose values fits.")
    identifiers = IdentifierShown(many=True, help_text=f"The most telling first, {MOST_SHOWN} at most.")
    consents = ConsentShown(many=True)
    household = HousemateShown(many=True, help_text="Other people; never merged.")


class CustomersAsked(Parameters):
    identifier = identifier()
    search = text("An address, a number in any notation, a reference, or a name, even misspelt or unfinished.")
    before = pattern(r"^[0-9]{1,18}$", "give what the next page's address gave")
    limit = limit()


@requires(*SEES_CUSTOMERS, about="customers")
class Customers(ListView):
    """Customers: those with an identifier, those that a search finds (best first), or the newest.

    To a marketer's key they have pseudonyms, their addresses are masked, and only a pseudonym finds them.
    """

    queryset = Customer.objects.none()
    filterset_class = CustomersAsked
    serializer_class = CustomerInList

    @extend_schema(operation_id="list_customers", responses=CustomerInList(many=True))
    def get(self, request: Request) -> Response:
        if self.asked["search"]:
            return self.found()
        if self.asked["identifier"]:
            identified = self.identified()[: self.limit]
            return self.page(in_lines(identified, portraits(identified)), None)
        return self.newest()

    def found(self) -> Response:
        found = find(self.asked["search"], self.actor, self.limit)
        matched = {one.customer_id: one.matched for one in found}
        if self.asked["identifier"]:
            identified = set(self.identified())
            matched = {customer: match for customer, match in matched.items() if customer in identified}
        return self.page(in_lines(matched, {one.customer_id: one.portrait for one in found}, matched), None)

    def identified(self) -> list[int]:
        """The ids of the customers that have the identifier, in any namespace, of those whom the actor may know."""
        customers = Identifier.objects.filter(**value_asked(self.asked["identifier"])).values("customer")
        return list(visible_customers(self.actor).filter(pk__in=customers).values_list("pk", flat=True)[:MOST])

    def newest(self) -> Response:
        """The customers born last, without the ids that lead to others now."""
        customers = followable_customers(self.actor).order_by("-pk").values_list("pk", flat=True)
        if self.asked["before"]:
            customers = customers.filter(pk__lt=int(self.asked["before"]))
        looked_at = list(customers[: LOOKED_AT * self.limit])
        standing = in_lines(looked_at, portraits_for(self.actor, looked_at))
        if len(standing) > self.limit:
            standing = standing[: self.limit]
            return self.page(standing, standing[-1]["row"])
        return self.page(standing, looked_at[-1] if len(looked_at) == LOOKED_AT * self.limit else None)


def value_asked(asked: str) -> dict[str, str]:
    """The identifier that kind:value stands for, as a lookup; what singles out nobody is looked up as it is."""
    kind, _, value = asked.partition(":")
    if kind == Kind.PHONE and value.startswith(" "):
        value = "+" + value.strip()  # a + in an address is a space
    key = normalise(kind, value, "", settings.COUNTRY) or Key(kind, "", value)
    return {"kind": key.kind, "value": key.value}


def in_lines(
    customers: Iterable[int], portrayed: Mapping[int, Portrait], matched: Mapping[int, tuple[str, str]] | None = None
) -> list[dict[str, Any]]:
    """Customers (ids) as the list shows them, in their order; ids that lead to others now are left out."""
    return [customer_line(portrayed[one], (matched or {}).get(one)) for one in customers if one in portrayed]


def customer_line(portrait: Portrait, matched: tuple[str, str] | None) -> dict[str, Any]:
    return {
        "row": portrait.customer_id,
        "id": portrait.public_id,
        "name": portrait.name,
        "is_known": portrait.is_known,
        "is_shared": portrait.is_shared,
        "contacts": [{"kind": kind, "value": value} for kind, value in portrait.contacts],
        "matched": {"kind": matched[0], "text": matched[1]} if matched else None,
    }


@requires(*SEES_CUSTOMERS, about="customers")
class OneCustomer(ApiView):
    """A customer: the golden record with the source of each value, identifiers, and what we may do."""

    queryset = Customer.objects.none()
    serializer_class = CustomerShown

    @extend_schema(operation_id="get_customer", parameters=[CUSTOMER], responses={200: CustomerShown, 301: MOVED})
    def get(self, request: Request, customer: str) -> Response:
        asked_for = uuid_of(customer)
        standing = followed_customer_of(asked_for, self.actor)
        if standing.public_id != asked_for:
            return redirected(request, customer, standing.public_id)
        record = record_of(standing, roles_of(self.actor))
        return Response(self.get_serializer(whole(record if is_open_to(self.actor, standing) else veiled(record))).data)


def whole(record: Record) -> dict[str, Any]:
    """A record as the API shows it."""
    return {
        "id": record.customer.public_id,
        "name": record.name,
        "is_known": record.is_known,
        "is_shared": record.is_shared,
        "created_at": record.customer.created_at,
        "golden": {
            name: {"value": field.value, "source": field.shown.source, "at": field.shown.at, "flaw": "",
                   "is_verified": field.shown.is_verified, "why": field.why, "others": field.others[:MOST_SHOWN]}
            for name, field in record.golden.items()
        },
        "unfit": {name: values[:MOST_SHOWN] for name, values in record.unfit.items()},
        "identifiers": record.identifiers[:MOST_SHOWN],
        "consents": record.permissions,
        "household": housemates(record.household),
    }  # fmt: skip


def housemates(household: list[Housemate]) -> list[dict[str, Any]]:
    """A household as the API shows it."""
    shown = portraits(mate.customer_id for mate in household) if household else {}
    known = [(mate, shown[mate.customer_id]) for mate in household if mate.customer_id in shown]
    return [{"id": one.public_id, "name": one.name, "ways": mate.ways} for mate, one in known if one.is_known]
