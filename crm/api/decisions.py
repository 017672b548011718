"""The API's addresses of decisions about who is who: links, withdrawing them, splitting; and why a customer is one."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

from django.contrib.auth.models import User
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.customers import MOST_SHOWN, IdentifierShown
from crm.api.errors import BadParameter, Problem
from crm.api.parameters import LARGEST_ID, LONGEST, SOME_TEXT, row_number
from crm.api.views import CUSTOMER, MOVED, ApiView, Named, customer_of, number_of, redirected, uuid_of
from crm.errors import MergeRefused
from crm.identity.evidence import evidence_of, said_of, standing_of
from crm.identity.merging import keep_apart, merge_all, spokesman, withdraw
from crm.identity.models import Customer, Identifier, Link
from crm.identity.rehearsing import Rehearsal, rehearse, watched
from crm.identity.splitting import split
from crm.privacy.access import requires, visible_customers
from crm.privacy.actors import Program
from crm.privacy.roles import ADMINISTERS, SEES_CUSTOMERS

LINK_VERDICTS = Link.Verdict.choices
MOST_MERGED = 10
MOST_PICKED = 500
LINK = row_number("link", "The link's number.")


class Decision(serializers.Serializer[Any]):
    """What every decision takes."""

    note = serializers.RegexField(
        SOME_TEXT, required=False, allow_blank=True, max_length=LONGEST, help_text="Why; kept."
    )
    dry_run = serializers.BooleanField(default=False, help_text="Say what would happen, and do nothing.")


class LinkAsked(Decision):
    """A merge of two customers or more, or a verdict that two are different people."""

    customers = serializers.ListField(child=serializers.UUIDField(), min_length=2, max_length=MOST_MERGED)
    verdict = serializers.ChoiceField(LINK_VERDICTS, default=Link.Verdict.SAME.value)


class SplitAsked(Decision):
    """Which of a customer's identifiers belong to somebody else: their numbers, as why/ lists them."""

    identifiers = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST_ID), min_length=1, max_length=MOST_PICKED
    )


class LinkShown(Named):
    """A decision about two identifiers, with its evidence."""

    named = {"source": lambda: serializers.CharField(allow_null=True, help_text="The system that it came from.")}
    id = serializers.IntegerField(allow_null=True, help_text="Null of a link that a dry run would make.")
    a = serializers.IntegerField(help_text="The number of an identifier.")
    b = serializers.IntegerField()
    verdict = serializers.ChoiceField(LINK_VERDICTS)
    basis = serializers.ChoiceField(Link.Basis.choices)
    standing = serializers.ChoiceField(["same", "different", "held", "withdrawn"])
    says = serializers.CharField(help_text="The same in words.")
    weight = serializers.FloatField()
    is_verified = serializers.BooleanField()
    actor = serializers.CharField(allow_null=True, help_text="The member of staff who decided.")
    evidence = serializers.DictField()
    created_at = serializers.DateTimeField()
    withdrawn_at = serializers.DateTimeField(allow_null=True)


class NumberedIdentifier(IdentifierShown):
    """An identifier with its number, and whose it is now."""

    id = serializers.IntegerField()
    customer = serializers.UUIDField()


class CustomerThen(serializers.Serializer[Any]):
    """A customer as the decision leaves them."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    identifiers = serializers.ListField(child=serializers.IntegerField())
    golden = serializers.DictField(child=serializers.CharField(), help_text="The value that shows of each field.")
    consents = serializers.ListField(child=serializers.CharField(), help_text="What was given, such as email marketing")


class Announced(serializers.Serializer[Any]):
    """What the identity log says to whoever reads it: identifiers (numbers) that went from one customer to another."""

    before = serializers.UUIDField()
    after = serializers.UUIDField()
    identifiers = serializers.ListField(child=serializers.IntegerField())


class Outcome(serializers.Serializer[Any]):
    """What a decision did, or in a dry run would do."""

    dry_run = serializers.BooleanField()
    links = LinkShown(many=True)
    customers = CustomerThen(many=True)
    held = LinkShown(many=True, help_text="Links that are held from now on.")
    freed = LinkShown(many=True, help_text="Links that are in force again.")
    announced = Announced(many=True)


class Why(serializers.Serializer[Any]):
    """The evidence graph of a customer."""

    customer = serializers.UUIDField()
    identifiers = NumberedIdentifier(many=True, help_text="Theirs, and those of others that a link leads to.")
    links = LinkShown(many=True)
    left_out = serializers.IntegerField(help_text="How many of their identifiers are left out, the least telling ones.")


REFUSED = OpenApiResponse(Problem, description="The rules do not allow it, or it is so already.")
OUTCOMES = {200: Outcome, 201: Outcome, 409: REFUSED}


class DecidingView(ApiView):
    """An address at which something is decided."""

    queryset = Customer.objects.none()
    serializer_class = Decision

    def body(self, request: Request) -> dict[str, Any]:
        asked = self.get_serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return cast(dict[str, Any], asked.validated_data)

    @property
    def staff(self) -> User | None:
        return self.actor if isinstance(self.actor, User) else None

    def note(self, asked: dict[str, Any]) -> str:
        """Why, and which key decided: the identity log names people only."""
        by = f"API key {self.actor.key.name}" if isinstance(self.actor, Program) else ""
        return ": ".join(filter(None, [by, asked.get("note", "")]))

    def decided(
        self, act: Callable[[], Iterable[Link]], customers: Sequence[Customer], asked: dict[str, Any], status: int = 201
    ) -> Response:
        """Do it, or in a dry run see what it would do."""
        is_dry = asked["dry_run"]
        found = (rehearse if is_dry else watched)(act, customers)
        if found.refused:
            return Response({"detail": found.refused}, status=409)
        return Response(outcome(found, is_dry), status=200 if is_dry else status)


@requires(*ADMINISTERS, about="decisions")
class Links(DecidingView):
    """Decisions about who is who."""

    serializer_class = LinkAsked

    @extend_schema(operation_id="make_link", request=LinkAsked, responses=OUTCOMES)
    def post(self, request: Request) -> Response:
        asked = self.body(request)
        customers = [customer_of(one, self.actor) for one in dict.fromkeys(asked["customers"])]
        note = self.note(asked)
        if asked["verdict"] == Link.Verdict.SAME:
            return self.decided(lambda: merge_all(customers, self.staff, note), customers, asked)
        if len(customers) != 2:
            raise BadParameter("customers", "a verdict of different is about two customers; give two ids")
        return self.decided(lambda: self.apart(customers, note), customers, asked)

    def apart(self, customers: Sequence[Customer], note: str) -> list[Link]:
        if customers[0].pk == customers[1].pk:
            raise MergeRefused("these are one customer; split it instead")
        return [keep_apart(spokesman(customers[0]), spokesman(customers[1]), self.staff, note)]


@requires(*ADMINISTERS, about="decisions")
class WithdrawLink(DecidingView):
    """Take one link back: what it joined is what it would have been without it."""

    @extend_schema(
        operation_id="withdraw_link", parameters=[LINK], request=Decision, responses={200: Outcome, 409: REFUSED}
    )
    def post(self, request: Request, link: str) -> Response:
        number = number_of(link, "link")
        found = Link.objects.filter(pk=number).first()
        if found is None:
            raise NotFound(f"link: there is no link {number}")
        asked = self.body(request)
        if found.withdrawn_at:
            return Response({"detail": f"link {number} was withdrawn before"}, status=409)
        ends = Identifier.objects.filter(pk__in=[found.a_id, found.b_id])
        customers = list(visible_customers(self.actor).filter(identifiers__in=ends).distinct().order_by("pk"))
        return self.decided(lambda: withdraw([found], self.staff), customers, asked, status=200)


@requires(*ADMINISTERS, about="decisions")
class SplitCustomer(DecidingView):
    """Say which of a customer's identifiers belong to somebody else."""

    serializer_class = SplitAsked

    @extend_schema(operation_id="split_customer", parameters=[CUSTOMER], request=SplitAsked, responses=OUTCOMES)
    def post(self, request: Request, customer: str) -> Response:
        found = customer_of(uuid_of(customer), self.actor)
        asked = self.body(request)
        note = self.note(asked)
        return self.decided(lambda: split(found, asked["identifiers"], self.staff, note), [found], asked)


@requires(*SEES_CUSTOMERS, about="customers")
class WhyOneCustomer(ApiView):
    """Why a customer is one: their identifiers, and every link that ties them or keeps them apart."""

    queryset = Customer.objects.none()
    serializer_class = Why

    @extend_schema(operation_id="why_customer", parameters=[CUSTOMER], responses={200: Why, 301: MOVED})
    def get(self, request: Request, customer: str) -> Response:
        asked_for = uuid_of(customer)
        standing = customer_of(asked_for, self.actor)
        if standing.public_id != asked_for:
            return redirected(request, customer, standing.public_id)
        evidence = evidence_of(standing)
        shown = {
            "customer": standing.public_id,
            "identifiers": [identifier_shown(one) for one in (*evidence.inside, *evidence.outside)],
            "links": [link_shown(link) for link in evidence.links],
            "left_out": evidence.left_out,
        }
        return Response(self.get_serializer(shown).data)


def identifier_shown(one: Identifier) -> dict[str, Any]:
    plain = {name: getattr(one, name) for name in ("id", "kind", "namespace", "value", "shared", "created_at")}
    return plain | {"customer": one.customer.public_id}


def link_shown(link: Link) -> dict[str, Any]:
    plain = {name: getattr(link, name) for name in (
        "id", "verdict", "basis", "weight", "is_verified", "evidence", "created_at", "withdrawn_at")}  # fmt: skip
    return plain | {
        "a": link.a_id,
        "b": link.b_id,
        "standing": standing_of(link),
        "says": said_of(link),
        "source": link.source.name if link.source else None,
        "actor": link.actor.get_username() if link.actor else None,
    }


def outcome(found: Rehearsal, is_dry: bool) -> dict[str, Any]:
    """A decision's outcome as the API shows it."""
    ends = {end for move in found.moves for end in (move.before, move.after)}
    public = dict(Customer.objects.filter(pk__in=ends).values_list("pk", "public_id"))
    moves = [{"before": public[m.before], "after": public[m.after], "identifiers": m.identifiers} for m in found.moves]
    then = [
        {
            "id": record.customer.public_id,
            "name": record.name,
            "identifiers": [one.pk for one in record.identifiers[:MOST_SHOWN]],
            "golden": {name: field.value for name, field in record.golden.items()},
            "consents": [f"{one.channel} {one.purpose}".strip() for one in record.permissions if one.is_given],
        }
        for record in found.after
    ]
    told = {name: [link_shown(link) for link in getattr(found, name)] for name in ("made", "held", "freed")}
    links = without_unmade(told) if is_dry else told
    shown = {"dry_run": is_dry, "links": links["made"], "held": links["held"], "freed": links["freed"]}
    return cast(dict[str, Any], Outcome(shown | {"customers": then, "announced": moves}).data)


def without_unmade(links: Mapping[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Links as a dry run shows them: those that it would make have no number yet."""
    numbers = {link["id"] for shown in links.values() for link in shown}
    there = set(Link.objects.filter(pk__in=numbers).values_list("pk", flat=True))
    return {
        name: [link | {"id": link["id"] if link["id"] in there else None} for link in shown]
        for name, shown in links.items()
    }
