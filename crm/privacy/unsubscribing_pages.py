"""The page behind the link at the end of a mail."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from crm.privacy.access import public
from crm.privacy.unsubscribing import meant, take_back


@public
@csrf_exempt  # mail programs post it (RFC 8058); the link's signature is what counts
@require_http_methods(["GET", "POST"])
@never_cache
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether to take the consent back, as programs that look at links must not do it; and do it.

    It shows nothing of whom it is about, not even whether they are still there.
    """
    found = meant(token)
    if found and request.method == "POST":
        take_back(*found)
    state = "unknown" if found is None else "done" if request.method == "POST" else "asked"
    return render(request, "crm/unsubscribe.html", {"state": state}, status=404 if found is None else 200)
