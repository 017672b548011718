"""What people may set of a Twilio source."""

from xml.parsers import expat

from integrations.errors import BadSetting
from integrations.setting import Setting, numbers, text

ROUTED = "rules"
EXAMPLE = "<Response><Dial>+441632960200</Dial></Response>"


def twiml(typed: str, country: str) -> str:
    """TwiML, if Twilio can read it. Raises BadSetting."""
    answer = typed.strip()
    if answer and root(answer) != "Response":
        raise BadSetting(f"TwiML begins with <Response> and ends with </Response>, for example {EXAMPLE}")
    return answer


def routing(typed: str, country: str) -> str:
    """Whether the rules answer. Raises BadSetting."""
    wanted = typed.strip().casefold()
    if wanted not in ("", ROUTED):
        raise BadSetting(f"write {ROUTED}, or leave it empty")
    return wanted


def root(document: str) -> str:
    """The name of an XML document's outermost element. Raises BadSetting when it is not well-formed, or has a DTD."""
    names: list[str] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, attributes: names.append(name)
    parser.StartDoctypeDeclHandler = refuse_doctype
    try:
        parser.Parse(document, True)
    except expat.ExpatError as error:
        told = expat.errors.messages[error.code]
        raise BadSetting(f"this is not XML: {told} in line {error.lineno}; write it like {EXAMPLE}") from None
    return names[0]


def refuse_doctype(*_: object) -> None:
    raise BadSetting("leave the DOCTYPE out: Twilio reads none")


SETTINGS = (
    Setting(
        "twiml",
        "Answer to a call (TwiML)",
        f"What Twilio is to do when a call comes in, for example {EXAMPLE}. Left empty: nothing.",
        twiml,
        lines=3,
    ),
    Setting(
        "routing",
        "Who says where calls go",
        f"Write {ROUTED} to have the routing rules answer: an agent's phone is rung, or the call joins a queue of"
        " Twilio's of the same name. Left empty: the TwiML above.",
        routing,
    ),
    Setting(
        "agent_numbers",
        "Phones of agents",
        "Numbers that a <Dial> rings at your own end, one to a line. They are never customers.",
        numbers,
        lines=4,
    ),
    Setting(
        "auth_token",
        "Auth token",
        "Only where it is not the source's secret already: Twilio signs with it.",
        text,
        is_secret=True,
    ),
)
