"""What people write, as standards write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.profile.fields import STANDARDS, TYPES, Field, FieldType, flaw, meant
from crm.profile.rules import Rules, standard
from crm.profile.standards import country, country_names, day, language, postcode, reference
from crm.wording import trait_value


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("gb", "GB"), ("GBR", "GB"), ("UK", "GB"), ("United Kingdom", "GB"), ("Wales", "GB"), ("the Netherlands", "NL"),
        ("U.S.A.", "US"), ("Cote d'Ivoire", "CI"), ("Saint Lucia", "LC"), ("Bosnia & Herzegovina", "BA"),
        ("Nowhere", None), ("ZZ", None), ("EU", None), ("", None), ("GB 1", None), ("CF10 1AA", None),
    ],
)  # fmt: skip
def test_a_country_is_its_code_however_it_is_written(written: str, code: str | None) -> None:
    assert country(written) == code


@pytest.mark.parametrize("code", sorted(country_names()))
def test_a_country_is_known_by_its_code_and_by_its_name(code: str) -> None:
    assert country(code) == country(country_names()[code]) == code
    assert trait_value(code, "country") == country_names()[code]


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        ("en_gb", "en-GB"), ("EN", "en"), ("English", "en"), ("British English", "en-GB"), ("Welsh", "cy"),
        ("zh-hans-cn", "zh-Hans-CN"), ("en_GB.UTF-8", "en-GB"), ("eng", "en"), ("es-419", "es-419"), ("iw", "he"),
        ("de-1996", "de-1996"), ("xx", None), ("en-QQ", None), ("both of them", None), ("", None), ("en" * 40, None),
    ],
)  # fmt: skip
def test_a_language_is_its_tag_however_it_is_written(written: str, tag: str | None) -> None:
    assert language(written) == tag


@pytest.mark.parametrize(
    ("written", "code"),
    [
        (" cf10  5bn ", "CF10 5BN"), ("1234-567", "1234-567"), ("D02 AF30", "D02 AF30"), ("x", None), ("n/a", None),
        ("A" * 13, None), ("CF10 5BN, Cardiff", None),
    ],
)  # fmt: skip
def test_a_postcode_is_in_capitals_with_single_blanks(written: str, code: str | None) -> None:
    assert postcode(written) == code


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("1986-11-29", "1986-11-29"), ("1986-11-29T00:00:00Z", "1986-11-29"), ("1986-11-29 08:15", "1986-11-29"),
        ("1986-11-29T23:30:00-08:00", "1986-11-29"), ("1986-11-29T25:00", None), ("1986-02-30", None),
        ("19861129", None), ("1986-11-29 or so", None), ("29/11/1986", None), ("1986-11-29T", None),
    ],
)  # fmt: skip
def test_a_timestamp_is_taken_by_its_day(written: str, found: str | None) -> None:
    assert day(written) == found


def test_an_id_is_one_line_of_bounded_length() -> None:
    assert reference(" QQ 12 34 56 C ") == "QQ 12 34 56 C"
    assert [reference(bad) for bad in ("", "a\nb", "a\u200bb", "9" * 101)] == [None] * 4
    assert flaw(standard("loyalty_id"), "9" * 101) == "not an id: one line of 100 characters at most"


@pytest.mark.parametrize("kind", sorted(STANDARDS))
@given(text=st.text(max_size=40) | st.sampled_from(sorted(country_names().values())))
def test_what_a_standard_writes_it_writes_again(kind: FieldType, text: str) -> None:
    field = Field("x", "X", kind)
    once = meant(field, text)
    assert meant(field, once) == once
    assert flaw(field, once) == flaw(field, text)


@pytest.mark.parametrize("name", ["country", "language", "postcode", "date_of_birth", "national_id"])
def test_what_is_none_says_what_would_be_one(name: str) -> None:
    assert flaw(standard(name), "?\n?").startswith("not a")
    assert name in TYPES


def test_an_admin_s_own_date_takes_a_timestamp_by_its_day() -> None:
    rules = Rules().with_field(Field("renewal", "Renewal", FieldType.DATE))
    assert rules.flaw("renewal", "2026-11-29T10:00:00+01:00") == ""
    assert rules.meant("renewal", "2026-11-29T10:00:00+01:00") == "2026-11-29"
