"""The access door: who may call a view, and which customers they may see."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlencode
from uuid import UUID

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from crm.identity.models import Customer
from crm.privacy.actors import Actor, Program
from crm.privacy.audit.looking import look_or_404
from crm.privacy.history.attributing import attribute
from crm.privacy.models import ApiKey, Role, digest
from crm.privacy.restricting.standing import restricted_customers
from crm.privacy.revealing.acts import open_until, revealed_to
from crm.privacy.roles import CROSSES_WALLS, EVERY_ROLE, KNOWS_CUSTOMERS, SEES_CUSTOMERS
from crm.privacy.scopes import scope_of
from crm.privacy.throttling import refuse_guesser
from crm.reading import Reading, Statement, read
from crm.sources.models import BRAND_GROUP

if TYPE_CHECKING:  # at run time, its class body asks for this module's classes while they are being made
    from rest_framework.views import APIView

View = TypeVar("View", bound=Callable[..., Any])
KNOWERS = KNOWS_CUSTOMERS | {Role.INTEGRATION.value}
READS_CUSTOMERS = SEES_CUSTOMERS | {Role.INTEGRATION.value}  # integrations: by the API, within their scopes
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


def brands_of(actor: Actor) -> frozenset[str] | None:
    """The brands (their words) whose customers an actor may see beside those of no brand; None: every brand's."""
    if not CROSSES_WALLS.isdisjoint(roles_of(actor)):
        return None
    if isinstance(actor, Program):
        return frozenset(actor.key.brands)
    names = groups_of(actor) if isinstance(actor, User) else frozenset[str]()
    return frozenset(name.removeprefix(BRAND_GROUP) for name in names if name.startswith(BRAND_GROUP))


def roles_of(actor: Actor) -> frozenset[str]:
    """The roles that an actor has; a user's are the groups of the same names, and a superuser is an admin."""
    if isinstance(actor, Program):
        return frozenset({actor.key.role})
    if actor is None or not actor.is_authenticated or not actor.is_active:
        return frozenset()
    held = groups_of(actor) & EVERY_ROLE
    return held | {Role.ADMIN.value} if actor.is_superuser else held


def signed_in(request: HttpRequest) -> User:
    """Who a view was called by; its policy let nobody in who is not signed in."""
    return cast(User, request.user)


def groups_of(user: User) -> frozenset[str]:
    """The names of a user's groups: their roles and brands. Whoever is signed in was read with them
    (signing_in/users.py); a request asks several times, and reads others' once.
    """
    known: Iterable[str] | None = getattr(user, "group_names", None)
    if known is None:
        cast(Any, user).group_names = known = read(reading_groups(user))
    return frozenset(known)


def reading_groups(user: User) -> Reading[frozenset[str]]:
    [rows] = yield [Statement(READ_GROUPS, [user.pk])]
    return frozenset(name for (name,) in rows)


@dataclass(frozen=True, slots=True)
class Policy:
    """Who a view is for. writers: who may send it more than a question; about: what API keys' scopes call it."""

    roles: frozenset[str]
    writers: frozenset[str]
    about: str = ""

    def admitted(self, method: str | None) -> frozenset[str]:
        """The roles that a request with this method may come from."""
        return self.roles if method in SAFE_METHODS else self.writers

    def admits(self, actor: Actor, method: str | None) -> bool:
        if self == PUBLIC:
            return True
        if isinstance(actor, Program) and actor.key.role == Role.INTEGRATION and self.about:
            return not self.lacking(actor, method)  # its scopes are all it has
        return bool(self.admitted(method) & roles_of(actor)) and not self.lacking(actor, method)

    def lacking(self, actor: Actor, method: str | None) -> str:
        """The scope that an API key would need and has not; "" where it lacks none."""
        needed = scope_of(self.about, method in SAFE_METHODS)
        is_limited = isinstance(actor, Program) and actor.key.is_limited
        return needed if is_limited and needed not in cast(Program, actor).key.scopes else ""


PUBLIC = Policy(frozenset({"*"}), frozenset({"*"}))


def requires(*roles: str, writers: Iterable[str] = (), about: str = "") -> Callable[[View], View]:
    """Declare the policy of a view (function or class): it is for these roles, and where fewer may change something by
    it, for `writers`. about: of the API's views, what the scopes of keys call it.
    """

    def declare(view: View) -> View:
        cast(Any, view).policy = Policy(frozenset(roles), frozenset(writers or roles), about)
        return view

    return declare


def public(view: View) -> View:
    """Declare the policy of a view: it is for anybody."""
    cast(Any, view).policy = PUBLIC
    return view


def policy_of(view: Callable[..., Any]) -> Policy | None:
    """The declared policy of a view as the URLconf holds it; None when it has none."""
    for candidate in (view, getattr(view, "view_class", None), getattr(view, "cls", None)):
        declared = getattr(candidate, "policy", None)
        if declared is not None:
            return cast(Policy, declared)
    return None


class NotRevealed(PermissionDenied):
    """A customer whose journey somebody may follow, and who it is only once they have said why they need to know."""

    def __init__(self, customer: Customer) -> None:
        super().__init__("Who this is is masked for you. Open the customer's page, and say there why you need to know.")
        self.customer = customer


def sees_customers(actor: Actor) -> bool:
    """Whether somebody may see any customer at all."""
    return not READS_CUSTOMERS.isdisjoint(roles_of(actor))


def knows_customers(actor: Actor) -> bool:
    """Whether somebody may see who customers are without saying why."""
    return not KNOWERS.isdisjoint(roles_of(actor))


def followable_customers(actor: Actor) -> QuerySet[Customer]:
    """The customers whose journeys an actor may see, on their side of the walls; veiled where they may not see who
    it is, and then without those whose processing is restricted.
    """
    if not sees_customers(actor):
        return Customer.objects.none()
    brands = brands_of(actor)
    found = Customer.objects.all() if brands is None else Customer.objects.filter(brand__in=["", *sorted(brands)])
    return found if knows_customers(actor) else found.exclude(pk__in=restricted_customers().values("pk"))


def visible_customers(actor: Actor) -> QuerySet[Customer]:
    """The customers that an actor may see: the one door to customer rows for every view."""
    found = followable_customers(actor)
    return found if knows_customers(actor) or not sees_customers(actor) else found.filter(pk__in=revealed_to(actor))


def is_open_to(actor: Actor, customer: Customer) -> bool:
    """Whether somebody who may follow a customer sees who it is."""
    return knows_customers(actor) or open_until(customer, actor) is not None


def visible_or_404(request: HttpRequest, public_id: UUID) -> Customer:
    """The customer that an id stands for now; ids of customers that were joined into others lead to those.

    Whoever asks looks at them, which is noted.
    """
    return seen_or_404(request.user, identifiers__origin__public_id=public_id)


def seen_or_404(actor: Actor, **which: Any) -> Customer:
    """The one customer whom these lookups find, looked at by somebody, which is noted.

    Raises NotRevealed where they may follow the journey only: they are led to say why.
    """
    found = followed_or_404(actor, **which)
    if not is_open_to(actor, found):
        raise NotRevealed(found)
    return found


def followed_or_404(actor: Actor, **which: Any) -> Customer:
    """As `seen_or_404`, for a view that veils what tells who it is where `is_open_to` says so."""
    return look_or_404(followable_customers(actor), actor, **which)


def overseen_or_404(request: HttpRequest, public_id: UUID) -> Customer:
    """The customer that an id stands for, for a page that shows nothing of them but their number."""
    return look_or_404(Customer.objects.all(), request.user, identifiers__origin__public_id=public_id)


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
        if any("\0" in str(one) for one in kwargs.values()):
            raise Http404("Nothing has a NUL in its name.")  # and PostgreSQL cannot be asked for it
        policy = policy_of(view)
        if policy is None:
            raise ImproperlyConfigured(f"{view.__module__}.{view.__qualname__} declares no policy; use requires(...)")
        if policy.admits(request.user, request.method):
            return None
        if request.user.is_authenticated:
            raise PermissionDenied(f"This page is for the role {', '.join(sorted(policy.admitted(request.method)))}.")
        return redirect_to_login(request.get_full_path())

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        """Lead whoever asks for a customer that is veiled for them to where they say why."""
        if not isinstance(error, NotRevealed):
            return None
        is_page = request.method == "GET" and "HX-Request" not in request.headers
        back_to = f"?{urlencode({'next': request.get_full_path()})}" if is_page else ""
        address = reverse("reveal", args=[error.customer.public_id]) + back_to
        if "HX-Request" in request.headers:
            return HttpResponse(status=403, headers={"HX-Redirect": address})
        return HttpResponseRedirect(address)


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
            refuse_guesser(request)
            raise AuthenticationFailed("This key is unknown or revoked; make one with: manage.py add_api_key")
        program = Program(key)
        attribute(program)
        return program, key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class PolicyPermission(BasePermission):
    """Hold every API view to its declared policy."""

    message: str | None = None

    def has_permission(self, request: Request, view: "APIView") -> bool:
        policy = policy_of(type(view))
        if policy is None:
            raise ImproperlyConfigured(f"{type(view).__qualname__} declares no policy; use requires(...)")
        actor = cast(Actor, request.user)
        if lacking := policy.lacking(actor, request.method):
            self.message = f"This key lacks the scope {lacking}; make one that has it with: manage.py add_api_key"
        return policy.admits(actor, request.method)
