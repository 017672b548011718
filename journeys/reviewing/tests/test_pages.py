"""The pages of reviews: looking, deciding, putting off, assigning, many at once, undoing."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from crm.identity.merging import keep_apart, withdraw
from crm.identity.models import Identifier, Link
from crm.identity.regrouping import regroup
from crm.matching.models import Review, TrainedModel
from crm.matching.tests.factories import identifier, now, source, tie, trained, two_marshes
from crm.matching.verdicts import Reason
from crm.privacy.models import Consent
from crm.privacy.tests.signing import signed_in
from crm.profile.asserting import Asserted, assert_traits
from journeys.interactions.drafts import Seen
from journeys.reviewing.drawing import signed
from journeys.tests.factories import mail, recorded

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Client:
    return signed_in("admin")


def words(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, (address, response.status_code)
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def fresh(review: Review) -> Review:
    return Review.objects.select_related("a", "b", "assignee", "link").get(pk=review.pk)


def decide(admin: Client, review: Review, verdict: str, query: str = "") -> str:
    """Decide, and return where it leads."""
    response = admin.post(f"/reviews/{review.pk}/decide/{query}", {"verdict": verdict, "note": "she called"})
    assert response.status_code == 302
    return str(response["Location"])


def test_the_queue_says_each_pair_in_a_sentence_the_most_worth_first(admin: Client) -> None:
    two_marshes(value=1.0)
    best = two_marshes(value=2.0, traffic=31)
    said = words(admin, "/reviews/")
    assert "2 pairs to decide" in said
    assert "Born the same day, same surname, phone differs by one digit; given names Elizabeth and Liz." in said
    assert "31 interactions" in said
    html = admin.get("/reviews/").content.decode()
    assert re.findall(r'href="/reviews/(\d+)/"', html)[0] == str(best.pk)


def test_traffic_that_nobody_has_counted_is_not_called_none(admin: Client) -> None:
    two_marshes()
    assert "interaction" not in words(admin, "/reviews/").partition("pair to decide")[2]  # past the navigation


def test_a_pair_that_a_guard_holds_says_what_the_guard_found(admin: Client) -> None:
    review = two_marshes(guard="held")
    held = Link.objects.create(a=review.a, b=review.b, basis=Link.Basis.SCORED, held=Link.Held.CONTRADICTION)
    page = f"/reviews/{review.pk}/"
    assert "holds the link: the two sides contradict each other." in words(admin, page)
    assert "holds the link: the two sides contradict each other" in words(admin, "/reviews/")
    for end, value in ((review.a, "acc-1"), (review.b, "acc-2")):
        Identifier.objects.filter(pk=end.pk).update(kind="login", namespace="shop", value=value)
    for address in (page, "/reviews/"):
        assert "holds the link: each has a login id of their own, acc-1 and acc-2" in words(admin, address)
    Link.objects.filter(pk=held.pk).update(held=Link.Held.LIMIT)
    assert "holds the link: the customer would grow past its limits." in words(admin, page)


def test_an_empty_queue_says_what_to_do(admin: Client) -> None:
    assert "manage.py match" in words(admin, "/reviews/")
    trained()
    assert "All is decided" in words(admin, "/reviews/")
    assert "No pair fits" in words(admin, "/reviews/?reason=household")


def test_the_queue_is_filtered_and_goes_on_page_by_page(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm.matching.queueing.PAGE", 2)
    monkeypatch.setattr("crm.matching.queueing.read_queue.__defaults__", (2,))
    kept = [two_marshes(reason=Reason.HOUSEHOLD, value=float(n)) for n in range(5)]
    two_marshes(reason=Reason.UNSURE, value=9.0)
    seen, address = [], "/reviews/?reason=household"
    for _ in range(3):
        html = admin.get(address).content.decode()
        seen += [int(pk) for pk in re.findall(r'value="(\d+)"\s+aria-label="Tick', html)]
        following = re.search(r'href="(\?[^"]*after=[^"]*)"', html)
        if not following:
            break
        address = "/reviews/" + following[1].replace("&amp;", "&")
    assert seen == [one.pk for one in reversed(kept)]


def test_what_cannot_be_read_in_the_address_is_as_if_not_asked(admin: Client) -> None:
    two_marshes()
    for query in ("after=x", "after=99999", "reason=magic", "customer=x", "assignee=7", "state=gone", "done=x,9"):
        assert "1 pair to decide" in words(admin, f"/reviews/?{query}")


def test_a_pair_stands_side_by_side_marked_in_words(admin: Client) -> None:
    review = two_marshes()
    for end, state in ((review.a, "given"), (review.b, "withdrawn")):
        Consent.objects.create(
            identifier=end, source=source(), purpose="marketing", channel="email", state=state, occurred_at=now()
        )
    said = words(admin, f"/reviews/{review.pk}/")
    for told in ("≈ forms of one name", "✓ same", "≈ differs by one digit", "– missing", "≠ withdrawn would hold"):
        assert told in said
    assert "4 May 1984" in said
    assert "e.marsh" in said


def test_what_both_are_known_by_is_not_called_missing(admin: Client) -> None:
    review = two_marshes()
    inbox = identifier("email", "liz@example.org")
    tie(review.b, inbox)
    said = {"city": "York", "postcode": "cf10 5bn"}
    assert_traits([Asserted(inbox.pk, source().pk, name, value, now()) for name, value in said.items()])
    html = words(admin, f"/reviews/{review.pk}/")
    assert "Cardiff York ≠ differs, not counted" in html
    assert "✓ same, not counted" in html
    assert "12 Quay Street none – missing" in html


def test_the_waterfall_is_drawn_and_written_and_what_is_written_adds_up(admin: Client) -> None:
    html = admin.get(f"/reviews/{two_marshes().pk}/").content.decode()
    table = html[html.index('class="fall"') : html.index("</table>", html.index('class="fall"'))]
    rows = re.findall(r'<td class="num">([−+\d.]+)</td>\s*<td class="num quiet">([−+\d.]+)</td>', table)
    adds = [float(add.replace("−", "-")) for add, _ in rows]
    totals = [float(total.replace("−", "-")) for _, total in rows]
    assert [round(sum(adds[: n + 1]), 1) for n in range(len(adds))] == totals
    assert table.count("<svg") == len(rows) + 1
    [total] = re.findall(r'<td class="num">([−+\d.]+)</td>\s*</tr>\s*</tfoot>', table)
    assert float(total.replace("−", "-")) == totals[-1]


def test_a_link_that_a_score_made_says_how_it_weighs(admin: Client) -> None:
    review = two_marshes()
    link = Link.objects.create(a=review.a, b=review.b, basis="scored", weight=review.weight)
    regroup([review.a_id, review.b_id], "scored")
    assert f"/links/{link.pk}/" in admin.get(f"/customers/{review.a.customer.public_id}/why/").content.decode()
    said = words(admin, f"/links/{link.pk}/")
    for told in (
        "A match score, weight +",
        "given names Elizabeth and Liz.",
        "≈ differs by one digit",
        "by the model in use",
    ):
        assert told in said
    assert f"Weight of evidence {signed(review.weight)}" in said


def test_a_decision_of_staff_keeps_the_steps_that_they_saw(admin: Client) -> None:
    review = two_marshes()
    login = identifier("login", "acc-1", "shop")
    Link.objects.create(a=review.b, b=login, basis="observed", is_verified=True)
    regroup([login.pk], "observed")
    decide(admin, review, "different")
    link = fresh(review).link
    assert link
    assert login.pk in (link.a_id, link.b_id), "it speaks for the customer, and was not what was asked about"
    assert "given names Elizabeth and Liz." in words(admin, f"/links/{link.pk}/")
    TrainedModel.objects.update(is_current=False)
    said = words(admin, f"/links/{link.pk}/")
    assert f"Weight of evidence {signed(review.weight)}" in said
    assert "Staff: different people" in said
    assert "The steps are those that stood when it was decided" in said


def test_a_link_that_nothing_was_weighed_for_has_no_such_page(admin: Client) -> None:
    review = two_marshes()
    link = Link.objects.create(a=review.a, b=review.b, basis="observed")
    regroup([review.a_id, review.b_id], "observed")
    assert admin.get(f"/links/{link.pk}/").status_code == 404
    assert "/links/" not in admin.get(f"/customers/{review.a.customer.public_id}/why/").content.decode()


def test_a_marketer_is_told_nothing_of_a_link(admin: Client) -> None:
    review = two_marshes()
    decide(admin, review, "same")
    link = fresh(review).link
    assert link
    assert signed_in("marketer").get(f"/links/{link.pk}/").status_code in (403, 404)


def test_both_journeys_are_shown(admin: Client) -> None:
    review = two_marshes()
    for end, subject in ((review.a, "The sea view"), (review.b, "Our booking")):
        recorded([mail(datetime.now(UTC), subject, "Hello", Seen(end.kind, end.value, end.namespace))])
    said = words(admin, f"/reviews/{review.pk}/")
    assert "The sea view" in said
    assert "Our booking" in said


def test_what_a_merge_would_do_is_shown_and_nothing_written(admin: Client) -> None:
    review = two_marshes()
    links = Link.objects.count()
    assert "2 now, 1 then" in words(admin, f"/reviews/{review.pk}/outcome/")
    assert Link.objects.count() == links


def test_deciding_leads_to_the_next_pair_and_says_how_to_undo_it(admin: Client) -> None:
    first, second = two_marshes(value=2.0), two_marshes(value=1.0)
    address = decide(admin, first, "same")
    assert address == f"/reviews/{second.pk}/?done={first.pk}"
    assert "is one customer now. Undo" in words(admin, address)
    assert fresh(first).is_one
    assert "Kept apart: Elizabeth Marsh and Liz Marsh" in words(admin, decide(admin, second, "different"))


def test_deciding_stays_within_the_filters(admin: Client) -> None:
    first, _, third = (
        two_marshes(value=value, reason=reason)
        for value, reason in ((3.0, Reason.HOUSEHOLD), (2.0, Reason.UNSURE), (1.0, Reason.HOUSEHOLD))
    )
    address = decide(admin, first, "different", "?reason=household")
    assert address == f"/reviews/{third.pk}/?reason=household&done={first.pk}"


def test_undoing_leads_back_to_the_pair_which_is_open_again(admin: Client) -> None:
    review = two_marshes()
    decide(admin, review, "same")
    response = admin.post("/reviews/undo/", {"review": review.pk})
    assert response["Location"] == f"/reviews/{review.pk}/"
    assert "the pair is open again" in words(admin, f"/reviews/{review.pk}/")
    assert (fresh(review).state, fresh(review).is_one) == ("open", False)


def test_what_was_taken_back_elsewhere_says_so_and_is_listed(admin: Client) -> None:
    review, other = two_marshes(), two_marshes()
    decide(admin, review, "same")
    decide(admin, other, "different")
    withdraw([Link.objects.get(verdict="same", basis="staff")], None)
    assert "Decided and taken back since: the same person" in words(admin, f"/reviews/{review.pk}/")
    html = admin.get("/reviews/?state=taken_back").content.decode()
    assert "Taken back since: was the same person" in html
    assert (f"/reviews/{review.pk}/" in html, f"/reviews/{other.pk}/" in html) == (True, False)
    assert "Tick the obvious" not in html


def test_a_pair_that_became_one_is_named_once(admin: Client) -> None:
    review = two_marshes()
    decide(admin, review, "same")
    heading = words(admin, f"/reviews/{review.pk}/").partition("Decided")[0]
    assert "is one customer" in heading
    assert heading.count("Marsh is one customer") == 1
    assert " and " not in heading.partition("Marsh is one customer")[2]


def test_what_another_decided_meanwhile_is_said(admin: Client) -> None:
    review = two_marshes()
    other = User.objects.create_user("grace", first_name="Grace", last_name="Hopper")
    Review.objects.filter(pk=review.pk).update(state="different", decided_by=other, decided_at=now())
    said = words(admin, decide(admin, review, "same"))
    assert "Nothing was changed: Grace Hopper has decided it already: different people; undo that first." in said
    assert not fresh(review).is_one


def test_what_the_rules_refuse_is_said(admin: Client) -> None:
    review = two_marshes()
    keep_apart(review.a, review.b, None)
    assert "Nothing was changed: they stay apart" in words(admin, decide(admin, review, "same"))
    assert fresh(review).state == "open"


def test_later_takes_a_pair_out_of_the_queue_for_a_while(admin: Client) -> None:
    review = two_marshes()
    response = admin.post(f"/reviews/{review.pk}/later/", {"days": "30"})
    assert response["Location"] == f"/reviews/?done={review.pk}"
    assert "Put off until" in words(admin, response["Location"])
    until = fresh(review).later_until
    assert until
    assert timedelta(days=29) < until - now() < timedelta(days=31)
    assert "Liz Marsh" in words(admin, "/reviews/?state=later")
    admin.post("/reviews/undo/", {"review": review.pk})
    assert "1 pair to decide" in words(admin, "/reviews/")


def test_a_pair_is_taken_given_and_given_back(admin: Client) -> None:
    review, me = two_marshes(), User.objects.get(username="admin")
    admin.post(f"/reviews/{review.pk}/assign/", {"to": "me"})
    assert fresh(review).assignee == me
    assert "Give back" in words(admin, f"/reviews/{review.pk}/")
    assert "1 pair to decide that fits" in words(admin, "/reviews/?assignee=me")
    admin.post(f"/reviews/{review.pk}/assign/", {"to": ""})
    assert fresh(review).assignee is None
    admin.post(f"/reviews/{review.pk}/assign/", {"to": str(me.pk)})
    assert fresh(review).assignee == me


def test_many_are_confirmed_decided_and_undone_at_once(admin: Client) -> None:
    reviews = [two_marshes() for _ in range(3)]
    keep_apart(reviews[0].a, reviews[0].b, None)
    picked = "&".join(f"review={one.pk}" for one in reviews)
    confirm = words(admin, f"/reviews/bulk/?verdict=same&{picked}")
    assert "3 pairs: the same person" in confirm
    assert "Nothing has happened yet" in confirm
    assert Review.objects.filter(state="open").count() == 3
    response = admin.post("/reviews/bulk/", {"verdict": "same", "review": [one.pk for one in reviews]})
    said = words(admin, response["Location"])
    assert "1 pair left as before: they stay apart" in said
    assert "2 pairs decided: the same person." in said
    admin.post("/reviews/undo/", {"review": [reviews[1].pk, reviews[2].pk]})
    assert Review.objects.filter(state="open").count() == 3


def test_nothing_ticked_is_nothing_decided(admin: Client) -> None:
    assert admin.get("/reviews/bulk/?verdict=same")["Location"] == "/reviews/"
    assert "tick the pairs first" in words(admin, "/reviews/")


def test_the_team_may_look_and_only_admins_decide() -> None:
    review, agent = two_marshes(), signed_in("agent")
    assert "An admin decides." in words(agent, f"/reviews/{review.pk}/")
    assert "Tick the obvious" not in words(agent, "/reviews/")
    for act in ("decide", "later", "assign"):
        assert agent.post(f"/reviews/{review.pk}/{act}/", {"verdict": "same"}).status_code == 403
    assert agent.get(f"/reviews/{review.pk}/outcome/").status_code == 403
    assert agent.post("/reviews/undo/", {"review": review.pk}).status_code == 403
    assert fresh(review).state == "open"


def test_the_navigation_says_how_many_wait(admin: Client) -> None:
    assert 'class="count"' not in admin.get("/customers/").content.decode()
    two_marshes()
    assert "Duplicates 1 to decide" in words(admin, "/customers/")
    assert "Duplicates" not in words(signed_in("agent"), "/customers/")


def test_a_customer_says_whom_they_may_be_the_same_as(admin: Client) -> None:
    review = two_marshes()
    address = f"/customers/{review.a.customer.public_id}/"
    assert "May be the same as 1 other" in words(admin, address)
    html = admin.get(address).content.decode()
    assert f'href="/reviews/{review.pk}/?customer={review.a.customer.public_id}"' in html
    assert "May be the same" not in words(signed_in("agent"), address)
    decide(admin, review, "different")
    assert "May be the same" not in words(admin, address)


def test_a_page_of_the_queue_takes_as_many_queries_as_a_line(
    admin: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    two_marshes(guard="held")
    admin.get("/reviews/")
    with django_assert_max_num_queries(40) as few:
        admin.get("/reviews/")
    for _ in range(8):
        two_marshes(guard="held")
    with django_assert_max_num_queries(len(few)):
        admin.get("/reviews/")


def test_without_a_model_the_pair_is_still_compared_by_eye(admin: Client) -> None:
    review = two_marshes()
    trained_model = trained()
    trained_model.is_current = False
    trained_model.save()
    said = words(admin, f"/reviews/{review.pk}/")
    assert "No model has been trained yet" in said
    assert "✓ same" in said
    assert "≠ differs" in said
