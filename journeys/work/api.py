"""The API's addresses of cases, tasks and notes: listed newest first, and made."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, cast

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.parameters import SOME_TEXT, Parameters, limit, pattern, public_id, said
from crm.api.views import ListView, customer_of
from crm.identity.models import Customer, Identifier
from crm.privacy.access import requires, roles_of, visible_customers
from crm.privacy.actors import Program
from crm.privacy.disclosure import disclosing
from crm.privacy.roles import WORKS
from crm.reading import read
from journeys.timeline.reading import identifiers_of
from journeys.work.cases import open_case
from journeys.work.deeds import LONGEST, Hand
from journeys.work.models import LONGEST_SUBJECT, Case, Note, Task
from journeys.work.noting import note
from journeys.work.tasking import add_task

EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
NOBODY = OpenApiResponse(
    description="A time that cannot be, or several people share everything that is known of this customer."
)


class WorkShown(serializers.Serializer[Any]):
    """A piece of work, and whom it is about now."""

    id = serializers.IntegerField()
    customer = serializers.UUIDField()
    said = serializers.CharField(help_text="Its subject, what is to be done, or what was written.")
    at = serializers.DateTimeField(help_text="When it was made.")


class CaseShown(WorkShown):
    state = serializers.ChoiceField(Case.State.values)
    order = serializers.CharField(allow_blank=True)
    closed_at = serializers.DateTimeField(allow_null=True)


class TaskShown(WorkShown):
    due_at = serializers.DateTimeField()
    done_at = serializers.DateTimeField(allow_null=True)


class NoteShown(WorkShown):
    is_delicate = serializers.BooleanField(help_text="Not to be mentioned to the customer.")


class CaseAsked(serializers.Serializer[Any]):
    """A case to open."""

    customer = serializers.UUIDField()
    subject = said(LONGEST_SUBJECT)
    order = serializers.RegexField(SOME_TEXT, max_length=120, required=False, allow_blank=True, default="")


class TaskAsked(serializers.Serializer[Any]):
    """Something to do."""

    customer = serializers.UUIDField()
    what = said(LONGEST_SUBJECT)
    due_at = serializers.DateTimeField(default_timezone=UTC)  # the first and last of years, too, are read


class NoteAsked(serializers.Serializer[Any]):
    """A note to keep."""

    customer = serializers.UUIDField()
    body = said(LONGEST)
    is_delicate = serializers.BooleanField(required=False, default=False)


class WorkParameters(Parameters):
    customer = public_id("Of this customer only.")
    before = pattern(r"^[0-9]{1,18}$", "give what the next page's address gave")
    limit = limit()


class WorkView(ListView):
    """What the three lists share: pages by keyset, the customers that may be seen, and what is hidden."""

    queryset = Case.objects.none()
    filterset_class = WorkParameters
    model: Any = Case
    standing = Q()

    def listed(self) -> Response:
        found: QuerySet[Any] = self.model.objects.filter(self.standing).order_by("-pk")
        if self.asked["customer"]:
            found = found.filter(identifier__in=identifiers_of(customer_of(self.asked["customer"], self.actor).pk))
        rows, following = self.numbered(found)
        return self.page(self.shown(rows), following)

    def shown(self, rows: Iterable[Any]) -> list[dict[str, Any]]:
        """Rows as the API shows them, without what is hidden from the actor, or about whom they may not see."""
        found, tact = list(rows), read(disclosing(roles_of(self.actor)))
        owners = dict(Identifier.objects.filter(pk__in={one.identifier_id for one in found}).values_list(
            "pk", "customer_id"))  # fmt: skip
        may = visible_customers(self.actor).filter(pk__in=set(owners.values()))
        public_ids = dict(may.values_list("pk", "public_id"))
        return [
            self.row(one) | {"customer": public_ids[owners[one.identifier_id]]}
            for one in found
            if owners.get(one.identifier_id) in public_ids and not tact.hides(*texts(one))
        ]

    def row(self, one: Any) -> dict[str, Any]:
        raise NotImplementedError

    def body(self, request: Request, asked: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        given = asked(data=request.data)
        given.is_valid(raise_exception=True)
        return cast(dict[str, Any], given.validated_data)

    def about(self, customer: Customer) -> int | None:
        """The identifier that work on a customer hangs off."""
        spokesman = customer.spokesman()
        return spokesman.pk if spokesman else None

    @property
    def hand(self) -> Hand:
        if isinstance(self.actor, Program):
            return Hand(None, f"API key {self.actor.key.name}")
        return Hand(self.actor if isinstance(self.actor, User) else None)

    def made(self, one: Any) -> Response:
        found = Identifier.objects.select_related("customer").get(pk=one.identifier_id).customer
        shown = self.row(one) | {"customer": found.public_id}
        return Response(self.get_serializer(shown).data, status=201)

    def refused(self) -> Response:
        return Response({"detail": "several people share everything that is known of this customer"}, status=409)


def texts(one: Any) -> list[str]:
    """What a piece of work says."""
    return [str(getattr(one, name)) for name in ("subject", "what", "body", "order") if hasattr(one, name)]


@requires(*WORKS, about="work")
class Cases(WorkView):
    """Cases: something of a customer's that is not settled."""

    serializer_class = CaseShown

    @extend_schema(operation_id="list_cases", responses=CaseShown(many=True))
    def get(self, request: Request) -> Response:
        return self.listed()

    @extend_schema(operation_id="open_case", request=CaseAsked, responses={201: CaseShown, 409: NOBODY})
    def post(self, request: Request) -> Response:
        asked = self.body(request, CaseAsked)
        whose = self.about(customer_of(asked["customer"], self.actor))
        if whose is None:
            return self.refused()
        return self.made(open_case(whose, asked["subject"], self.hand, order=asked["order"]))

    def row(self, one: Case) -> dict[str, Any]:
        plain = {name: getattr(one, name) for name in ("id", "state", "order", "closed_at")}
        return plain | {"said": one.subject, "at": one.opened_at}


@requires(*WORKS, about="work")
class Tasks(WorkView):
    """Tasks: what is to be done for a customer by when."""

    serializer_class = TaskShown
    model = Task
    standing = Q(withdrawn_at=None)

    @extend_schema(operation_id="list_tasks", responses=TaskShown(many=True))
    def get(self, request: Request) -> Response:
        return self.listed()

    @extend_schema(operation_id="add_task", request=TaskAsked, responses={201: TaskShown, 409: NOBODY})
    def post(self, request: Request) -> Response:
        asked = self.body(request, TaskAsked)
        if not EARLIEST <= asked["due_at"] <= LATEST:
            return Response({"detail": "due_at: give a time from 2000 to 2199"}, status=409)
        whose = self.about(customer_of(asked["customer"], self.actor))
        return (
            self.refused() if whose is None else self.made(add_task(whose, asked["what"], asked["due_at"], self.hand))
        )

    def row(self, one: Task) -> dict[str, Any]:
        return {"id": one.pk, "said": one.what, "at": one.made_at, "due_at": one.due_at, "done_at": one.done_at}


@requires(*WORKS, about="work")
class Notes(WorkView):
    """Notes that staff and programs wrote of customers."""

    serializer_class = NoteShown
    model = Note
    standing = Q(withdrawn_at=None)

    @extend_schema(operation_id="list_notes", responses=NoteShown(many=True))
    def get(self, request: Request) -> Response:
        return self.listed()

    @extend_schema(operation_id="write_note", request=NoteAsked, responses={201: NoteShown, 409: NOBODY})
    def post(self, request: Request) -> Response:
        asked = self.body(request, NoteAsked)
        whose = self.about(customer_of(asked["customer"], self.actor))
        if whose is None:
            return self.refused()
        return self.made(note(whose, asked["body"], self.hand, is_delicate=asked["is_delicate"]))

    def row(self, one: Note) -> dict[str, Any]:
        return {"id": one.pk, "said": one.body, "at": one.at, "is_delicate": one.is_delicate}


urlpatterns: list[URLPattern | URLResolver] = [
    path("cases/", Cases.as_view(), name="api-cases"),
    path("tasks/", Tasks.as_view(), name="api-tasks"),
    path("notes/", Notes.as_view(), name="api-notes"),
]
