"""Keeping views: named, for oneself or for the team; changed and removed by whom they are of, or an admin."""

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.utils import timezone

from crm.errors import ThroughlineError
from crm.privacy.access import roles_of
from crm.privacy.roles import ADMINISTERS
from journeys.explore.models import LONGEST_NAME, SavedView

MOST = 200  # views that one person keeps
LONGEST_QUERY = 2_000  # characters of an address


class ViewRefused(ThroughlineError):
    """A view that is not kept; its text says the remedy."""


def views_for(user: User) -> QuerySet[SavedView]:
    """The views that somebody sees."""
    return SavedView.objects.filter(Q(owner=user) | Q(is_shared=True), removed_at=None).select_related("owner")


def removed_by(user: User) -> QuerySet[SavedView]:
    """The views that somebody can bring back, the last removed first."""
    return editable(user).exclude(removed_at=None).order_by("-removed_at")


def editable(user: User) -> QuerySet[SavedView]:
    """The views that somebody may change: their own; of an admin, also those that are shared."""
    mine = Q(owner=user)
    return SavedView.objects.filter(mine | Q(is_shared=True) if ADMINISTERS & roles_of(user) else mine)


def keep(user: User, name: str, query: str, *, is_shared: bool) -> SavedView:
    """Keep a question by a name. Raises ViewRefused."""
    if SavedView.objects.filter(owner=user, removed_at=None)[:MOST].count() >= MOST:
        raise ViewRefused(f"you keep {MOST} views already; remove one first")
    if len(query) > LONGEST_QUERY:
        raise ViewRefused("this asks too much to be kept; leave something out")
    return SavedView.objects.create(name=named(name), query=query, owner=user, is_shared=is_shared)


def change(view: SavedView, name: str, *, is_shared: bool) -> None:
    """Give a view another name, share it, or share it no more. Raises ViewRefused."""
    view.name, view.is_shared = named(name), is_shared
    view.save(update_fields=["name", "is_shared", "changed_at"])


def named(name: str) -> str:
    said = " ".join(name.replace("\0", "").split())[:LONGEST_NAME]
    if not said:
        raise ViewRefused("give it a name")
    return said


def remove(view: SavedView) -> None:
    """Take a view from the lists; it can be brought back."""
    SavedView.objects.filter(pk=view.pk).update(removed_at=timezone.now())


def bring_back(view: SavedView) -> None:
    SavedView.objects.filter(pk=view.pk).update(removed_at=None)
