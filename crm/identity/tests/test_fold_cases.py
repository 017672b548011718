"""What the fold decides in the situations that people know."""

from crm.identity.fold import Edge, Folded, Node, fold
from crm.identity.kinds import Key


def node(kind: str, value: str, *names: str, space: str = "", ruled: bool | None = None, trusted: bool = False) -> Node:
    said = frozenset(names)
    return Node(Key(kind, space, value), said, vouched_names=said if trusted else frozenset(), ruled_shared=ruled)


def folded(nodes: list[Node], *edges: Edge) -> Folded:
    return fold(dict(enumerate(nodes)), edges)


def seen(number: int, a: int, b: int, verified: bool = False) -> Edge:
    return Edge(number, a, b, is_verified=verified)


def staff(number: int, a: int, b: int, verdict: str = "same") -> Edge:
    return Edge(number, a, b, verdict=verdict, basis="staff")


def groups(result: Folded) -> set[frozenset[int]]:
    return set(result.groups)


def test_anonymous_history_joins_the_customer_when_identity_arrives() -> None:
    nodes = [node("cookie", "c1", space="shop"), node("login", "u1", "Anna", space="shop"), node("email", "a@x.org")]
    assert groups(folded(nodes, seen(0, 0, 1), seen(1, 1, 2))) == {frozenset({0, 1, 2})}


def test_a_household_landline_joins_nobody() -> None:
    nodes = [node("phone", "+44292"), node("email", "anna@x.org", "Anna"), node("email", "tom@x.org", "Tom")]
    result = folded(nodes, seen(0, 0, 1), seen(1, 0, 2))
    assert result.shared == {0: "contradiction"}
    assert len(result.groups) == 3


def test_a_short_form_of_the_name_is_no_contradiction() -> None:
    nodes = [node("phone", "+44292"), node("email", "e@x.org", "Elizabeth"), node("email", "l@x.org", "Liz Marsh")]
    assert len(folded(nodes, seen(0, 0, 1), seen(1, 0, 2)).groups) == 1


def test_a_couple_on_one_inbox_stays_two() -> None:
    nodes = [
        node("email", "us@x.org"),
        node("login", "u1", "Anna", space="shop"),
        node("login", "u2", "Tom", space="shop"),
    ]
    result = folded(nodes, seen(0, 0, 1), seen(1, 0, 2))
    assert result.shared == {0: "contradiction"}
    assert len(result.groups) == 3


def test_a_switchboard_is_shared_by_count() -> None:
    people = [node("email", f"p{number}@x.org") for number in range(11)]
    result = folded([node("phone", "+44200"), *people], *(seen(n, 0, n + 1) for n in range(11)))
    assert result.shared == {0: "count"}
    assert len(result.groups) == 12


def test_not_even_staff_join_through_an_identifier_shared_by_count() -> None:
    people = [node("email", f"p{number}@x.org") for number in range(12)]
    edges = [*(seen(n, 0, n + 1) for n in range(12)), staff(20, 0, 1)]
    result = folded([node("phone", "+44200"), *people], *edges)
    assert result.held[20] == "shared"


def test_staff_can_free_what_the_facts_call_shared() -> None:
    people = [node("email", f"p{number}@x.org") for number in range(11)]
    result = folded([node("phone", "+44200", ruled=False), *people], *(seen(n, 0, n + 1) for n in range(11)))
    assert result.shared == {}


def test_an_unverified_claim_joins_no_two_identified_customers() -> None:
    nodes = [
        node("login", "thief", space="shop"),
        node("email", "victim@x.org"),
        node("record", "r1", space="desk"),
    ]
    result = folded(nodes, seen(0, 0, 1), seen(1, 1, 2, verified=True))
    assert groups(result) == {frozenset({0}), frozenset({1, 2})}
    assert result.held == {0: "unverified"}


def test_an_unverified_contradiction_takes_nobodys_address_away() -> None:
    nodes = [
        node("login", "thief", "Zed", space="shop"),
        node("email", "anna@x.org"),
        node("record", "r1", "Anna", space="desk"),
    ]
    result = folded(nodes, seen(0, 0, 1), seen(1, 1, 2, verified=True))
    assert result.shared == {}
    assert frozenset({1, 2}) in groups(result)


def test_staff_having_called_two_the_same_ends_their_contradiction() -> None:
    nodes = [
        node("login", "u1", "Mia Hall", space="shop"),
        node("login", "u2", "Petra", space="shop"),
        node("email", "m@x.org", "Mia"),
    ]
    result = folded(nodes, staff(0, 0, 1), seen(1, 0, 2), seen(2, 1, 2))
    assert groups(result) == {frozenset({0, 1, 2})}


def test_whom_staff_call_the_same_keep_all_that_belongs_to_either() -> None:
    nodes = [
        node("login", "u1", "Kabir", space="shop"),
        node("email", "kabir@x.org", "Kabir"),
        node("login", "u2", "Asha", space="shop"),
        node("email", "asha@x.org", "Asha"),
        node("phone", "+44770"),
    ]
    result = folded(nodes, seen(0, 0, 1), seen(1, 2, 3), *(seen(4 + n, n, 4) for n in range(4)), staff(9, 0, 2))
    assert groups(result) == {frozenset({0, 1, 2, 3, 4})}
    assert result.shared == result.held == {}


def test_a_birth_date_that_staff_have_settled_parts_no_record() -> None:
    def born(kind: str, value: str, birth: str) -> Node:
        return Node(Key(kind, "shop", value), births=frozenset({birth}))

    right, wrong = "1986-11-29", "1986-11-28"
    nodes = [born("login", "u1", right), born("record", "r1", right), born("login", "u2", wrong),
             born("record", "r2", wrong)]  # fmt: skip
    edges = [seen(0, 0, 1, verified=True), seen(1, 2, 3, verified=True)]
    assert len(folded(nodes, *edges, seen(2, 1, 3, verified=True)).groups) == 2
    assert len(folded(nodes, *edges, staff(2, 0, 2)).groups) == 1


def test_what_staff_said_of_two_settles_nothing_about_a_third() -> None:
    nodes = [
        node("login", "u1", "Kabir", space="shop"),
        node("login", "u2", "Asha", space="shop"),
        node("email", "us@x.org"),
        node("record", "r1", "Tom", space="desk"),
        node("login", "u3", "Asha", space="shop"),
    ]
    for stranger in (3, 4):
        result = folded(nodes, staff(0, 0, 1), seen(1, 0, 2), seen(2, stranger, 2))
        assert result.shared == {2: "contradiction"}
        assert frozenset({0, 1}) in groups(result)


def test_a_verdict_of_different_keeps_two_apart_whatever_comes() -> None:
    nodes = [node("email", "a@x.org"), node("phone", "+441"), node("cookie", "c", space="shop")]
    result = folded(nodes, staff(0, 0, 1, "different"), seen(1, 0, 2), seen(2, 1, 2), seen(3, 0, 1))
    assert not any({0, 1} <= group for group in result.groups)


def test_two_names_asserted_about_one_inbox_make_it_shared() -> None:
    nodes = [node("email", "us@x.org", "Anna", "Tom"), node("cookie", "c", space="shop")]
    assert folded(nodes, seen(0, 0, 1)).shared == {0: "contradiction"}
