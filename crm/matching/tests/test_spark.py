"""`--backend spark`: the same pairs and the same weights as the whole pass without it."""

import sys
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context

import numpy as np
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from crm.matching.models import Run
from crm.matching.pairs import score_all
from crm.matching.spark import score_on_spark
from crm.matching.starting import start
from crm.matching.tables import feature_columns
from crm.matching.tests.made_up import as_fields, people

FIELDS = ("given_name", "surname", "date_of_birth", "street")  # between them every kind of test


QUICK_START = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"  # for a minute's work


def test_spark_finds_the_same_pairs_with_the_same_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THROUGHLINE_SPARK_MASTER", "local[1]")
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", QUICK_START)
    records = [{field: one[field] for field in FIELDS if field in one} for one in people(80)]
    columns = feature_columns(as_fields(records))
    model = start(columns, datetime(2026, 11, 1, tzinfo=UTC))
    mine = score_all(model, columns)
    with ProcessPoolExecutor(1, get_context("spawn")) as alone:  # as the command has it: the JVM ends with it
        theirs = alone.submit(score_on_spark, model, columns).result()
    assert len(mine) > 100
    assert mine.compared == theirs.compared
    np.testing.assert_array_equal(mine.left, theirs.left)
    np.testing.assert_array_equal(mine.right, theirs.right)
    np.testing.assert_allclose(mine.weight, theirs.weight, atol=1e-6)
    for name, levels in mine.levels.items():
        np.testing.assert_array_equal(levels, theirs.levels[name], err_msg=name)


@pytest.mark.django_db
def test_without_pyspark_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(CommandError, match=r"pip install -r requirements-spark\.txt"):
        call_command("match", backend="spark", verbosity=0)
    assert Run.objects.get().state == "failed"
