"""Why a pair of identifiers is a question: what was said of both, compared field by field, and weighed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from crm.identity.models import Identifier
from crm.matching.facts import CONTACTS, Facts, facts_of
from crm.matching.gathering import Blocks
from crm.matching.models import TrainedModel
from crm.matching.policy import taken_off
from crm.matching.profiles import Compared, loaded, read_profiles
from crm.matching.records import PARTED_NAMES, extra_column, fold, name_parts
from crm.matching.resolving import find_shared, rules_of
from crm.matching.saying import Values, sentence
from crm.matching.tables import coded
from crm.matching.waterfall import Fall, Finding, capital, fall
from crm.matching.weighing import Measured, Weighed, add_holders, as_rows, scored
from crm.wording import LABELS, phone, trait_value

Pair = tuple[Identifier, Identifier]
NO_MODEL = "No model has been trained yet, so the weight cannot be taken apart. `manage.py match` trains one."
NO_PROFILE = "Nothing that was said of the {} can be compared any more, so the weight cannot be taken apart."


@dataclass(frozen=True, slots=True)
class Row:
    """One compared field: both sides' values as people read them, and what was found."""

    finding: Finding
    mine: Values
    others: Values

    @property
    def label(self) -> str:
        return LABELS.get(self.finding.comparison) or capital(self.finding.label)


@dataclass(frozen=True, slots=True)
class Explanation:
    """A pair explained. model: the version that weighed it. without: why it cannot be weighed, in words; then there
    are no rows and no steps.
    """

    fall: Fall | None = None
    rows: tuple[Row, ...] = ()
    sentence: str = ""
    without: str = ""
    model: str = ""


def explain(a: Identifier, b: Identifier) -> Explanation:
    """Explain a pair by the current model. The caller has made sure that both may be seen."""
    return explain_all([(a, b)])[0]


def explain_all(pairs: Sequence[Pair]) -> list[Explanation]:
    """Explain pairs by the current model, in a fixed number of queries for any number of them."""
    trained = TrainedModel.objects.filter(is_current=True).defer("content").first()
    if trained is None:
        return [Explanation(without=NO_MODEL) for _ in pairs]
    ends = {one.pk for pair in pairs for one in pair}
    profiles, said = read_profiles(ends, trained.pk), facts_of(ends)
    known = [(a.pk, b.pk) for a, b in pairs if a.pk in profiles and b.pk in profiles]
    values = {pk: as_read(said.get(pk)) for pk in ends}
    judge = Judge(trained, profiles, values, taken_of(known, dict(profiles), trained))
    return [judge.explain(a, b) for a, b in pairs]


@dataclass(frozen=True, slots=True)
class Judge:
    """Explains pairs: the model, and what is compared of each identifier (by id), where it has a profile.

    values: as people read them, by field. taken: what the policy takes off each pair's weight.
    """

    trained: TrainedModel
    profiles: Mapping[int, Compared]
    values: Mapping[int, Mapping[str, Values]]
    taken: Mapping[tuple[int, int], Mapping[str, float]]

    def explain(self, a: Identifier, b: Identifier) -> Explanation:
        if missing := [one for one in (a, b) if one.pk not in self.profiles]:
            return Explanation(without=NO_PROFILE.format(" and the ".join(one.get_kind_display() for one in missing)))
        model = loaded(self.trained.pk)
        found = fall(model, self.profiles[a.pk].features, self.profiles[b.pk].features, self.taken[a.pk, b.pk])
        mine, others = self.values[a.pk], self.values[b.pk]
        sides = {one.name: (mine.get(one.name, ()), others.get(one.name, ())) for one in model.comparisons}
        rows = tuple(Row(one, *sides[one.comparison]) for one in found.findings if one.is_known)
        return Explanation(found, rows, sentence(found.findings, sides), model=self.trained.version)


def taken_of(
    pairs: Sequence[tuple[int, int]], profiles: dict[int, Compared], trained: TrainedModel
) -> dict[tuple[int, int], dict[str, float]]:
    """What the policy takes off the weight of each pair of identifiers (ids), as matching itself does: a contact
    counts less when those who hold it are several people.
    """
    if not pairs:
        return {}
    given = Weighed(Measured(loaded(trained.pk), profiles), set(profiles), {}, Blocks())
    held = add_holders(given, {}, trained.pk)
    rows = sorted(given.profiles)
    at = {one: row for row, one in enumerate(rows)}
    asked = {(min(pair), max(pair)) for pair in pairs}
    around = {pair for block in held for pair in combinations(block, 2)}
    compared = as_rows(asked | around, at)
    given.measured.score((rows[left], rows[right]) for left, right in compared)
    scores = scored(given, rows, compared)
    columns = {name: coded(given.profiles[one].features.get(name, ()) for one in rows) for name in CONTACTS}
    sharing = find_shared(scores, columns).items()
    shared = {name: values.is_shared(scores.left, scores.right) for name, values in sharing}
    crowded = {name: values.is_crowded(scores.left, scores.right) for name, values in sharing}
    taken = taken_off(scores, rules_of(given.model), shared, crowded)
    places = {pair: place for place, pair in enumerate(compared)}
    return {
        (a, b): {name: float(less[places[min(at[a], at[b]), max(at[a], at[b])]]) for name, less in taken.items()}
        for a, b in pairs
    }


# The values, as people read them


def as_read(facts: Facts | None) -> dict[str, Values]:
    """What was said of an identifier, by comparison, as people read it."""
    told: dict[str, dict[str, None]] = {}
    for name, values in facts.record.items() if facts else ():
        for field, value in (pair for said in values for pair in shown(name, said)):
            told.setdefault(field, {})[value] = None
    return {field: tuple(values) for field, values in told.items()}


def shown(name: str, value: str) -> list[tuple[str, str]]:
    """(comparison, value) of what one trait says: a full name says its parts, a street its number too."""
    if name == "full_name":
        parts = zip(PARTED_NAMES, name_parts(value), strict=True)
        return [(part, as_written(value, words)) for part, words in parts if words]
    if name == "street" and (number := re.match(r"\s*(\d+\w?)[\s,]+\D", value)):
        return [("street", value), ("street_number", number[1])]
    return [(name, phone(value) if name == "phone" else trait_value(value, name)), (extra_column(name), value)]


def as_written(name: str, words: str) -> str:
    """The folded words of a name as the name writes them."""
    wanted = set(words.split())
    return " ".join(word for word in re.split(r"[\s,]+", name) if word and set(fold(word).split()) & wanted) or words
