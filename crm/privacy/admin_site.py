"""/admin: Django's admin in Unfold's skin, one product with our own pages."""

from collections.abc import Callable, Sequence
from typing import Any

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_update
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.utils.functional import cached_property
from unfold.admin import ModelAdmin
from unfold.sites import UnfoldAdminSite

from crm.privacy.access import public, signed_in
from crm.privacy.audit.models import Act
from crm.privacy.audit.noting import note
from crm.privacy.signing_in.pages import sign_out

# What Unfold's scripts need: Alpine evaluates expressions, and its templates carry style attributes and inline scripts.
RELAXED = csp_update(
    {
        "script-src": [UNSAFE_EVAL, UNSAFE_INLINE],
        "style-src": [UNSAFE_INLINE],
        "worker-src": [SELF],
    }
)


class Site(UnfoldAdminSite):
    """The admin site. People sign in and out where they do everywhere else."""

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        return RELAXED(super().admin_view(view, cacheable))

    @public
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        if request.user.is_authenticated:  # and is no staff: signing in again would lead back here for ever
            raise PermissionDenied("The admin is for staff.")
        return redirect_to_login(request.GET.get("next", "/admin/"))

    @public
    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        return sign_out(request)


class BoundedPaginator(Paginator):
    """Pages of the first rows of a table, however many there are: nothing is counted past them."""

    MOST = 2_000

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return len(rows.order_by().values_list("pk")[: self.MOST])


class AuditedAdmin(ModelAdmin):
    """An admin page whose changes are noted in the audit log; what they hold is not."""

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self.note(request, "Added", obj)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self.note(request, "Changed", obj, changed_fields(message))
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        for one in queryset:
            self.note(request, "Removed", one)
        return super().log_deletions(request, queryset)

    def note(self, request: HttpRequest, done: str, obj: Any, fields: Sequence[str] = ()) -> None:
        subject = f"{done} {self.opts.verbose_name} {obj.pk}"
        note(signed_in(request), Act.SET, subject=subject, detail={"fields": list(fields)} if fields else None)


def changed_fields(message: Any) -> list[str]:
    """The names of the fields that a change changed, as Django's admin tells it."""
    said = message if isinstance(message, list) else []
    return [name for one in said if isinstance(one, dict) for name in one.get("changed", {}).get("fields", ())]


class BoundedAdmin(AuditedAdmin):
    """An admin page of a table that may be large: it counts nothing past its first pages."""

    paginator = BoundedPaginator
    show_full_result_count = False
    empty_says = ""  # on an empty list: what it is for, and the next step
    list_per_page = 50
    actions: tuple[str, ...] | None = None


class ReadOnlyAdmin(BoundedAdmin):
    """An admin page of what only the system itself writes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
