"""Why a customer is one customer: the identifiers, and every link that ties them or keeps them apart."""

from dataclasses import dataclass

from django.db.models import Q

from crm.identity.models import Customer, Identifier, Link

NODES_SHOWN = 60
OUTSIDE_SHOWN = 12
LINKS_SHOWN = 200
BASES = {"observed": "Seen together", "rule": "A rule", "scored": "A match score", "staff": "Staff"}


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence graph. outside: identifiers of others, to which a link that is held or withdrawn leads.

    links: those between shown identifiers, the standing ones first; left_out: identifiers that are not shown.
    """

    customer: Customer
    inside: list[Identifier]
    outside: list[Identifier]
    links: list[Link]
    left_out: int

    @property
    def drawn(self) -> list[Link]:
        """The links of the drawing, those that the list numbers alike."""
        return self.links[:LINKS_SHOWN]


def evidence_of(customer: Customer) -> Evidence:
    """What ties a customer together. The caller has made sure that they may be seen."""
    mine = sorted(customer.identifiers.select_related("customer")[:5_000], key=lambda one: one.telling)
    inside = mine[:NODES_SHOWN]
    known = {one.pk: one for one in inside}
    touching = Link.objects.filter(Q(a__in=known) | Q(b__in=known)).select_related(
        "a__customer", "b__customer", "source", "actor", "withdrawn_by"
    )
    # Two queries: each has indexes of its own, and one over both would read the whole table.
    both = [touching.filter(withdrawn_at__isnull=is_standing) for is_standing in (True, False)]
    links = sorted((link for some in both for link in some.order_by("-pk")[: 2 * LINKS_SHOWN]), key=telling)
    outside: dict[int, Identifier] = {}
    for end in (end for link in links for end in (link.a, link.b) if end.customer_id != customer.pk):
        if len(outside) < OUTSIDE_SHOWN:
            outside.setdefault(end.pk, end)
    shown = [link for link in links if {link.a_id, link.b_id} <= known.keys() | outside.keys()]
    return Evidence(customer, inside, list(outside.values()), shown[:LINKS_SHOWN], len(mine) - len(inside))


def telling(link: Link) -> tuple[bool, bool, int, int]:
    """Standing links first, those that join before those that part, the strongest basis first, then the oldest."""
    order = [*reversed(Link.Basis.values)]
    return bool(link.withdrawn_at), link.verdict == Link.Verdict.DIFFERENT, order.index(link.basis), link.pk


def standing_of(link: Link) -> str:
    """What has become of a link, in a word that is a class as well: same, different, held, withdrawn."""
    if link.withdrawn_at:
        return "withdrawn"
    return "held" if link.held else link.verdict


def said_of(link: Link) -> str:
    """A link's basis and standing as a sentence without its end."""
    basis = BASES.get(link.basis, link.basis)
    if link.is_verified:
        basis += ", verified"
    if link.basis == "scored":
        basis += f", weight {link.weight:+.1f}"
    said = {"same": "one person", "different": "different people"}[link.verdict]
    standing = {"withdrawn": "; withdrawn", "held": f"; held: {link.get_held_display()}"}.get(standing_of(link), "")
    return f"{basis}: {said}{standing}"
