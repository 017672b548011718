"""Every address of the project declares who it is for."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver, path
from rest_framework.permissions import AllowAny
from rest_framework.views import APIView

from crm.api.schema import NoSuchAddress
from crm.privacy.access import PUBLIC, PolicyPermission, policy_of, public
from crm.privacy.roles import EVERY_ROLE
from crm.privacy.scopes import SCOPES, scope_of

ADMIN = ("django.contrib.admin.", "unfold.", "crm.privacy.admin_site")  # it checks its staff by itself


def addresses(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every (address, view) below a resolver."""
    for entry in resolver.url_patterns:
        here = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from addresses(entry, here)
        else:
            yield here, entry.callback


def undeclared(views: Iterator[tuple[str, Callable[..., Any]]]) -> list[str]:
    """The addresses whose view says nothing, or something that is no role, or is not held to what it says."""
    found = []
    for address, view in views:
        if view.__module__.startswith(ADMIN) or address.startswith("admin/"):
            continue
        policy, api = policy_of(view), getattr(view, "cls", None)
        is_held = api is None or not issubclass(api, APIView) or api.permission_classes == [PolicyPermission]
        if not policy or not (policy == PUBLIC or policy.writers <= policy.roles <= EVERY_ROLE) or not is_held:
            found.append(f"{address} ({view.__module__}.{view.__qualname__})")
    return found


def test_every_view_declares_who_it_is_for() -> None:
    views = list(addresses(get_resolver()))
    assert len(views) > 30
    assert undeclared(iter(views)) == []


def test_every_address_of_the_api_has_its_scopes_and_every_scope_is_of_use() -> None:
    used = set()
    for address, view in addresses(get_resolver()):
        api, policy = getattr(view, "cls", None), policy_of(view)
        if api is None or policy is None or policy == PUBLIC or api is NoSuchAddress:
            continue
        methods = {name for name in ("get", "post", "put", "patch", "delete") if hasattr(api, name)}
        needed = {scope_of(policy.about, name == "get") for name in methods}
        assert needed <= SCOPES.keys(), f"{address}: requires(..., about=...) says what it is about"
        used |= needed
    assert used == SCOPES.keys()


def test_what_anybody_may_see_is_a_short_list() -> None:
    open_to_all = {address for address, view in addresses(get_resolver()) if policy_of(view) == PUBLIC}
    snippet = {"t/<str:write_key>.js", "t/<str:write_key>/number"}  # what the visitors of a customer's site ask for
    with_sso = {"sign-in/with/<slug:provider_id>/", "sign-in/with/<slug:provider_id>/back/"}
    steps = ("", "second-step/", "passkey/", "switched-off/", "cancelled/", "failed/")
    signing_in = with_sso | {f"sign-in/{step}" for step in steps}
    assert open_to_all <= snippet | signing_in | {"", "healthz", "readyz", "sign-out/", "api/v1/schema/",
                                                  "unsubscribe/<str:token>/", "morning/mail/stop/<str:token>/",
                                                      "api/v1/docs/", "admin/login/",
                                                  "admin/logout/"}  # fmt: skip


def says_nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


@public
class NotHeld(APIView):
    permission_classes = [AllowAny]


@pytest.mark.parametrize("view", [says_nothing, NotHeld.as_view(), APIView.as_view()])
def test_a_view_that_forgets_is_found(view: Callable[..., Any]) -> None:
    entry: URLPattern = path("forgotten/", view)
    assert len(undeclared(iter([(str(entry.pattern), entry.callback)]))) == 1
