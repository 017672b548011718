"""The pages of the weekly mail: wanting it, wanting it no more, seeing it, having one now; and its last link."""

from csp.constants import UNSAFE_INLINE
from csp.decorators import csp_replace
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.privacy.access import brands_of, public, requires, signed_in
from crm.privacy.roles import ATTRIBUTES
from journeys.morning.letter import html_of, week
from journeys.morning.models import SentMail, WeeklyMail
from journeys.morning.sending import ask_for_one, is_set_up, wish
from journeys.morning.stopping import meant, stop
from journeys.morning.tasks import announce
from journeys.morning.timing import last_week

SHOWN = 10
HOURS = [(hour, f"{hour:02}:00") for hour in range(24)]
ON = "You get it every {} from {:02}:00 on."
OFF = "You get no more of them. It can be undone here."
readers = requires(*ATTRIBUTES)


class WhenForm(forms.Form):
    """The weekday and the hour of the mail."""

    weekday = forms.TypedChoiceField(choices=list(WEEKDAYS.items()), coerce=int)
    hour = forms.TypedChoiceField(choices=HOURS, coerce=int)


@readers
@require_http_methods(["GET", "POST"])
@never_cache
def weekly_mail(request: HttpRequest) -> HttpResponse:
    """Whether and when somebody is mailed the account of each week, and what became of the last ones."""
    user, now = signed_in(request), timezone.now()
    form = WhenForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and is_set_up() and user.email:
        wish(user, form.cleaned_data["weekday"], form.cleaned_data["hour"], now)
        messages.success(request, ON.format(WEEKDAYS[form.cleaned_data["weekday"]], form.cleaned_data["hour"]))
        return redirect("weekly-mail")
    wished = WeeklyMail.objects.filter(user=user).first() or WeeklyMail(is_on=False)
    context = {
        "wished": wished, "is_set_up": is_set_up(), "email": user.email, "weekdays": WEEKDAYS.items(), "hours": HOURS,
        "sent": SentMail.objects.filter(user=user).order_by("-pk")[:SHOWN], "weekday": WEEKDAYS[wished.weekday],
        "is_wrong": request.method == "POST" and not form.is_valid(),
    }  # fmt: skip
    return render(request, "journeys/marketing/weekly_mail.html", context)


@readers
@require_POST
def stop_weekly_mail(request: HttpRequest) -> HttpResponse:
    """No more of them."""
    stop(signed_in(request).pk)
    messages.success(request, OFF)
    return redirect("weekly-mail")


@readers
@require_POST
def send_weekly_mail(request: HttpRequest) -> HttpResponse:
    """The mail of the last week, now."""
    user, now = signed_in(request), timezone.now()
    if not is_set_up() or not user.email:
        messages.error(request, "It cannot be sent; the page says why.")
    elif ask_for_one(user, last_week(timezone.localdate(now)), now):
        announce()
        messages.success(request, "It is on its way.")
    else:
        messages.info(request, "One is on its way already.")
    return redirect("weekly-mail")


@readers
@require_GET
@never_cache
@csp_replace({"style-src": [UNSAFE_INLINE]})  # mail programs take no stylesheets; nothing runs here
def preview_weekly_mail(request: HttpRequest) -> HttpResponse:
    """The mail of the last week, as it would be sent."""
    user = signed_in(request)
    found = week(last_week(timezone.localdate()), brands_of(user), timezone.now())
    if found is None:
        messages.info(request, "The last week is not counted yet, all of it: there is no mail to see.")
        return redirect("weekly-mail")
    return HttpResponse(html_of(found, user.pk))


@public
@csrf_exempt  # mail programs post it (RFC 8058); the link's signature is what counts
@require_http_methods(["GET", "POST"])
@never_cache
def unsubscribe_weekly_mail(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether to stop, as programs that look at links must not do it; and do it."""
    user = meant(token)
    if user is not None and request.method == "POST":
        stop(user)
    state = "unknown" if user is None else "done" if request.method == "POST" else "asked"
    return render(request, "crm/unsubscribe.html", {"state": state}, status=404 if user is None else 200)
