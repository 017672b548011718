"""HTML from strangers: made safe to show, and turned into text. Pure."""

import re
from html.parser import HTMLParser

import nh3

MAX_HTML = 200_000  # characters
MAX_DEPTH = 200  # the sanitiser is quadratic in depth: 50,000 nested elements took 12 s
TAGS = {
    "a", "b", "blockquote", "br", "caption", "code", "dd", "del", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4",
    "h5", "h6", "hr", "i", "ins", "li", "ol", "p", "pre", "s", "small", "span", "strong", "sub", "sup", "table",
    "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
DROPPED_WHOLE = {
    "script", "style", "title", "head", "svg", "math", "iframe", "object", "embed", "noscript", "template", "textarea",
    "select", "option", "noembed", "noframes", "xmp", "plaintext",
}  # fmt: skip
ATTRIBUTES = {"*": set(), "a": {"href", "title"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
SCHEMES = {"http", "https", "mailto", "tel"}
# Where mail programs put what is quoted; the text of these is marked with ">".
QUOTE_CLASSES = {"gmail_quote", "gmail_extra", "yahoo_quoted", "protonmail_quote", "tutanota_quote", "moz-cite-prefix"}
BLOCKS = {"p", "div", "tr", "table", "ul", "ol", "dl", "dd", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "caption"}
SPACED = {"p", "ul", "ol", "table", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6"}
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
UNCOUNTED = {"p", "li", "td", "th", "tr", "dt", "dd", "br", "hr", "img", "meta", "link", "input", "col", "wbr", "area"}
ANY_TAG = re.compile(r"<[^<>]{0,5000}>")


def sanitised(html: str) -> str:
    """HTML that cannot run, load or style anything; empty when it is too deep to be a mail."""
    cut = html[:MAX_HTML]
    if is_too_deep(cut):
        return ""
    return nh3.clean(
        cut, tags=TAGS, clean_content_tags=DROPPED_WHOLE, attributes=ATTRIBUTES, url_schemes=SCHEMES,
        url_relative="deny", link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    ).strip()  # fmt: skip


def is_too_deep(html: str) -> bool:
    """Whether elements are nested past all reason; those whose end may be left out are not counted."""
    depth = 0
    for closing, name in TAG.findall(html):
        if name.lower() in UNCOUNTED:
            continue
        depth = max(0, depth - 1) if closing else depth + 1
        if depth > MAX_DEPTH:
            return True
    return False


def text_of(html: str) -> str:
    """HTML as plain text: blocks are lines, quotes are marked with ">"."""
    cut = html[:MAX_HTML]
    if is_too_deep(cut):
        return ANY_TAG.sub(" ", cut)
    classes = {"*": set[str](), "div": {"class"}, "blockquote": {"class"}}
    clean = nh3.clean(cut, tags=TAGS, clean_content_tags=DROPPED_WHOLE, attributes=classes, link_rel=None)
    reader = Reader()
    reader.feed(clean)
    reader.close()
    return reader.text()


class Reader(HTMLParser):
    """Collects the text of sanitised, so well-formed, HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = [""]
        self.open: list[tuple[str, bool]] = []  # (tag, whether it is a quote)
        self.quotes = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("br", "hr"):
            self.lines.append("")
            return
        classes = set((dict(attrs).get("class") or "").split())
        is_quote = tag == "blockquote" or bool(classes & QUOTE_CLASSES)
        if tag in BLOCKS or is_quote:
            self.break_line()
        if tag in ("td", "th") and self.lines[-1]:
            self.lines[-1] += " "
        if tag == "li":
            self.break_line()
            self.lines[-1] = "- "
        self.open.append((tag, is_quote))
        self.quotes += is_quote

    def handle_endtag(self, tag: str) -> None:
        if not any(name == tag for name, _ in self.open):
            return
        while self.open:
            name, is_quote = self.open.pop()
            if name in BLOCKS or is_quote:
                self.break_line()
            self.quotes -= is_quote
            if name in SPACED and self.lines[-1:] == [""]:
                self.lines.append("")
            if name == tag:
                return

    def handle_data(self, data: str) -> None:
        if any(name == "pre" for name, _ in self.open):
            first, *others = data.split("\n")
            self.add(first)
            for line in others:
                self.lines.append("")
                self.add(line)
            return
        words = " ".join(data.split())
        before = " " if data[:1].isspace() and self.lines[-1] else ""
        after = " " if data[-1:].isspace() and words else ""
        self.add(before + words + after if words else before)

    def add(self, text: str) -> None:
        if text and not self.lines[-1] and self.quotes:
            self.lines[-1] = "> "
        self.lines[-1] += text

    def break_line(self) -> None:
        if self.lines[-1]:
            self.lines.append("")

    def text(self) -> str:
        stripped = [line.rstrip() for line in self.lines]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(stripped).replace("\xa0", " ")).strip()
