"""The pages of reviews: the queue, one pair side by side, and what an admin does with them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.errors import ThroughlineError
from crm.identity.comparing import compared
from crm.identity.evidence import said_of
from crm.identity.merging import merge_all
from crm.identity.models import Link
from crm.identity.rehearsing import rehearse
from crm.matching import reviewing
from crm.matching.models import Review, TrainedModel
from crm.matching.queueing import REASONS, LostPlace, how_many, neighbours, read_queue
from crm.privacy.access import requires, signed_in, visible_customers
from crm.privacy.models import Role
from crm.privacy.roles import ADMINISTERS, SEES_CUSTOMERS
from journeys.reviewing.asking import SHOWN, WHOSE, Wanted, done_before, numbers_of, wanted
from journeys.reviewing.drawing import waterfall
from journeys.reviewing.showing import lines_of, pair_of, weighed

everyone, admins = requires(*SEES_CUSTOMERS), requires(*ADMINISTERS)
NEXT_SHOWN = 10
MOST_AT_ONCE = 50
LONGEST_NOTE = 300
PUT_OFF = {1: "until tomorrow", 7: "for a week", 30: "for a month"}  # days
ADMINS_SHOWN = 100


@everyone
@require_GET
@never_cache
def queue(request: HttpRequest) -> HttpResponse:
    """The pairs that wait for a decision, the most worth deciding first; or those put off, or decided."""
    asked = wanted(request)
    reviews, following = page_of(asked)
    more = request.GET.copy()
    more.pop("done", None)
    more["after"] = str(following)
    context = {
        "wanted": asked, "lines": lines_of(reviews, request.user), "count": how_many(asked.of_waiting, timezone.now()),
        "next": more.urlencode() if following else "", "is_first": not request.GET.get("after"),
        "shown": SHOWN, "whose": WHOSE, "reasons": {name: words for name, (words, _) in REASONS.items()},
        "is_trained": bool(reviews) or TrainedModel.objects.filter(is_current=True).exists(),
        "most": MOST_AT_ONCE, **done(request),
    }  # fmt: skip
    return render(request, "journeys/reviews/queue.html", context)


def page_of(asked: Wanted) -> tuple[list[Review], int]:
    now = timezone.now()
    try:
        return read_queue(asked.asked, now)
    except LostPlace:
        return read_queue(replace(asked.asked, after=0), now)


@everyone
@require_GET
@never_cache
def pair(request: HttpRequest, review_id: int) -> HttpResponse:
    """One pair side by side: what agrees, why it weighs what it does, both journeys, and what can be done."""
    asked, review = wanted(request), review_or_404(request, review_id)
    now = timezone.now()
    before, after = neighbours(review, asked.of_waiting, now)
    waiting, _ = read_queue(asked.of_waiting, now, NEXT_SHOWN)
    shown = pair_of(review)
    context = {
        "pair": shown, "review": review, "wanted": asked, "before": before, "after": after,
        "lines": lines_of(waiting, request.user, with_sentences=False), "put_off": PUT_OFF,
        "falls": waterfall(shown.explained.fall) if shown.explained.fall else [],
        "count": how_many(asked.of_waiting, now), "is_open": review.state == Review.State.OPEN,
        "is_put_off": bool(review.later_until and review.later_until > now), "staff": admins_to_assign(),
        **done(request),
    }  # fmt: skip
    return render(request, "journeys/reviews/pair.html", context)


def admins_to_assign() -> list[User]:
    return list(User.objects.filter(groups__name=Role.ADMIN, is_active=True).order_by("username")[:ADMINS_SHOWN])


@admins
@require_GET
@never_cache
def outcome(request: HttpRequest, review_id: int) -> HttpResponse:
    """What saying that they are the same would do; the pair's page fetches it."""
    review = review_or_404(request, review_id)
    both = [review.a.customer, review.b.customer]
    rehearsal = rehearse(lambda: merge_all(both, signed_in(request)), both)
    context = {"rehearsal": rehearsal, "compared": compared(rehearsal)}
    return render(request, "crm/identity/parts/outcome.html", context)


@everyone
@require_GET
@never_cache
def link(request: HttpRequest, link_id: int) -> HttpResponse:
    """Why a link that matching made, or staff with its help, weighs what it does."""
    seen = visible_customers(request.user)
    known = Link.objects.filter(Q(basis=Link.Basis.SCORED) | Q(evidence__has_key="terms"))
    ends = ("a__customer", "b__customer", "actor")
    found = known.filter(a__customer__in=seen, b__customer__in=seen).select_related(*ends)
    shown = weighed(get_object_or_404(found, pk=link_id), request.user)
    context = {
        "weighed": shown, "link": shown.link, "said": said_of(shown.link),
        "falls": waterfall(shown.fall) if shown.fall else [],
    }  # fmt: skip
    return render(request, "journeys/reviews/link.html", context)


# What admins do


@admins
@require_POST
def decide(request: HttpRequest, review_id: int) -> HttpResponse:
    """Say that both are the same, or different people; then the next pair."""
    review, verdict = review_or_404(request, review_id), request.POST.get("verdict", "")
    if verdict not in Link.Verdict.values:
        messages.error(request, "Nothing was decided: say same or different.")
        return redirect("review", review.pk)
    try:
        links = reviewing.decide(review, verdict, signed_in(request), note_of(request))
    except ThroughlineError as error:
        return refused(request, review, error)
    if not links:
        messages.success(request, "They are one customer already, so there was nothing left to decide.")
    return onwards(request, review, is_done=bool(links))


@admins
@require_POST
def later(request: HttpRequest, review_id: int) -> HttpResponse:
    """Put a pair off; then the next one."""
    review, days = review_or_404(request, review_id), request.POST.get("days", "")
    until = timezone.now() + timedelta(days=int(days) if days in map(str, PUT_OFF) else 7)
    try:
        reviewing.later(review, until)
    except ThroughlineError as error:
        return refused(request, review, error)
    return onwards(request, review)


@admins
@require_POST
def assign(request: HttpRequest, review_id: int) -> HttpResponse:
    """Take a pair, give it to somebody, or give it back."""
    review, who = review_or_404(request, review_id), request.POST.get("to", "me")
    known = {str(one.pk): one for one in admins_to_assign()} | {"me": signed_in(request)}
    user = known.get(who)
    try:
        reviewing.assign(review, user)
    except ThroughlineError as error:
        return refused(request, review, error)
    name = f"{user.get_full_name() or user.username}’s" if user else "nobody’s"
    messages.success(request, "This pair is yours now." if who == "me" else f"This pair is {name} now.")
    return redirect(f"{reverse('review', args=[review.pk])}{wanted(request).query}")


@admins
@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Take decisions back: one leads to its pair again, several to the queue."""
    reviews = list(Review.objects.filter(pk__in=numbers_of(request.POST.getlist("review"))).order_by("-decided_at"))
    outcomes = reviewing.undo_many(reviews, signed_in(request))
    say_refused(request, outcomes)
    back = len(outcomes) - len(reviewing.refused(outcomes))
    if back:
        said = "Undone: the pair is open again." if back == 1 else f"Undone: {back} pairs are open again."
        messages.success(request, said)
    address = reverse("review", args=[reviews[0].pk]) if len(reviews) == 1 else reverse("reviews")
    return redirect(f"{address}{wanted(request).query}")


@admins
@require_http_methods(["GET", "POST"])
@never_cache
def bulk(request: HttpRequest) -> HttpResponse:
    """Decide several pairs alike: first what will happen, then it happens."""
    given = request.POST if request.method == "POST" else request.GET
    asked, verdict = wanted(request), given.get("verdict", "")
    numbers = numbers_of(given.getlist("review"))[:MOST_AT_ONCE]
    picked = Review.objects.filter(pk__in=numbers, state=Review.State.OPEN)
    reviews = list(picked.select_related("a__customer", "b__customer").order_by("-value", "pk"))
    if verdict not in Link.Verdict.values or not reviews:
        messages.error(request, "Nothing was decided: tick the pairs first, then say same or different.")
        return redirect(f"{reverse('reviews')}{asked.query}")
    if request.method == "GET":
        context = {"wanted": asked, "verdict": verdict, "lines": lines_of(reviews, request.user)}
        return render(request, "journeys/reviews/bulk.html", context)
    outcomes = reviewing.decide_many(reviews, verdict, signed_in(request), note_of(request))
    say_refused(request, outcomes)
    kept = [one.review.pk for one in outcomes if not one.refused]
    return redirect(f"{reverse('reviews')}{asked.and_done(kept)}")


# What the pages share


def review_or_404(request: HttpRequest, review_id: int) -> Review:
    """A review about customers that may be seen."""
    related = ("a__customer", "b__customer", "assignee", "decided_by", "link__withdrawn_by")
    seen = visible_customers(request.user)
    found = Review.objects.select_related(*related).filter(a__customer__in=seen, b__customer__in=seen)
    return get_object_or_404(found, pk=review_id)


def onwards(request: HttpRequest, review: Review, *, is_done: bool = True) -> HttpResponse:
    """To the next pair of the queue, or the one before; to the queue when there is none left."""
    asked = wanted(request)
    before, after = neighbours(review, asked.of_waiting, timezone.now())
    following = after or before
    address = reverse("review", args=[following.pk]) if following else reverse("reviews")
    return redirect(f"{address}{asked.and_done([review.pk]) if is_done else asked.query}")


def refused(request: HttpRequest, review: Review, error: ThroughlineError) -> HttpResponse:
    """Back to the pair, which says how it stands now."""
    messages.error(request, f"Nothing was changed: {error}.")
    return redirect(f"{reverse('review', args=[review.pk])}{wanted(request).query}")


def say_refused(request: HttpRequest, outcomes: list[reviewing.Outcome]) -> None:
    """Say what was left as it is, reason by reason."""
    reasons: dict[str, int] = {}
    for one in reviewing.refused(outcomes):
        reasons[one.refused] = reasons.get(one.refused, 0) + 1
    for reason, count in reasons.items():
        messages.error(request, f"{count} pair{'s' if count > 1 else ''} left as before: {reason}.")


def done(request: HttpRequest) -> dict[str, Any]:
    """What was just done, so that it can be undone."""
    reviews = done_before(request)
    said = lines_of(reviews, request.user, with_sentences=False) if len(reviews) == 1 else []
    return {"done": reviews, "done_line": said[0] if said else None}


def note_of(request: HttpRequest) -> str:
    return request.POST.get("note", "").replace("\0", "").strip()[:LONGEST_NOTE]
