"""Numbers that no advertisement ever rang: what is no number, and what is kept free for drama and tests."""

import re

import phonenumbers

# Ofcom's for drama (any area; 01632; mobile), North America's 555-01xx. https://www.ofcom.org.uk
AREAS = (
    "7700900 1632960 2079460 1134960 1144960 1154960 1164960 1174960 1184960 1214960 1314960 1414960 1514960 1614960 "
    "1914980 2896496 2920180 8081570 9098790 3069990"
).split()
DRAMA = re.compile(rf"^\+(44({'|'.join(AREAS)})\d*|1\d{{3}}55501\d\d)$")


def telephone_fault(line: str) -> str:
    """Why nobody is told by this number; "" where they may be."""
    if not line:
        return "the caller’s number was withheld"
    try:
        number = phonenumbers.parse(line)
    except phonenumbers.NumberParseException:
        return "the caller’s number is not written as +447911123456"
    if DRAMA.match(line):
        return "the caller’s number is one for drama and tests"
    return "" if phonenumbers.is_possible_number(number) else "the caller’s number cannot be"
