"""After a restore: whoever the ledger says was erased is erased again, before anybody is let in."""

from collections.abc import Collection, Iterator, Mapping

from django.db import transaction

from crm.identity.models import Identifier
from crm.privacy.erasing.carrying import finish_all, key_of
from crm.privacy.erasing.ledger import Told, read_ledger
from crm.privacy.erasing.models import Erasure, Suppression
from crm.privacy.erasing.suppressing import hash_of, lift, suppress

AT_ONCE = 5_000  # identifiers


def replay() -> int:
    """Erase whom the database has forgotten that it erased; returns how many identifiers came back with it.

    Cheap where it forgot nobody: it compares hashes, and looks at no identifier.
    """
    told = read_ledger()
    known = dict(Suppression.objects.values_list("hash", "lifted_at")) if told else {}
    forgotten = {one: said for one, said in told.items() if one not in known}
    found = list(named_by(forgotten)) if forgotten else []
    with transaction.atomic():
        put_back(forgotten, {one: said for one, said in told.items() if said.lifted_at and not known.get(one)})
        if found:
            subject = {"identifiers": sorted(one.pk for one in found)}
            Erasure.objects.create(
                customer_id=min(one.customer_id for one in found), state=Erasure.State.STARTING, subject=subject,
                is_replayed=True,
            )  # fmt: skip
    finish_all()
    return len(found)


def named_by(hashes: Collection[str]) -> Iterator[Identifier]:
    """The identifiers of these hashes: every one is looked at."""
    every = Identifier.objects.only("pk", "kind", "namespace", "value", "customer_id", "origin_id")
    return (one for one in every.iterator(AT_ONCE) if hash_of(key_of(one)) in hashes)


def put_back(forgotten: Mapping[str, Told], lifted: Mapping[str, Told]) -> None:
    """Put hashes on the list as the ledger has them."""
    if forgotten:
        suppress(forgotten, min(said.erased_at for said in forgotten.values()))
    for one, said in lifted.items():
        if said.lifted_at:
            lift([one], said.lifted_at)
