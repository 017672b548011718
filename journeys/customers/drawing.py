"""The HTML of long lists, as plain strings: a template takes ten times as long for a page of them."""

from collections.abc import Iterable
from html import escape

from django.utils.safestring import SafeString

from crm.identity.kinds import Kind
from crm.identity.models import Identifier
from crm.profile.golden import Assertion, GoldenField
from crm.profile.record import Record
from crm.wording import (
    ago,
    channel_class,
    channel_icon,
    channel_word,
    contact_icon,
    field_label,
    icon,
    identifier_value,
    kind_word,
    moment,
    said_as,
    said_contact,
    short_day,
    trait_value,
)
from journeys.customers.lines import Line
from journeys.customers.listing import Row
from journeys.timeline.lasting import Last

CONTACTS_SHOWN = 3
HUSHED = (
    '<span class="hushed" title="Only to know: do not say it">{}<span class="sr">only to know, not to say</span></span>'
)


def drawn(lines: Iterable[Line], anchor: str = "") -> SafeString:
    """The list items of some lines. anchor: of the one that the reader came for."""
    return SafeString("\n".join(item(line, is_here=line.anchor == anchor) for line in lines))


def item(line: Line, *, is_here: bool) -> str:
    here = " here" if is_here else ""
    return (
        f'<li class="it {line.look}{here}" id="{line.anchor}" data-v="{line.version}">'
        f'<span class="mark">{icon(line.icon)}</span>\n'
        f'<div class="one">{head(line)}</div>\n{when(line)}{below(line)}</li>'
    )


def head(line: Line) -> str:
    bad = " bad" if line.is_bad else ""
    parts = [f'<span class="what{bad}">{escape(line.what)}</span>']
    if line.left:
        parts.append(f'<span class="left">left at {escape(line.left)}</span>')
    parts += [f'<span class="remark">{escape(remark)}</span>' for remark in line.remarks]
    if line.is_hushed:
        parts.append(HUSHED.format(icon("eye")))
    return "\n".join(parts)


def when(line: Line) -> str:
    if not line.address:
        return f'<time class="at" datetime="{line.moment}">{line.clock}</time>'
    return (
        f'<a class="at" href="{line.address}"><time datetime="{line.moment}">{line.clock}</time>'
        f'<span class="sr">, open {escape(line.what)} on its own</span></a>'
    )


def below(line: Line) -> str:
    """What stands under the line; empty when there is nothing more."""
    if not line.has_more:
        return ""
    brought = f"<p>{escape(line.below)}</p>" if line.below else ""
    return f'\n<div class="more">{brought}{words(line)}{earlier(line)}{files(line)}{visit(line)}{call(line)}</div>'


def words(line: Line) -> str:
    """What was said: all of it, or its beginning with the rest to open."""
    if not line.lead:
        return f'<div class="say text">{broken(line.text)}</div>' if line.text else ""
    return (
        f'<details class="say long"><summary><span class="lead-text">{escape(line.lead)}</span></summary>'
        f'<div class="text">{broken(line.text)}</div></details>'
    )


def earlier(line: Line) -> str:
    if not line.quoted:
        return ""
    return (
        '<details class="quoted"><summary>Earlier messages in this mail</summary>'
        f'<div class="say text">{broken(line.quoted)}</div></details>'
    )


def files(line: Line) -> str:
    if not line.attachments:
        return ""
    items = "".join(f'<li>{icon("clip")}<span class="breaks">{escape(name)}</span></li>' for name in line.attachments)
    return f'<ul class="files small">{items}</ul>'


def visit(line: Line) -> str:
    if not line.visit_id:
        return ""
    address = line.visit_address
    return (
        f'<details class="visit"><summary>{line.steps} steps</summary>'
        f'<div hx-get="{address}" hx-trigger="toggle from:closest details once" hx-target="this" hx-swap="innerHTML">'
        f'<p><a class="do" href="{address}">See the steps of this visit</a></p></div></details>'
    )


def call(line: Line) -> str:
    """Where a call is heard and read; fetched once it is opened."""
    if not line.call_id:
        return ""
    address = line.call_address
    return (
        '<details class="heard-here"><summary>Recording and transcript</summary>'
        f'<div hx-get="{address}" hx-trigger="toggle from:closest details once" hx-target="this" hx-swap="innerHTML">'
        f'<p><a class="do" href="{address}">Listen to this call and read it</a></p></div></details>'
    )


def broken(text: str) -> str:
    """A text with its line breaks."""
    return escape(text.replace("\r\n", "\n").replace("\r", "\n")).replace("\n", "<br>")


# Customers


def people(rows: Iterable[Row], *, is_picked_from: bool = False) -> SafeString:
    """The list items of some customers. is_picked_from: with a box to pick each for a merge."""
    return SafeString("\n".join(person(row, picked(row) if is_picked_from else "") for row in rows))


def picked(row: Row) -> str:
    who = row.portrait
    return (
        f'<label class="pick-one"><input type="checkbox" form="merging" name="customer" value="{who.public_id}" '
        f'aria-label="Pick {escape(said_contact(who.name))} for a merge"></label>'
    )


def person(row: Row, box: str = "") -> str:
    who = row.portrait
    shared = ' <span class="tag">shared</span>' if who.is_shared else ""
    contacts = "".join(f"<span>{escape(said_as(value, kind))}</span>" for kind, value in who.contacts[:CONTACTS_SHOWN])
    opening = '<li class="pickable">' if box else "<li>"
    return (
        f'{opening}{box}<a href="{row.address}"><span class="name">{escape(said_contact(who.name))}{shared}</span>\n'
        f'<span class="reach quiet">{contacts or "<span>no address yet</span>"}</span>\n'
        f"{matched(row.matched)}{last_contact(row.last)}</a></li>"
    )


def matched(found: tuple[str, str] | None) -> str:
    """What a search found: its kind, and the text."""
    if not found:
        return ""
    kind, text = found
    return f'<span class="hit small"><span class="quiet">{escape(kind)}</span> {escape(text)}</span>\n'


def last_contact(last: Last | None) -> str:
    if not last:
        return ""
    return (
        f'<span class="when small {channel_class(last.channel)}">{icon(channel_icon(last.channel))}'
        f'<span>{channel_word(last.channel)}, <time datetime="{moment(last.at)}">{ago(last.at)}</time></span></span>'
    )


# The record


def golden(record: Record) -> SafeString:
    """The golden record, field by field; then the fields of which no value fits."""
    labels = {name: field.label for name, field in record.rules.fields.items()}
    fields = [golden_field(labels.get(name) or field_label(name), field) for name, field in record.golden.items()]
    return SafeString(
        "\n".join([*fields, *(unfit(labels.get(n) or field_label(n), v) for n, v in record.unfit.items())])
    )


def unfit(label: str, values: tuple[Assertion, ...]) -> str:
    """A field of which no value fits: it shows none, and what was said opens."""
    return f'<div><dt>{escape(label)}</dt>\n<dd><span class="quiet">Nothing that fits</span>{others(values)}</dd></div>'


def golden_field(label: str, field: GoldenField) -> str:
    shown = field.shown
    more = f" and {len(field.agreeing)} more" if field.agreeing else ""
    return (
        f"<div><dt>{escape(label)}</dt>\n"
        f'<dd><span class="breaks">{escape(trait_value(shown.value, shown.name))}</span>\n'
        f'<span class="src">{escape(shown.source)}, <time datetime="{moment(shown.at)}">{short_day(shown.at)}</time>'
        f"{more}</span>{why(field)}{others(field.others)}</dd></div>"
    )


def why(field: GoldenField) -> str:
    """Why the value shows, where there was a choice, or somebody has checked it."""
    is_told = field.others or field.shown.is_verified
    return f'\n<span class="src">{escape(field.why)}</span>' if is_told else ""


def others(values: tuple[Assertion, ...]) -> str:
    """The other values of a field, to open."""
    if not values:
        return ""
    items = "".join(
        f'<li><span class="breaks">{escape(trait_value(other.value, other.name))}</span> '
        f'<span class="src">{escape("; ".join(filter(None, [said_by(other), other.flaw])))}</span></li>'
        for other in values
    )
    counted = f"{len(values)} other value{'s' if len(values) != 1 else ''}"
    return f'\n<details class="others"><summary>{counted}</summary><ul>{items}</ul></details>'


def said_by(one: Assertion) -> str:
    return f"{one.source}, {short_day(one.at)}"


def contacts(identifiers: Iterable[Identifier]) -> SafeString:
    """The list items of the addresses and numbers by which somebody is reached."""
    return SafeString("\n".join(contact(one) for one in identifiers))


def contact(one: Identifier) -> str:
    number = "num " if one.kind == Kind.PHONE else ""
    return (
        f'<li>{icon(contact_icon(one.kind))}<span><span class="sr">{kind_word(one.kind)}: </span>'
        f'<span class="{number}breaks">{escape(identifier_value(one))}</span>{shared_as(one)}</span></li>'
    )


def shared_as(one: Identifier) -> str:
    return f'<span class="src">shared: {escape(one.get_shared_display())}</span>' if one.is_shared else ""


def known(identifiers: Iterable[Identifier]) -> SafeString:
    """The list items of some identifiers."""
    return SafeString("\n".join(identifier(one) for one in identifiers))


def identifier(one: Identifier) -> str:
    return (
        f'<li><span class="quiet">{kind_word(one.kind)}</span> '
        f'<span class="breaks" title="{escape(one.value)}">{escape(identifier_value(one))}</span>{shared_as(one)}</li>'
    )
