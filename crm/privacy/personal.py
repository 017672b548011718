"""Personal data, as the models declare it: each says which of its rows are one person's, and how they are erased.

A model has a class attribute `personal`: `Personal(...)`, or `Nothing(...)` where its rows are about nobody. Erasure
walks whatever is declared, so it knows none of the rooms above. crm/privacy/tests/test_everything_personal_is_declared
fails when a model, or a column of text, is forgotten.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from graphlib import TopologicalSorter
from typing import Any

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from crm.fields import SoftForeignKey

Model = type[models.Model]
INACTIVE = "inactive"  # the kind of retention that is of whole customers
TEXTS = (models.CharField, models.TextField, models.JSONField, models.BinaryField, models.FileField, SearchVectorField)


@dataclass(frozen=True, slots=True)
class Identifiers:
    """Rows whose column is the number of one of the person's identifiers."""

    columns: tuple[str, ...]

    def __init__(self, *columns: str) -> None:
        object.__setattr__(self, "columns", columns)


@dataclass(frozen=True, slots=True)
class Customers:
    """Rows whose column is the number of one of the customers that the person was."""

    columns: tuple[str, ...]

    def __init__(self, *columns: str) -> None:
        object.__setattr__(self, "columns", columns)


@dataclass(frozen=True, slots=True)
class Values:
    """Rows whose column is the value of one of the person's identifiers of a kind, and nothing else."""

    column: str
    kind: str


@dataclass(frozen=True, slots=True)
class Mentions:
    """Rows in whose columns one of the person's identifiers or public ids stands somewhere: for small tables."""

    columns: tuple[str, ...]

    def __init__(self, *columns: str) -> None:
        object.__setattr__(self, "columns", columns)


@dataclass(frozen=True, slots=True)
class RowsOf:
    """Rows that belong to a row of another model that is the person's.

    where: this model's columns -> that one's. prefix: what this model puts before a public id.
    """

    model: str
    where: Mapping[str, str]
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Sought:
    """Rows that a function of ours finds, where no column leads to them.

    act: its dotted path. It is given whom it is about (finding.Subject) and where it got to (0 at first), and returns
    keys of rows, and where it goes on; None where it is through.
    """

    act: str


Finder = Identifiers | Customers | Values | Mentions | RowsOf | Sought


@dataclass(frozen=True, slots=True)
class Ageing:
    """Rows of one kind, which go by themselves once they are older than a rule of retention says.

    key: what rules call the kind; several models may have rows of one, and one of them says its label, what goes
    (said), in what its age is counted (unit: days or months), and how long it is kept where nobody has said
    (default; 0: for ever). at: the column of a row's time. where: lookups that tell the kind; only: a function of
    ours (dotted path) that returns what else does. is_by_time: the table has an index by that column. by: a
    function of ours that lets rows (their keys) go where they are not deleted with whatever hangs off them; after:
    one that is called with the time before which they went, once all did. is_counted: whether a preview counts
    them.
    """

    key: str
    at: str
    label: str = ""
    said: str = ""
    unit: str = "days"
    default: int = 0
    where: Mapping[str, Any] = field(default_factory=dict)
    only: str = ""
    is_by_time: bool = False
    by: str = ""
    after: str = ""
    is_counted: bool = True


class Lasts(Enum):
    """How long rows stay that no rule of retention names."""

    WITH = "as long as the rows that they are found through"
    CUSTOMER = "as long as the customer"
    PROOF = "for ever, without their words once the customer is erased"


@dataclass(frozen=True, slots=True)
class Personal:
    """How one person's rows are found (by any of the finders), and erased: deleted, or blanked where the row has to
    stay; and how they age.

    blank: what each personal column of a row that stays becomes. keeps: its other columns of text, which name nobody.
    by: a function of ours (dotted path) that deletes rows, or blanks them where there is `blank`, with what else goes
    or changes by that. It is given their keys, and the identifiers (ids) that are erased.
    files: a function of ours (dotted path) that makes files of rows (path and content), for whom they are about.
    ages: what rules of retention apply to them, or how long they last without one. Whatever is found through rows that
    go (RowsOf) goes with them; goes_by: a function of ours that deletes rows (their keys), where more than they goes.
    heard: the column that says when the person was last heard of by a row. is_raw: it is what something else was made
    of. tells: columns in which staff may have written of somebody else than whose row it is: whoever is erased is taken
    out of them; is_sealed: their words cannot be changed, and go as a whole.
    """

    found: tuple[Finder, ...]
    blank: Mapping[str, Any] = field(default_factory=dict)
    keeps: tuple[str, ...] = ()
    by: str = ""
    files: str = ""
    ages: tuple[Ageing, ...] | Lasts | None = None
    goes_by: str = ""
    heard: str = ""
    is_raw: bool = False
    tells: tuple[str, ...] = ()
    is_sealed: bool = False

    @property
    def columns(self) -> frozenset[str]:
        return frozenset({*self.blank, *self.keeps})


@dataclass(frozen=True, slots=True)
class Nothing:
    """The rows are about nobody, or lead to nobody once the person is erased. keeps: their columns of text."""

    keeps: tuple[str, ...] = ()

    @property
    def columns(self) -> frozenset[str]:
        return frozenset(self.keeps)


Declared = Personal | Nothing
VERSIONS = (
    "pgh_slug", "pgh_model", "pgh_label", "pgh_data", "pgh_diff", "pgh_context", "pgh_obj_model", "pgh_obj_id",
)  # fmt: skip
# What the packages keep. Sessions hold whose they are and the source just made; what the admin changes are settings.
FOREIGN: dict[str, Declared] = {
    "account.EmailAddress": Nothing(("email",)),
    "account.EmailConfirmation": Nothing(("key",)),
    "admin.LogEntry": Personal(
        (Mentions("object_repr", "change_message"),),
        blank={"object_repr": "erased", "change_message": "[]"},
        keeps=("object_id",),
        ages=Lasts.PROOF,
    ),
    "auth.Permission": Nothing(("name", "codename")),
    "auth.Group": Nothing(("name",)),
    "auth.User": Nothing(("password", "username", "first_name", "last_name", "email")),
    # Wrong tries at signing in: by the names of people with a login, and the addresses that were asked from.
    "axes.AccessAttempt": Nothing(
        ("user_agent", "username", "http_accept", "path_info", "get_data", "post_data"),
    ),
    "axes.AccessAttemptExpiration": Nothing(),
    "axes.AccessFailureLog": Nothing(("user_agent", "username", "http_accept", "path_info")),
    "axes.AccessLog": Nothing(("user_agent", "username", "http_accept", "path_info", "session_hash")),
    "contenttypes.ContentType": Nothing(("app_label", "model")),
    "mfa.Authenticator": Nothing(("data",)),
    "pghistory.Context": Nothing(("metadata",)),
    # No tables: all versions of rows together, whose own models say what is personal (crm/privacy/history).
    "pghistory.Events": Nothing(VERSIONS),
    "pghistory.MiddlewareEvents": Nothing((*VERSIONS, "url")),
    "sessions.Session": Nothing(("session_key", "session_data")),
    "socialaccount.SocialAccount": Nothing(("provider", "uid", "extra_data")),
    "socialaccount.SocialApp": Nothing(
        ("provider", "provider_id", "name", "client_id", "secret", "key", "settings"),
    ),
    "socialaccount.SocialToken": Nothing(("token", "token_secret")),
    "usersessions.UserSession": Nothing(("session_key", "user_agent", "data")),
}
# Tables without a model. The broker's messages are hints that there is work: they hold nothing of it.
TABLES = ("django_migrations",)


def declared_of(model: Model) -> Declared | None:
    """What a model says of itself; None where it says nothing."""
    found = model.__dict__.get("personal") or FOREIGN.get(model._meta.label)
    return found if isinstance(found, Personal | Nothing) else None


def personal_models() -> dict[Model, Personal]:
    """Every model that holds something personal."""
    declared = {model: declared_of(model) for model in apps.get_models()}
    return {model: said for model, said in declared.items() if isinstance(said, Personal)}


def text_columns(model: Model) -> Iterator[str]:
    """The columns that could hold words of a person: text and JSON, but for those that hold one of our own words."""
    for column in model._meta.concrete_fields:
        inner = column.base_field if isinstance(column, ArrayField) else column
        if isinstance(inner, TEXTS) and not column.choices:
            yield column.name


def in_order() -> list[Model]:
    """The models in the order that they are erased in: whatever is found through another, or points at it, first."""
    told = personal_models()
    sorter: TopologicalSorter[Model] = TopologicalSorter()
    for model in sorted(told, key=lambda one: one._meta.label):
        sorter.add(model)
        for other in after(model, told[model]):
            if other in told and other is not model:
                sorter.add(other, model)
    return list(sorter.static_order())


def after(model: Model, said: Personal) -> Iterable[Model]:
    """The models whose rows are needed until this one's are erased."""
    for finder in said.found:
        if isinstance(finder, RowsOf):
            yield apps.get_model(finder.model)
        elif isinstance(finder, Values | Mentions | Sought):
            yield apps.get_model("crm.Identifier")
    for column in model._meta.concrete_fields:
        if isinstance(column, models.ForeignKey) and not isinstance(column, SoftForeignKey):
            yield column.related_model
