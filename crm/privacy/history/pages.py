"""The page of what became of rows: settings, logins, keys, and work for customers."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from crm.privacy.access import requires
from crm.privacy.history.reading import asked_of, kinds, read_versions, word_of
from crm.privacy.roles import OVERSEES


@requires(*OVERSEES)
@require_GET
@never_cache
def row_history(request: HttpRequest) -> HttpResponse:
    """The versions of one kind of rows, or of one row, newest first."""
    asked = asked_of(request.GET)
    lines, following = read_versions(asked)
    address = request.GET.copy()
    if following:
        address["before"] = str(following)
    said = {name: word_of(model) for name, model in kinds().items()}
    return render(request, "crm/history/rows.html", {
        "lines": lines, "asked": asked, "kinds": said, "word": said[asked.kind],
        "next": address.urlencode() if following else "",
    })  # fmt: skip
