"""Staff's verdicts are obeyed, measured against what the model would have decided, and teach where there are enough."""

import numpy as np
import pytest
from django.core.management import call_command

from crm.identity.models import Identifier, Link
from crm.matching.facts import read_population
from crm.matching.labelling import FEWEST, LENT, blended, read_labels, taught
from crm.matching.model import Trained
from crm.matching.models import Change, Review, Run, TrainedModel
from crm.matching.starting import start
from crm.matching.tables import feature_columns
from crm.matching.tests.population import AT, populate

pytestmark = pytest.mark.django_db


def said(a: int, b: int, state: str) -> None:
    Review.objects.create(a_id=min(a, b), b_id=max(a, b), weight=1.0, probability=0.5, reason=1, state=state)


def test_the_model_is_measured_by_what_staff_said_and_obeys_it() -> None:
    numbers = populate(40)
    call_command("match", dry_run=True, verbosity=0)
    wrong, right = Change.objects.filter(run=Run.objects.get()).order_by("pk")[:2]
    said(right.a_id, right.b_id, "same")
    Link.objects.create(a_id=wrong.a_id, b_id=wrong.b_id, basis="staff", verdict="different")
    low, high = sorted((numbers[0], numbers[7]))
    Link.objects.create(a_id=low, b_id=high, basis="staff", verdict="same")
    call_command("match", verbosity=0)
    metrics = TrainedModel.objects.get(is_current=True).metrics
    assert {name: metrics[name] for name in ("label_count", "label_precision", "label_recall")} == {
        "label_count": 3, "label_precision": 0.5, "label_recall": 0.5}  # fmt: skip
    owner = dict(Identifier.objects.values_list("pk", "customer_id"))
    assert owner[wrong.a_id] != owner[wrong.b_id]
    assert owner[right.a_id] == owner[right.b_id]


def test_a_standing_verdict_says_more_than_an_answer_of_before() -> None:
    numbers = populate(2)
    low, high = sorted((numbers[0], numbers[1]))
    said(low, high, "same")
    Link.objects.create(a_id=low, b_id=high, basis="staff", verdict="different")
    assert read_labels(read_population()).same.tolist() == [False]


def test_enough_labels_teach_and_fewer_do_not() -> None:
    numbers = populate(FEWEST)
    for one in range(FEWEST):
        said(numbers[2 * one], numbers[2 * one + 1], "same")
    population = read_population()
    columns, labels = feature_columns(population.fields), read_labels(population)
    model = start(columns, AT)
    after = taught(model, labels, columns).levels["date_of_birth"]
    assert after[0].m == pytest.approx((FEWEST + LENT * model.levels["date_of_birth"][0].m) / (FEWEST + LENT))
    assert after[-1].m < model.levels["date_of_birth"][-1].m
    Review.objects.earliest("pk").delete()
    assert taught(model, read_labels(population), columns) == model


def test_labelled_pairs_count_beside_what_was_learned() -> None:
    levels = (Trained("same", 0.9, 0.01), Trained("different", 0.1, 0.99))
    shares = [level.m for level in blended(levels, [0, 100])]
    np.testing.assert_allclose(shares, [0.9 * LENT / (LENT + 100), (100 + 0.1 * LENT) / (LENT + 100)])
