"""The API's addresses of erasures: those that were asked for, asking for one, and the second person's answer."""

from typing import Any

from django.contrib.auth.models import User
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.errors import Problem
from crm.api.parameters import TEXT, Parameters, choice, limit, pattern
from crm.api.views import ApiView, ListView, customer_of, uuid_of
from crm.errors import ErasureRefused
from crm.privacy.access import requires
from crm.privacy.actors import Actor
from crm.privacy.erasing.asking import LONGEST, answer, ask
from crm.privacy.erasing.certifying import certificate
from crm.privacy.erasing.models import Erasure
from crm.privacy.roles import ERASES, OVERSEES

NAMED = OpenApiParameter("erasure", {"type": "string", "format": "uuid"}, OpenApiParameter.PATH, description="Its id.")
STATES = Erasure.State.choices
REFUSED = OpenApiResponse(Problem, description="It is asked for or answered already, or not for this person to say.")
RELATED = ("asked_by", "checked_by")


class NoticeShown(serializers.Serializer[Any]):
    """Somebody else whom we had told of the person: an ad platform."""

    whom = serializers.CharField()
    waiting = serializers.IntegerField(help_text="How many things are still to be taken back.")
    told = serializers.IntegerField(help_text="How many they took back.")
    left = serializers.IntegerField(help_text="How many stay with them.")
    why = serializers.CharField(allow_blank=True, help_text="Why one stays.")
    remedy = serializers.CharField(allow_blank=True, help_text="What is left to be done by hand.")


class ErasureShown(serializers.Serializer[Any]):
    """An erasure, and what it has erased so far: once it is done, its certificate."""

    erasure = serializers.UUIDField()
    state = serializers.ChoiceField(STATES)
    asked_by = serializers.CharField(allow_blank=True, help_text="Empty where a program asked.")
    checked_by = serializers.CharField(allow_blank=True)
    asked_at = serializers.DateTimeField(allow_null=True)
    checked_at = serializers.DateTimeField(allow_null=True)
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    is_replayed = serializers.BooleanField(help_text="Done again after a restore.")
    identifiers = serializers.IntegerField(help_text="How many are kept out by their keyed hashes.")
    rows = serializers.DictField(child=serializers.IntegerField(), help_text="How many were erased of each kind.")
    total = serializers.IntegerField()
    notices = NoticeShown(many=True)


class ErasureAsked(serializers.Serializer[Any]):
    """Whom to erase, and why."""

    customer = serializers.UUIDField()
    reason = serializers.RegexField(
        TEXT, allow_blank=True, max_length=LONGEST, help_text="It is erased with them; without one, nothing is asked."
    )


class AnswerGiven(serializers.Serializer[Any]):
    """A second person's yes or no."""

    is_yes = serializers.BooleanField()


class ErasuresAsked(Parameters):
    state = choice(Erasure.State.values, "Only those in this state.")
    before = pattern(r"^[0-9]{1,18}$", "give what the next page's address gave")
    limit = limit()


@requires(*OVERSEES, writers=ERASES, about="erasures")
class Erasures(ListView):
    """Erasures, newest first."""

    queryset = Erasure.objects.none()
    filterset_class = ErasuresAsked
    serializer_class = ErasureShown

    @extend_schema(operation_id="list_erasures", responses=ErasureShown(many=True))
    def get(self, request: Request) -> Response:
        found = Erasure.objects.select_related(*RELATED).prefetch_related("notices")
        if self.asked["state"]:
            found = found.filter(state=self.asked["state"])
        page, following = self.numbered(found)
        return self.page([certificate(one) for one in page], following)

    @extend_schema(
        operation_id="ask_erasure", filters=False, request=ErasureAsked, responses={201: ErasureShown, 409: REFUSED}
    )
    def post(self, request: Request) -> Response:
        """Ask that a customer be erased; nothing happens until a person says yes."""
        asked = ErasureAsked(data=request.data)
        asked.is_valid(raise_exception=True)
        told = asked.validated_data
        try:
            made = ask(customer_of(told["customer"], self.actor), self.actor, told["reason"])
        except ErasureRefused as refused:
            return Response({"detail": str(refused)}, status=409)
        return Response(certificate(made), status=201)


@requires(*OVERSEES, about="erasures")
class OneErasure(ApiView):
    """One erasure; once it is done, its certificate."""

    queryset = Erasure.objects.none()
    serializer_class = ErasureShown

    @extend_schema(operation_id="get_erasure", parameters=[NAMED], responses=ErasureShown)
    def get(self, request: Request, erasure: str) -> Response:
        return Response(certificate(named(erasure)))


@requires(*ERASES, about="erasures")
class AnswerErasure(ApiView):
    """Say yes or no to an erasure, as a second person: no key can."""

    queryset = Erasure.objects.none()
    serializer_class = AnswerGiven

    @extend_schema(
        operation_id="answer_erasure", parameters=[NAMED], request=AnswerGiven,
        responses={200: ErasureShown, 409: REFUSED},
    )  # fmt: skip
    def post(self, request: Request, erasure: str) -> Response:
        given = AnswerGiven(data=request.data)
        given.is_valid(raise_exception=True)
        found = named(erasure)
        try:
            answer(found, person(self.actor), is_yes=given.validated_data["is_yes"])
        except ErasureRefused as refused:
            return Response({"detail": str(refused)}, status=409)
        return Response(certificate(found))


def named(erasure: str) -> Erasure:
    found = Erasure.objects.select_related(*RELATED).filter(public_id=uuid_of(erasure, "erasure")).first()
    if found is None:
        raise NotFound(f"erasure: there is none of the id {erasure}")
    return found


def person(actor: Actor) -> User:
    """Whoever answers; raises ErasureRefused for a program."""
    if not isinstance(actor, User):
        raise ErasureRefused("a person has to say yes or no, on the erasure's page; a key cannot")
    return actor
