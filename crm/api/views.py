"""What all views of the API share: their parameters, pages and errors, and how the schema describes them."""

import re
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, cast
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.generics import GenericAPIView
from rest_framework.pagination import BasePagination
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from crm.api.errors import BadParameter, Problem, answer
from crm.api.parameters import DEFAULT_LIMIT, LARGEST_ID, Parameters
from crm.asked import Row, older
from crm.identity.models import Customer, Identifier
from crm.privacy.access import followable_customers, policy_of, visible_customers
from crm.privacy.actors import Actor
from crm.privacy.audit.noting import note_look
from crm.privacy.scopes import scope_of
from crm.profile.record import standing_customer

HYPHENED = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
DIGITS = re.compile(r"\d{1,19}", re.ASCII)
CUSTOMER = OpenApiParameter("customer", UUID, OpenApiParameter.PATH, description="The customer's id.")
MOVED = OpenApiResponse(description="The customer was merged into another one: Location says which.")
SHARED_ERRORS = ("400", "401", "403", "404", "429")
BODY_ERRORS = ("415",)  # of what takes a body


class Named(serializers.Serializer[Any]):
    """A serializer with fields whose names its own attributes have: `source`, `data`."""

    named: ClassVar[dict[str, Callable[[], serializers.Field[Any, Any, Any, Any]]]] = {}

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | {name: make() for name, make in self.named.items()}


class Described(AutoSchema):
    """Describes an operation, and adds the errors that all of them share."""

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        describe: Callable[..., Any] = self._get_response_for_code
        for code in SHARED_ERRORS + (BODY_ERRORS if self.method == "POST" else ()):
            bodies.setdefault(code, describe(Problem, code, direction=direction))
        return bodies

    def get_description(self, *named: Any, **more: Any) -> str:
        """What it does, and the scope that a key needs which has scopes."""
        policy = policy_of(type(self.view))
        scope = scope_of(policy.about, self.method in SAFE_METHODS) if policy else ""
        return "\n\n".join(
            filter(None, (super().get_description(*named, **more), f"Scope: `{scope}`." if scope else ""))
        )

    def _get_parameters(self) -> list[dict[str, Any]]:
        """An empty parameter (`?channel=`) is the same as none."""
        parameters: list[dict[str, Any]] = super()._get_parameters()
        return [one | {"allowEmptyValue": True} if one["in"] == "query" else one for one in parameters]

    def get_paginated_name(self, serializer_name: str) -> str:
        return f"PageOf{serializer_name}"


class Pages(BasePagination):
    """How the schema describes a page; the views themselves read one."""

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        following = {
            "type": "string", "format": "uri", "nullable": True,
            "description": "The next page; null at the end. A page may hold fewer results than asked for, even none, "
            "and still have a next one: a page looks at a bounded number of rows.",
        }  # fmt: skip
        return {"type": "object", "required": ["results", "next"], "properties": {"results": schema, "next": following}}


class ApiView(GenericAPIView[Any]):
    """One address of the API. `asked` holds the parameters by name, once they are known to be good."""

    schema = Described()
    filter_backends = [DjangoFilterBackend]
    filterset_class: ClassVar[type[Parameters]] = Parameters
    asked: dict[str, Any]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.asked = self.filterset_class(request.query_params, queryset=self.get_queryset()).cleaned()

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        return answer

    @property
    def actor(self) -> Actor:
        return cast(Actor, self.request.user)

    @property
    def limit(self) -> int:
        return self.asked.get("limit") or DEFAULT_LIMIT


class ListView(ApiView):
    """An address that answers in pages."""

    pagination_class = Pages

    def numbered(self, found: "QuerySet[Row, Any]") -> tuple[list[Row], int | None]:
        """(a page of rows that are in the order of their numbers, the highest first; the next one's `before`)."""
        return older(found, int(self.asked["before"]) if self.asked["before"] else None, self.limit)

    def page(self, results: Sequence[Any], following: str | int | None) -> Response:
        """One page of results. following: what `before` is in the address of the next one."""
        address = self.request.build_absolute_uri()
        link = replace_query_param(address, "before", str(following)) if following is not None else None
        return Response({"results": self.get_serializer(results, many=True).data, "next": link})


# What is named in an address


def uuid_of(text: str, name: str = "customer") -> UUID:
    """The customer's id that stands in an address."""
    if not HYPHENED.fullmatch(text):
        raise BadParameter(name, "give a customer's id (a UUID), such as customers/ lists")
    return UUID(text)


def number_of(text: str, name: str) -> int:
    """The row number that stands in an address."""
    if not DIGITS.fullmatch(text) or not 1 <= int(text) <= LARGEST_ID:
        raise BadParameter(name, f"give the number that the list of them gave, not “{text[:40]}”")
    return int(text)


def customer_of(public_id: UUID, actor: Actor) -> Customer:
    """The customer that an id stands for now, whom an actor sees as they are. Raises NotFound."""
    return found_among(visible_customers(actor), public_id, actor)


def followed_customer_of(public_id: UUID, actor: Actor) -> Customer:
    """As `customer_of`, for what is shown veiled to whoever may follow a journey, and not know whose it is."""
    return found_among(followable_customers(actor), public_id, actor)


def found_among(customers: "QuerySet[Customer]", public_id: UUID, actor: Actor) -> Customer:
    asked_for = customers.filter(public_id=public_id).first()
    try:
        standing = standing_customer(asked_for) if asked_for else None
    except Identifier.DoesNotExist:
        standing = None
    if standing is None:
        raise NotFound(f"customer: there is no customer {public_id}, or none that this key may see")
    note_look(actor, standing.pk)
    return standing


def redirected(request: Request, old: str, new: UUID) -> Response:
    """301: the same address of the customer that an old id leads to; not to be kept, as an unmerge ends it."""
    address = cast(HttpRequest, request).build_absolute_uri()
    moved = {"Location": address.replace(old, str(new), 1), "Cache-Control": "no-store"}
    return Response(status=301, headers=moved)
