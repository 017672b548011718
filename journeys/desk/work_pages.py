"""What an agent does with a piece of work: done, kept, closed, handed on, taken back; and what they are writing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from crm.privacy.access import roles_of, signed_in, visible_customers
from crm.privacy.disclosure import disclosing
from crm.profile.portraits import portraits
from crm.reading import read
from crm.returning import back
from journeys.attribution import converting
from journeys.attribution.models import Conversion
from journeys.customers.views import owner_or_404
from journeys.desk.forms import colleagues
from journeys.desk.jotting import jot
from journeys.desk.models import ActionAnswer, ActionRule
from journeys.desk.pages import at_the_desk
from journeys.work import noting
from journeys.work.cases import hand_case, move_case
from journeys.work.deeds import Hand
from journeys.work.models import Case, Deed, Note, Promise, Task
from journeys.work.promising import settle_promise
from journeys.work.tasking import add_task, drop_task, finish_task, reopen_task

HISTORY_READ = 200
Act = Callable[[Any, Hand], bool]
# kind: act: (what does it, what is said when it was done)
ACTS: dict[str, dict[str, tuple[Act, str]]] = {
    "task": {
        "done": (finish_task, "Done."),
        "again": (reopen_task, "It is to be done after all."),
        "drop": (drop_task, "No longer to do."),
    },
    "promise": {
        "kept": (lambda one, hand: settle_promise(one, True, hand), "Kept."),
        "broken": (lambda one, hand: settle_promise(one, False, hand), "Noted that it was not kept."),
        "again": (lambda one, hand: settle_promise(one, None, hand), "The promise stands again."),
    },
    "note": {"take-back": (noting.take_back, "The note is taken back.")},
    "sale": {"take-back": (converting.take_back, "The sale is taken back.")},
}
MODELS: dict[str, Any] = {"task": Task, "promise": Promise, "note": Note, "sale": Conversion}


@at_the_desk
@require_POST
def work(request: HttpRequest, kind: str, row_id: int, act: str) -> HttpResponse:
    """Do something with a task, a promise, a note or a sale."""
    does, said = ACTS.get(kind, {}).get(act, (None, ""))
    if does is None:
        raise Http404("There is nothing like that to do.")
    one = get_object_or_404(MODELS[kind], pk=row_id)
    owner_or_404(request, one.identifier_id)
    if does(one, Hand(signed_in(request))):
        messages.success(request, said)
    else:
        messages.info(request, "Somebody did that before.")
    return back(request, "desk")


@at_the_desk
@require_GET
@never_cache
def case(request: HttpRequest, case_id: int) -> HttpResponse:
    """A case, and its history."""
    found = get_object_or_404(Case.objects.select_related("owner", "opened_by"), pk=case_id)
    owner = owner_or_404(request, found.identifier_id)
    if read(disclosing(roles_of(request.user))).hides(found.subject):
        raise Http404("It is hidden from your role.")
    history = Deed.objects.filter(kind=Deed.Kind.CASE, row_id=found.pk).select_related("actor").order_by("-pk")
    context = {"case": found, "customer": owner, "name": portraits([owner.pk])[owner.pk].name,
               "history": history[:HISTORY_READ], "states": Case.State.choices, "colleagues": colleagues()}  # fmt: skip
    return render(request, "journeys/desk/case.html", context)


@at_the_desk
@require_POST
def change_case(request: HttpRequest, case_id: int) -> HttpResponse:
    """Set a case's state, or hand it to somebody."""
    found = get_object_or_404(Case, pk=case_id)
    owner_or_404(request, found.identifier_id)
    hand, state, owner = Hand(signed_in(request)), request.POST.get("state", ""), request.POST.get("owner", "")
    changed = state in Case.State.values and move_case(found, state, hand, said=request.POST.get("said", ""))
    if "owner" in request.POST:
        to: User | None = colleagues().filter(pk=owner).first() if owner.isdecimal() else None
        changed |= hand_case(found, to, hand)
    messages.success(request, "Changed; the history below says so." if changed else "Nothing was changed.")
    return redirect("desk-case", found.pk)


@at_the_desk
@require_POST
def mentions_seen(request: HttpRequest) -> HttpResponse:
    """Somebody has seen where they were mentioned."""
    noting.note_seen(signed_in(request), [int(one) for one in request.POST.getlist("mention") if one.isdecimal()])
    return redirect("desk")


@at_the_desk
@require_POST
def keep_jotting(request: HttpRequest, about: str) -> HttpResponse:
    """Keep what is being written."""
    is_kept = jot(signed_in(request), about, request.POST.dict())
    return HttpResponse("Draft kept" if is_kept else "")


@at_the_desk
@require_POST
def answer_action(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Take the next best action on as a task of one's own, or put it off."""
    rule = get_object_or_404(ActionRule, pk=rule_id)
    customers = visible_customers(request.user)
    found = get_object_or_404(customers, public_id=request.POST.get("customer", ""))
    whose, user, now = found.spokesman(), signed_in(request), timezone.now()
    if whose is None:
        raise Http404("Several people share everything that is known of this one.")
    is_taken = request.POST.get("answer") == ActionAnswer.Answer.DONE
    answer = ActionAnswer.Answer.DONE if is_taken else ActionAnswer.Answer.LATER
    ActionAnswer.objects.create(identifier=whose, rule=rule, answer=answer, actor=user, at=now)
    if is_taken:
        due = now + timedelta(days=rule.days) if rule.days else now + timedelta(hours=1)
        add_task(whose.pk, rule.says, due, Hand(user), owner=user)
    messages.success(request, "It is on your desk as a task." if is_taken else "Put off for a week.")
    return back(request, "desk")
