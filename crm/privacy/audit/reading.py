"""Reading the audit log: everybody's, one person's, or that of one customer, newest first, in pages by keyset."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import QueryDict

from crm.asked import day_of, midnight_after, number_of
from crm.identity.models import Customer, Identifier
from crm.privacy.audit.models import Act, AuditEntry

PAGE = 50
ORIGINS_READ = 2_000
USERS_LISTED = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """Which entries. on: the last day; before: the number of the entry above the first."""

    act: str = ""
    user_id: int | None = None
    on: date | None = None
    before: int | None = None

    @property
    def is_filtered(self) -> bool:
        return bool(self.act or self.user_id or self.on)


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as it is shown. customer: their public id, None where they are gone or it is about none."""

    entry: AuditEntry
    customer: UUID | None
    reason: str

    @property
    def is_customer_gone(self) -> bool:
        return self.entry.customer_id is not None and self.customer is None

    @property
    def found(self) -> int | None:
        """How many customers a search showed."""
        shown = self.entry.detail.get("found")
        return len(shown) if isinstance(shown, list) else None

    @property
    def fields(self) -> str:
        return ", ".join(self.entry.detail.get("fields", ()))


def asked_of(query: QueryDict) -> Asked:
    """What a request asks for; what cannot be read is as if not asked."""
    act = query.get("act", "")
    return Asked(
        act if act in Act.values else "",
        number_of(query.get("user", "")),
        day_of(query.get("on", "")),
        number_of(query.get("before", "")),
    )


def read_entries(asked: Asked, customers: Sequence[int] | None = None) -> tuple[list[Line], int | None]:
    """(a page of entries, the number that the next page's `before` is). customers: only about these (numbers)."""
    entries = filtered(asked)
    if customers is not None:
        entries = entries.filter(customer_id__in=customers)
    found = list(entries.select_related("reason").order_by("-pk")[: PAGE + 1])
    shown = found[:PAGE]
    return lines_of(shown), shown[-1].pk if len(found) > PAGE else None


def filtered(asked: Asked) -> "QuerySet[AuditEntry]":
    entries = AuditEntry.objects.all()
    if asked.act:
        entries = entries.filter(act=asked.act)
    if asked.user_id:
        entries = entries.filter(user_id=asked.user_id)
    if asked.on and (last := last_before(midnight_after(asked.on))):
        entries = entries.filter(pk__lte=last)
    if asked.before:
        entries = entries.filter(pk__lt=asked.before)
    return entries


def last_before(moment: datetime) -> int:
    """The number of the last entry before a moment. Entries are numbered as they come, but for moments."""
    found = AuditEntry.objects.filter(at__lt=moment).order_by("-at", "-pk").values_list("pk", flat=True).first()
    return found or -1


def lines_of(entries: Sequence[AuditEntry]) -> list[Line]:
    """Lines as they are shown."""
    about = {entry.customer_id for entry in entries if entry.customer_id is not None}
    public = dict(Customer.objects.filter(pk__in=about).values_list("pk", "public_id"))
    return [Line(entry, public.get(entry.customer_id or 0), reason_of(entry)) for entry in entries]


def reason_of(entry: AuditEntry) -> str:
    return entry.reason.text if hasattr(entry, "reason") else ""


def numbers_of(customer: Customer) -> list[int]:
    """Every number that a customer has or had: those of whom they are made up too."""
    born = Identifier.objects.filter(customer=customer).values_list("origin_id", flat=True)[:ORIGINS_READ]
    return sorted({*born, customer.pk})


def users_listed() -> list[User]:
    """The users to choose from."""
    return list(User.objects.order_by("username")[:USERS_LISTED])
