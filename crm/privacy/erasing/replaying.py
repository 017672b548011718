"""After a restore: whoever the ledger says was erased is erased again, before anybody is let in."""

from collections.abc import Collection, Iterator, Mapping

from django.db import transaction

from crm.identity.models import Identifier
from crm.privacy.erasing.carrying import finish_all, key_of
from crm.privacy.erasing.ledger import Told, read_ledger, write_lifted
from crm.privacy.erasing.models import Erasure, Suppression
from crm.privacy.erasing.suppressing import hash_of, lift, suppress

AT_ONCE = 5_000  # identifiers


def replay() -> int:
    """Erase whom the database has forgotten that it erased; returns how many identifiers came back with it.

    Cheap where it forgot nobody: it compares hashes, and looks at no identifier.
    """
    told = read_ledger()
    known = dict(known_now(told)) if told else {}
    forgotten = {one: said for one, said in told.items() if one not in known or known[one].erased_at < said.erased_at}
    found = list(named_by(forgotten)) if forgotten else []
    with transaction.atomic():
        put_back(forgotten, {one: said for one, said in told.items() if is_lifted_anew(said, known.get(one))})
        if found:
            subject = {"identifiers": sorted(one.pk for one in found)}
            Erasure.objects.create(
                customer_id=min(one.customer_id for one in found), state=Erasure.State.STARTING, subject=subject,
                is_replayed=True,
            )  # fmt: skip
    write_what_it_missed(told, known)
    finish_all()
    return len(found)


def known_now(told: Collection[str]) -> Iterator[tuple[str, Told]]:
    """What the database says of the hashes that the ledger has."""
    for one, erased_at, lifted_at in Suppression.objects.values_list("hash", "erased_at", "lifted_at"):
        if one in told:
            yield one, Told(erased_at, lifted_at)


def is_lifted_anew(said: Told, known: Told | None) -> bool:
    """Whether the ledger knows of a consent given anew that the database does not."""
    if said.lifted_at is None:
        return False
    return known is None or known.lifted_at is None or known.erased_at < said.erased_at


def write_what_it_missed(told: Mapping[str, Told], known: Mapping[str, Told]) -> None:
    """Add to the ledger the consents given anew that somebody died before writing down."""
    for one, standing in known.items():
        said = told[one]
        if standing.lifted_at and not said.lifted_at and standing.erased_at >= said.erased_at:
            write_lifted([one], standing.lifted_at)


def named_by(hashes: Collection[str]) -> Iterator[Identifier]:
    """The identifiers of these hashes: every one is looked at."""
    every = Identifier.objects.only("pk", "kind", "namespace", "value", "customer_id", "origin_id")
    return (one for one in every.iterator(AT_ONCE) if hash_of(key_of(one)) in hashes)


def put_back(forgotten: Mapping[str, Told], lifted: Mapping[str, Told]) -> None:
    """Put hashes on the list as the ledger has them."""
    for at in sorted({said.erased_at for said in forgotten.values()}):
        suppress([one for one, said in forgotten.items() if said.erased_at == at], at)
    for one, said in lifted.items():
        if said.lifted_at:
            lift([one], said.lifted_at)
