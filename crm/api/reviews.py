"""The API's addresses of reviews: the pairs that a person decides, one of them explained, and deciding it."""

from collections.abc import Sequence
from datetime import UTC, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.decisions import REFUSED, DecidingView, Decision, Outcome
from crm.api.parameters import Parameters, choice, limit, pattern, row_number, text
from crm.api.views import ApiView, ListView, number_of
from crm.identity.models import Identifier
from crm.matching.explaining import Explanation, explain
from crm.matching.models import TAKEN_BACK, Review
from crm.matching.queueing import NOBODY, REASONS, STATES, Asked, LostPlace, read_queue
from crm.matching.reviewing import VERDICTS, decide, later
from crm.matching.verdicts import Reason
from crm.matching.waterfall import Agreement
from crm.privacy.access import requires, visible_customers
from crm.privacy.actors import Actor
from crm.privacy.roles import ADMINISTERS, SEES_CUSTOMERS
from crm.profile.portraits import portraits

NUMBER = row_number("review", "The review's number.")
REVIEW_STATES = [*Review.State.choices, (TAKEN_BACK, "decided, and taken back since: it can be decided anew")]
PUT_OFF = timedelta(days=7)
WORDS = [one.name.lower() for one in Reason] + [one.value for one in Review.Guard if one.value]
RELATED = ("a__customer", "b__customer", "assignee", "decided_by", "link")


class ReviewedIdentifier(serializers.Serializer[Any]):
    """One end of the pair, and whose it is now."""

    id = serializers.IntegerField()
    kind = serializers.CharField()
    namespace = serializers.CharField(allow_blank=True)
    value = serializers.CharField()
    customer = serializers.UUIDField()
    name = serializers.CharField(help_text="The customer's.")


class ReviewShown(serializers.Serializer[Any]):
    """Two customers who may be one, and the pair of their identifiers that speaks most for it."""

    id = serializers.IntegerField()
    state = serializers.ChoiceField(REVIEW_STATES, help_text="What holds now.")
    reason = serializers.ChoiceField(
        WORDS, help_text="Why a person has to decide: a reason, or the guard that holds it."
    )
    says = serializers.CharField(help_text="The same in words.")
    a = ReviewedIdentifier()
    b = ReviewedIdentifier()
    weight = serializers.FloatField(help_text="Match weight: each 1 doubles the odds.")
    probability = serializers.FloatField(help_text="That they are one person.")
    value = serializers.FloatField(help_text="What deciding it is worth; the queue's order.")
    traffic = serializers.IntegerField(help_text="Interactions of both in the last 90 days, as far as counted.")
    assignee = serializers.CharField(allow_null=True)
    later_until = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    decided_by = serializers.CharField(allow_null=True)
    link = serializers.IntegerField(allow_null=True, help_text="The link that the decision made; withdraw it to undo.")


class StepShown(serializers.Serializer[Any]):
    """One step of the weight: what was compared, and what it adds."""

    name = serializers.CharField()
    says = serializers.CharField()
    weight = serializers.FloatField()


class FieldCompared(serializers.Serializer[Any]):
    """One field of both: what was said, and how it compares."""

    name = serializers.CharField()
    a = serializers.ListField(child=serializers.CharField())
    b = serializers.ListField(child=serializers.CharField())
    agreement = serializers.ChoiceField([one.value for one in Agreement])
    says = serializers.CharField()


class Explained(serializers.Serializer[Any]):
    """Why a pair weighs what it does, by the current model. The steps sum to the weight."""

    sentence = serializers.CharField(allow_blank=True)
    fields_compared = FieldCompared(many=True)
    steps = StepShown(many=True)
    weight = serializers.FloatField(allow_null=True)
    model = serializers.CharField(allow_blank=True, help_text="The version of the model.")
    without = serializers.CharField(allow_blank=True, help_text="Why it cannot be explained; empty when it is.")


class OneReviewShown(ReviewShown):
    """A review with its explanation."""

    explanation = Explained()


class ReviewsAsked(Parameters):
    state = choice(STATES, "Unless told, those that wait for a decision now (waiting).")
    reason = choice(REASONS, "Why a person has to decide.")
    assignee = text("A user's name, or nobody.")
    before = pattern(r"^[0-9]{1,18}$", "give what the next page's address gave")
    limit = limit()


class VerdictGiven(Decision):
    """What was decided. later puts the review off, until a time or for a week."""

    verdict = serializers.ChoiceField(VERDICTS)
    until = serializers.DateTimeField(
        required=False, default_timezone=UTC, help_text="With later: when it comes back, in ten years at the latest."
    )


@requires(*SEES_CUSTOMERS, about="decisions")
class Reviews(ListView):
    """The pairs that a person decides: open ones by what deciding is worth, decided ones the newest first."""

    queryset = Review.objects.none()
    filterset_class = ReviewsAsked
    serializer_class = ReviewShown

    @extend_schema(operation_id="list_reviews", responses=ReviewShown(many=True))
    def get(self, request: Request) -> Response:
        given = self.asked
        whose = assignee_of(given["assignee"])
        asked = Asked(given["state"] or "waiting", given["reason"] or "", whose, None, int(given["before"] or 0))
        try:
            found, following = read_queue(asked, timezone.now(), self.limit)
        except LostPlace as error:
            raise NotFound(f"before: {error}") from error
        return self.page(shown(found, self.actor), following or None)


@requires(*SEES_CUSTOMERS, about="decisions")
class OneReview(ApiView):
    """One pair, with what was compared, in words and in numbers."""

    queryset = Review.objects.none()
    serializer_class = OneReviewShown

    @extend_schema(operation_id="get_review", parameters=[NUMBER], responses=OneReviewShown)
    def get(self, request: Request, review: str) -> Response:
        found = review_of(review, self.actor)
        [row] = shown([found], self.actor)
        return Response(self.get_serializer(row | {"explanation": explained(explain(found.a, found.b))}).data)


@requires(*ADMINISTERS, about="decisions")
class DecideReview(DecidingView):
    """Say whether both are the same, or different people; or put it off."""

    serializer_class = VerdictGiven

    @extend_schema(
        operation_id="decide_review", parameters=[NUMBER], request=VerdictGiven, responses={200: Outcome, 409: REFUSED}
    )
    def post(self, request: Request, review: str) -> Response:
        found = review_of(review, self.actor)
        asked = self.body(request)
        customers = list({one.pk: one for one in (found.a.customer, found.b.customer)}.values())
        if asked["verdict"] == "later":
            until = asked.get("until") or timezone.now() + PUT_OFF
            return self.decided(lambda: later(found, until), customers, asked, status=200)
        note = self.note(asked)
        return self.decided(lambda: decide(found, asked["verdict"], self.staff, note), customers, asked, status=200)


def assignee_of(name: str) -> str:
    """The user (id) of a name, "nobody", or "" where none is given. Raises NotFound where nobody has the name."""
    if not name or name == NOBODY:
        return name or ""
    found = User.objects.filter(username=name).values_list("pk", flat=True).first()
    if found is None:
        raise NotFound("assignee: there is no user of this name")
    return str(found)


def review_of(text: str, actor: Actor) -> Review:
    """The review that an address names. Raises NotFound when there is none that the actor may see."""
    number, seen = number_of(text, "review"), visible_customers(actor)
    found = Review.objects.filter(pk=number, a__customer__in=seen, b__customer__in=seen)
    one = found.select_related(*RELATED).first()
    if one is None:
        raise NotFound(f"review: there is no review {number}, or none that this key may see")
    return one


def shown(reviews: Sequence[Review], actor: Actor) -> list[dict[str, Any]]:
    """Reviews as the API shows them, without those about customers that the actor may not see."""
    owners = {end.customer_id for one in reviews for end in (one.a, one.b)}
    seen = portraits(visible_customers(actor).filter(pk__in=owners).values_list("pk", flat=True))
    names = {customer: portrait.name for customer, portrait in seen.items()}
    return [as_shown(one, names) for one in reviews if {one.a.customer_id, one.b.customer_id} <= names.keys()]


def as_shown(one: Review, names: dict[int, str]) -> dict[str, Any]:
    names_kept = ("id", "weight", "probability", "value", "traffic", "later_until", "created_at", "decided_at")
    return {name: getattr(one, name) for name in names_kept} | {
        "state": one.standing,
        "reason": one.reason_word,
        "says": one.reason_words,
        "a": end_shown(one.a, names),
        "b": end_shown(one.b, names),
        "assignee": one.assignee.get_username() if one.assignee else None,
        "decided_by": one.decided_by.get_username() if one.decided_by else None,
        "link": one.link_id,
    }


def end_shown(end: Identifier, names: dict[int, str]) -> dict[str, Any]:
    plain = {name: getattr(end, name) for name in ("id", "kind", "namespace", "value")}
    return plain | {"customer": end.customer.public_id, "name": names[end.customer_id]}


def explained(found: Explanation) -> dict[str, Any]:
    """An explanation as the API shows it."""
    steps = found.fall.steps if found.fall else ()
    return {
        "sentence": found.sentence,
        "fields_compared": [
            {"name": row.finding.comparison, "a": row.mine, "b": row.others, "agreement": row.finding.agreement,
             "says": row.finding.words} for row in found.rows
        ],
        "steps": [{"name": step.name, "says": step.words, "weight": step.weight} for step in steps],
        "weight": found.fall.weight if found.fall else None,
        "model": found.model,
        "without": found.without,
    }  # fmt: skip
