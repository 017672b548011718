"""A site's tracking numbers: the snippet, whether it works, the numbers, and how many are needed."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from crm.privacy.access import requires
from crm.privacy.roles import ADMINISTERS
from crm.sources.models import Source
from integrations.inbox.connecting import address_of
from integrations.tracking.errors import NumberTaken
from integrations.tracking.forms import PoolForm
from integrations.tracking.models import HOLD, TARGET, Lease, NumberPool
from integrations.tracking.pooling import fill, use_of

LATEST = 8  # leases shown


@requires(*ADMINISTERS)
@require_http_methods(["GET", "POST"])
def numbers(request: HttpRequest, public_id: str) -> HttpResponse:
    """The numbers that a site's visitors are shown."""
    source = get_object_or_404(Source, public_id=public_id, adapter="segment")
    pool = NumberPool.objects.filter(source=source).first()
    form = PoolForm(request.POST or None, source=source, initial=typed(pool))
    if form.is_valid() and is_filled(form, source):
        messages.success(request, "The numbers are set. A visitor keeps the one that they see.")
        return redirect("tracking-numbers", public_id)
    leases = Lease.objects.filter(number__pool=pool).select_related("number").order_by("-pk")
    context = {
        "source": source,
        "form": form,
        "pool": pool,
        "use": use_of(pool, timezone.now()) if pool else None,
        "address": address_of(source, request, with_secret=False),
        "latest": leases[:LATEST] if pool else (),
    }
    return render(request, "integrations/numbers.html", context, status=400 if form.errors else 200)


def is_filled(form: PoolForm, source: Source) -> bool:
    told = form.cleaned_data
    try:
        fill(source, told["numbers"], told["fallback"], told["hold"], told["target"] / 100)
    except NumberTaken as error:
        form.add_error("numbers", str(error))
        return False
    return True


def typed(pool: NumberPool | None) -> dict[str, object]:
    """A pool as somebody would type it."""
    if pool is None:
        return {"hold": HOLD, "target": f"{100 * TARGET:g}"}
    listed = pool.numbers.filter(disabled_at=None).order_by("number").values_list("number", flat=True)
    return {
        "fallback": pool.fallback,
        "numbers": "\n".join(listed),
        "hold": pool.hold,
        "target": f"{100 * pool.target:g}",
    }
