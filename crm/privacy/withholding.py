"""Browsing that is withheld: a customer took back, or refused, that we look at how they use our pages.

`Identifier.is_withheld` is a cache of that, for all of a customer's identifiers, as `customer` is one of the fold;
`reconsider` alone writes it: when a consent comes in, when customers are joined or parted, when a consent ends. Whoever
reads web interactions leaves those of such identifiers out.
"""

from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings

from crm.privacy.permissions import Permission, permissions
from crm.sql import array, cursor

ANALYTICS = "analytics"
ON_THE_WEB = ("", "web")  # the channels that an analytics consent may name
LOOKED_BACK = timedelta(days=2)  # for consents that ended: longer than anything that looks is ever away
AT_ONCE = 500
# To be put into statements: whether the browsing of an identifier (a column) may be shown.
OPEN = "(SELECT NOT w.is_withheld FROM crm_identifier w WHERE w.id = {})"
FIND_WITHHELD = "SELECT DISTINCT customer_id FROM crm_identifier WHERE customer_id = ANY(%s::bigint[]) AND is_withheld"
OWNERS = "SELECT DISTINCT customer_id FROM crm_identifier WHERE id = ANY(%s::bigint[])"
READ = (
    "SELECT customer_id, array_agg(id) FROM crm_identifier WHERE customer_id = ANY(%s::bigint[]) GROUP BY 1 ORDER BY 1"
)
WRITE = """
    UPDATE crm_identifier t SET is_withheld = n.is_withheld
    FROM unnest(%s::bigint[], %s::bool[]) AS n (customer, is_withheld)
    WHERE t.customer_id = n.customer AND t.is_withheld <> n.is_withheld
    RETURNING t.customer_id
"""
NEXT = "SELECT id FROM crm_customer WHERE id > %s ORDER BY id LIMIT %s"
ENDED = """
    SELECT DISTINCT i.customer_id FROM crm_consent c JOIN crm_identifier i ON i.id = c.identifier_id
    WHERE c.expires_at BETWEEN now() - %s AND now() AND c.purpose = 'analytics' AND NOT i.is_withheld
    LIMIT %s
"""


def is_refused(found: Iterable[Permission]) -> bool:
    """Whether what stands forbids to look at somebody's browsing: their newest word on it. Where they said nothing, it
    does in an installation that asks first.
    """
    said = [one for one in found if one.purpose == ANALYTICS and one.channel in ON_THE_WEB]
    return max(said, key=lambda one: (one.at, one.is_withdrawn)).is_withdrawn if said else settings.ASK_FIRST


def reconsider(customers: Iterable[int]) -> set[int]:
    """See whether the browsing of these customers (ids) is withheld, and keep it; returns those for whom it changed."""
    asked = sorted(set(customers))
    if not asked:
        return set()
    with cursor() as sql:
        owned = sql.execute(READ, [array(asked)]).fetchall()
        found = [is_refused(permissions(identifiers)) for _, identifiers in owned]
        flags = "{" + ",".join("t" if one else "f" for one in found) + "}"
        sql.execute(WRITE, [array(customer for customer, _ in owned), flags])
        return {customer for (customer,) in sql.fetchall()}


def reconsider_said(identifiers: Iterable[int], refused: Iterable[int]) -> set[int]:
    """As `reconsider`, after something was said of analytics about these identifiers; refused: those that said no.

    A yes changes nothing unless the browsing is withheld.
    """
    with cursor() as sql:
        owners = [one for (one,) in sql.execute(OWNERS, [array(sorted(set(identifiers)))])]
        said_no = {one for (one,) in sql.execute(OWNERS, [array(sorted(set(refused)))])}
    return reconsider(said_no | withheld(owners))


def reconsider_moved(customers: Iterable[int], is_any_withheld: bool) -> set[int]:
    """As `reconsider`, of customers that gained or lost identifiers: nothing changes unless the browsing of one of them
    is withheld, or who was parted from one that agreed has to be asked.
    """
    return reconsider(customers) if settings.ASK_FIRST or is_any_withheld else set()


def reconsider_ended() -> int:
    """Withhold where a consent has ended since; returns for how many it changed."""
    with cursor() as sql:
        ended = [one for (one,) in sql.execute(ENDED, [LOOKED_BACK, AT_ONCE])]
    return len(reconsider(ended))


def reconsider_all(after: int = 0) -> int | None:
    """As `reconsider`, of some customers numbered above `after`; returns the last of them, None when there is none."""
    with cursor() as sql:
        some = [one for (one,) in sql.execute(NEXT, [after, AT_ONCE])]
    reconsider(some)
    return some[-1] if some else None


def withheld(customers: Iterable[int]) -> set[int]:
    """Those of the customers (ids) with an identifier whose browsing is withheld."""
    asked = sorted(set(customers))
    if not asked:
        return set()
    with cursor() as sql:
        return {one for (one,) in sql.execute(FIND_WITHHELD, [array(asked)])}
