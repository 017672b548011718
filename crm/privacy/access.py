"""The access door: who may call a view, and which customers they may see."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from crm.identity.models import Customer
from crm.privacy.actors import Actor, Program
from crm.privacy.audit.noting import note_look
from crm.privacy.models import ApiKey, Role, digest
from crm.reading import Reading, Statement, read

if TYPE_CHECKING:  # at run time, its class body asks for this module's classes while they are being made
    from rest_framework.views import APIView

View = TypeVar("View", bound=Callable[..., Any])
PUBLIC = frozenset({"*"})
EVERYONE = frozenset(Role.values)
FOREIGN_VIEWS = (
    "django.contrib.admin",
    "django.contrib.auth.admin",
    "unfold",
    "drf_spectacular",
    "django.views.static",
)


READ_GROUPS = """
    SELECT g.name FROM auth_user_groups m JOIN auth_group g ON g.id = m.group_id WHERE m.user_id = %s
"""


def roles_of(actor: Actor) -> frozenset[str]:
    """The roles that an actor has; a user's are the groups of the same names, and a superuser is an admin."""
    if isinstance(actor, Program):
        return frozenset({actor.key.role})
    if actor is None or not actor.is_authenticated or not actor.is_active:
        return frozenset()
    known: frozenset[str] | None = getattr(actor, "held_roles", None)  # a request asks several times
    if known is None:
        held = {name for name in groups_of(actor) if name in EVERYONE}
        known = frozenset(held | ({Role.ADMIN.value} if actor.is_superuser else set()))
        cast(Any, actor).held_roles = known
    return known


def signed_in(request: HttpRequest) -> User:
    """Who a view was called by; its policy let nobody in who is not signed in."""
    return cast(User, request.user)


def groups_of(user: User) -> list[str]:
    """The names of a user's groups; every request asks."""

    def asking() -> Reading[list[str]]:
        [rows] = yield [Statement(READ_GROUPS, [user.pk])]
        return [name for (name,) in rows]

    return read(asking())


def requires(*roles: str) -> Callable[[View], View]:
    """Declare the policy of a view (function or class): it is for these roles."""

    def declare(view: View) -> View:
        cast(Any, view).policy = frozenset(roles)
        return view

    return declare


def public(view: View) -> View:
    """Declare the policy of a view: it is for anybody."""
    return requires("*")(view)


def policy_of(view: Callable[..., Any]) -> frozenset[str] | None:
    """The declared policy of a view as the URLconf holds it; None when it has none."""
    for candidate in (view, getattr(view, "view_class", None), getattr(view, "cls", None)):
        declared = getattr(candidate, "policy", None)
        if declared is not None:
            return cast(frozenset[str], declared)
    return None


def visible_customers(actor: Actor) -> QuerySet[Customer]:
    """The customers that an actor may see: the one door to customer rows for every view."""
    return Customer.objects.all() if roles_of(actor) else Customer.objects.none()


def visible_or_404(request: HttpRequest, public_id: UUID) -> Customer:
    """The customer that an id stands for now; ids of customers that were joined into others lead to those.

    Whoever asks looks at them, which is noted.
    """
    return seen_or_404(request.user, identifiers__origin__public_id=public_id)


def seen_or_404(actor: Actor, **which: Any) -> Customer:
    """The one customer whom these lookups find, looked at by somebody, which is noted."""
    found = get_object_or_404(visible_customers(actor), **which)
    note_look(actor, found.pk)
    return found


class PolicyMiddleware:
    """Hold every view to its declared policy; a view without one is refused to all."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        if view.__module__.startswith(FOREIGN_VIEWS) or hasattr(getattr(view, "cls", None), "permission_classes"):
            return None  # they check for themselves: the admin its staff, the API its permission class
        policy = policy_of(view)
        if policy is None:
            raise ImproperlyConfigured(f"{view.__module__}.{view.__qualname__} declares no policy; use requires(...)")
        if policy == PUBLIC or policy & roles_of(request.user):
            return None
        if request.user.is_authenticated:
            raise PermissionDenied(f"This page is for the role {', '.join(sorted(policy))}.")
        return redirect_to_login(request.get_full_path())


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer <key>`."""

    def authenticate(self, request: Request) -> tuple[Program, ApiKey] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != b"bearer":
            return None
        if len(words) != 2:
            raise AuthenticationFailed("Send the key as: Authorization: Bearer <key>")
        key = ApiKey.objects.filter(hashed=digest(words[1].decode("latin-1")), revoked_at=None).first()
        if key is None:
            raise AuthenticationFailed("This key is unknown or revoked; make one with: manage.py add_api_key")
        return Program(key), key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class PolicyPermission(BasePermission):
    """Hold every API view to its declared policy."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        policy = policy_of(type(view))
        if policy is None:
            raise ImproperlyConfigured(f"{type(view).__qualname__} declares no policy; use requires(...)")
        return policy == PUBLIC or bool(policy & roles_of(cast(Actor, request.user)))
