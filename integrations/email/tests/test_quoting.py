"""The new text of a mail, and what is folded away."""

import time

import pytest

from integrations.email.quoting import fold_quotes
from integrations.email.sanitising import text_of


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("Hello", "Hello"),
        ("Yes.\n\nOn Mon, Ann wrote:\n> Really?", "Yes."),
        ("Yes.\n\nOn Mon, 2 Nov 2026 at 17:02, A very long name\n<a@example.com> wrote:\n\n> Really?", "Yes."),
        ("Ja.\n\nAm 02.11.26 um 17:02 schrieb Ann Lee:\n> Wirklich?", "Ja."),
        ("Oui.\n\nLe lun. 2 nov. 2026, Ann a écrit :\n> Vraiment ?", "Oui."),
        ("Yes.\n\n-----Original Message-----\nFrom: Ann\nReally?", "Yes."),
        ("Yes.\n\n________________________________\nFrom: Ann\nSent: Mon\nSubject: x\n\nReally?", "Yes."),
        ("Yes.\n\nFrom: Ann\nSent: Monday\nTo: Bob\nSubject: x\n\nReally?", "Yes."),
        ("Yes.\n-- \nAnn\n07700 900123", "Yes."),
        ("Yes.\n\nSent from my iPhone", "Yes."),
        ("Yes.\n\nSent from my iPhone\n\n> On 2 Nov 2026, Ann wrote:\n>\n> Really?", "Yes."),
        ("On Mon, Ann wrote:\n> Really?\n\nYes, below.", "Yes, below."),
        ("> One?\nYes\n> Two?\nNo", "Yes\nNo"),
        ("On Monday I wrote: nothing.\nThen I rang.", "On Monday I wrote: nothing.\nThen I rang."),
        ("From: Ayr\nTo: Nassau\nDate: 5 May\nHow much?", "From: Ayr\nTo: Nassau\nDate: 5 May\nHow much?"),
        ("-----Forwarded Message-----\nFrom: Ann", "-----Forwarded Message-----\nFrom: Ann"),
        ("On Monday I wrote:\nNobody answered.", "On Monday I wrote:\nNobody answered."),
        ("> only a quote", "> only a quote"),
        ("", ""),
    ],
)  # fmt: skip
def test_the_new_text_is_told_from_the_old(text: str, new: str) -> None:
    folded = fold_quotes(text)
    assert folded.new == new


@pytest.mark.parametrize(
    "text", ["Hello", "Yes.\n\nOn Mon, Ann wrote:\n> Really?\n\nAnd more", "A\n-- \nB\nC", "> a\nb\n> c"]
)
def test_no_line_is_lost(text: str) -> None:
    folded = fold_quotes(text)
    found = sorted(line for line in f"{folded.new}\n{folded.rest}".split("\n") if line.strip())
    assert found == sorted(line for line in text.split("\n") if line.strip())


@pytest.mark.parametrize(
    "text", ["\n" * 200_000, "On " * 60_000, "On Monday\n" * 20_000, "> " * 90_000, "From: a\n" * 20_000, "-" * 200_000]
)
def test_a_crafted_text_takes_no_longer_than_another(text: str) -> None:
    started = time.perf_counter()
    fold_quotes(text)
    assert time.perf_counter() - started < 5  # a library took minutes; this takes half a second


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("One<br>Two<br><br>Three", "One\nTwo\n\nThree"),
        ("<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
        ("<div>a<div>b</div>c</div>", "a\nb\nc"),
        ("<blockquote>old<br>older</blockquote>new", "> old\n> older\n\nnew"),
        ('<div class="gmail_quote x">old</div>', "> old"),
        ("a &amp; b &lt;c&gt;&nbsp;d", "a & b <c> d"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a b"),
        ("<style>p{}</style><title>t</title><script>x</script>seen", "seen"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("plain", "plain"),
        ("", ""),
    ],
)  # fmt: skip
def test_html_reads_like_its_page(html: str, text: str) -> None:
    assert text_of(html) == text
