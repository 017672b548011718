"""Reconciliation: what was sent is what was recorded, doubled, parked, refused, or still waits."""

from dataclasses import dataclass

from crm.sources.models import STAFF
from crm.sql import cursor

SUMS = """
    SELECT s.public_id, s.name, coalesce(t.accepted, 0), coalesce(t.duplicates, 0), coalesce(t.rejected, 0),
           coalesce(t.recorded, 0), coalesce(t.failed, 0), coalesce(p.pending, 0) + coalesce(a.aside, 0)
    FROM crm_source s
    LEFT JOIN (
        SELECT source_id, sum(accepted) AS accepted, sum(duplicates) AS duplicates, sum(rejected) AS rejected,
               sum(recorded) AS recorded, sum(failed) AS failed
        FROM integrations_tally GROUP BY source_id
    ) t ON t.source_id = s.id
    LEFT JOIN (
        SELECT d.source_id, count(*) AS pending
        FROM integrations_pending q JOIN integrations_delivery d ON d.id = q.delivery_id GROUP BY d.source_id
    ) p ON p.source_id = s.id
    LEFT JOIN (
        SELECT source_id, count(*) AS aside FROM integrations_pauseddelivery GROUP BY source_id
    ) a ON a.source_id = s.id
    WHERE s.adapter <> %s
    ORDER BY s.name
"""


@dataclass(frozen=True, slots=True)
class Balance:
    """One source's account, in events. sent = accepted + duplicates + rejected."""

    source: str
    name: str
    accepted: int
    duplicates: int
    rejected: int
    recorded: int
    failed: int
    pending: int

    @property
    def sent(self) -> int:
        return self.accepted + self.duplicates + self.rejected

    @property
    def difference(self) -> int:
        """What cannot be accounted for: not 0 means that something was lost or doubled."""
        return self.accepted - self.recorded - self.failed - self.pending


def balances() -> list[Balance]:
    """Every connected source's account, in one consistent snapshot, by name."""
    with cursor() as sql:
        sql.execute(SUMS, [STAFF])
        return [Balance(row[0], row[1], *map(int, row[2:])) for row in sql]
