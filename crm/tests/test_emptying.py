"""What a test committed is gone after it, and what `migrate` wrote is there for the next."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import TransactionTestCase
from django.utils import timezone

from crm.privacy.audit.models import Act, AuditEntry
from crm.privacy.models import ApiKey
from crm.tests.emptying import Emptying, delete, tables_with_rows

pytestmark = pytest.mark.django_db(transaction=True)


def test_rows_go_whatever_refers_to_them_and_whatever_trigger_keeps_them() -> None:
    Group.objects.create(name="readers").user_set.add(User.objects.create(username="anna"))
    ApiKey.issue("reports", "agent")
    AuditEntry.objects.create(at=timezone.now(), act=Act.values[0])
    permissions = Permission.objects.count()
    delete(tables_with_rows())
    assert tables_with_rows() == []
    assert Permission.objects.count() == permissions > 0


def test_who_changed_what_migrate_wrote_is_followed_by_a_whole_flush() -> None:
    flushed: list[TransactionTestCase] = []
    emptying, case = Emptying(flushed.append), TransactionTestCase()
    emptying(case)
    emptying(case)
    assert flushed == [case]
    Permission.objects.earliest("pk").delete()
    emptying(case)
    assert flushed == [case, case]
