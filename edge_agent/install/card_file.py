"""What somebody writes on the card of a new device, on any laptop: lines like `wifi_name = Home`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..config.keys import BadKeys, keys_in
from ..config.pasted import BLANKS, QUOTES, unwrapped
from ..config.suggest import did_you_mean
from ..vocabulary.frozen import frozen

NAMES = (
    *("provider", "endpoint", "deployment", "sign_in", "key"),
    *("board", "microphone", "speaker", "mode", "language"),
    *("wifi_name", "wifi_password", "wifi_country", "user", "user_password"),
)
# a page makes nobody root
NOT_OF_THE_PAGE = ("user", "user_password", "wifi_country")
MARKS = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}  # at the beginning
HEX_KEY = re.compile(r"[0-9A-Fa-f]{64}")
USER = re.compile(r"[a-z][a-z0-9_-]{0,30}")
SHORTEST_PASSWORD = 8


@frozen
class CardFile:
    """What it says; empty: nothing. `lines`: where, from 1, by name."""

    values: Mapping[str, str]
    lines: Mapping[str, int]

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")

    def place(self, name: str) -> str:
        """For people."""
        return f"line {self.lines[name]}: {name}"


def parse_card_file(data: bytes) -> tuple[CardFile, list[str]]:
    """With what is wrong, a line each."""
    text, complaint = _decoded(data)
    if complaint:
        return CardFile({}, {}), [complaint]
    values: dict[str, str] = {}
    lines: dict[str, int] = {}
    complaints = []
    for number, line in enumerate(text.splitlines(), 1):
        if not (line := line.strip("\ufeff\u200b\0 \t")) or line[0] in "#;":
            continue
        name, value, complaint = _read(line)
        if not complaint and name in lines:
            complaint = f"{name} is in line {lines[name]} too; remove one of them"
        if complaint:
            complaints.append(f"line {number}: {complaint}")
        elif value:
            values[name], lines[name] = value, number
    card = CardFile(values, lines)
    return card, complaints + [f"{card.place(name)} {what}" for name, what in _wrong(card)]


def card_text(values: Mapping[str, str]) -> str:
    """What `parse_card_file` reads these values from; none may hold a line end. Where it has quotes of many kinds, a
    value may come out as another."""
    return "".join(f"{name} = {_quoted(value)}\n" for name, value in values.items() if value)


def _quoted(value: str) -> str:
    fitting = (quote for quote, closing in QUOTES.items() if closing not in value and quote != "<")
    quote = next(fitting, "") if value[0] in QUOTES else ""
    return f"{quote}{value}{QUOTES.get(quote, '')}"


def _decoded(data: bytes) -> tuple[str, str]:
    """(text, complaint)"""
    if data.startswith(b"{\\rtf"):
        return "", "the file is rich text, not plain text; in TextEdit: Format, Make Plain Text"
    if data.startswith(b"PK"):
        return "", "the file is a document of an office program; save it as plain text"
    encoding = next((MARKS[mark] for mark in MARKS if data.startswith(mark)), _unmarked(data))
    try:
        return data.decode(encoding), ""
    except UnicodeDecodeError as error:
        number = data[: error.start].count(b"\n") + 1
        return "", f"line {number} has letters that are not UTF-8; save the file with the encoding UTF-8"


def _unmarked(data: bytes) -> str:
    """The encoding, where the first character is ASCII."""
    if re.match(rb"[^\0]\0", data):
        return "utf-16-le"
    return "utf-16-be" if re.match(rb"\0[^\0]", data) else "utf-8"


def _read(line: str) -> tuple[str, str, str]:
    """(name, value, complaint) of a line. It may be a password, so nothing of it is repeated but what is close to a
    name."""
    if "\0" in line:
        return "", "", "has zero bytes in it; save the file as plain text, with the encoding UTF-8"
    split = re.match(r"([^=:]*)[=:](.*)", line)
    if not split:
        return "", "", "is not a setting; write it as in wifi_name = Home"
    written = split[1].strip()
    name = next((known for known in NAMES if _letters(known) == _letters(written)), "")
    if not name:
        hint = did_you_mean(written.lower(), NAMES)
        shown = repr(written) if "did you mean" in hint else "what stands before the sign"
        return "", "", f"{shown} is not known here{hint}"
    return name, unwrapped(split[2]), _misquoted(name, split[2].strip(BLANKS))


def _misquoted(name: str, value: str) -> str:
    """What is wrong with the quotes around it; empty: nothing."""
    closing = QUOTES.get(value[:1], "")
    if not closing or closing == ">":
        return ""
    rest = value[1:]
    if closing not in rest:
        return f"the quote before the value of {name} is not closed"
    if rest.endswith(closing) and f"{closing} " not in rest:
        return ""
    return f"text follows the quote that closes the value of {name}; remove it"


def _letters(name: str) -> str:
    """`Wi-Fi name` is `wifi_name`."""
    return re.sub(r"[\W_]", "", name).lower()


def _wrong(card: CardFile) -> list[tuple[str, str]]:
    """(name, what is wrong with it)"""
    checks = {
        "key": _wrong_key(card["key"]),
        "wifi_name": "has more than 32 bytes; no network has" if len(card["wifi_name"].encode()) > 32 else "",
        "wifi_password": _wrong_wifi_password(card),
        "wifi_country": _wrong_country(card),
        "user": _wrong_user(card),
        "user_password": _wrong_password(card),
    }
    return [(name, what) for name, what in checks.items() if card[name] and what]


def _wrong_key(key: str) -> str:
    try:
        keys_in([key], "this line")
    except BadKeys as bad:
        return f"cannot be used: {bad}"
    return ""


def _wrong_wifi_password(card: CardFile) -> str:
    password = card["wifi_password"]
    if not card["wifi_name"]:
        return "needs a line wifi_name = ..."
    if HEX_KEY.fullmatch(password):
        return ""
    if not 8 <= len(password) <= 63:
        return f"has {len(password)} characters; those of Wi-Fi have 8 to 63"
    if not (password.isascii() and password.isprintable()):
        return "has letters with accents, or others that Wi-Fi does not know"
    return ""


def _wrong_country(card: CardFile) -> str:
    if not card["wifi_name"]:
        return "needs a line wifi_name = ..."
    return "" if re.fullmatch("[A-Za-z]{2}", card["wifi_country"]) else "takes two letters, as in DE"


def _wrong_user(card: CardFile) -> str:
    if not USER.fullmatch(card["user"]):
        return "is not a valid name; it takes small letters and digits, as in service"
    return "" if card["user_password"] else "needs a line user_password = ..."


def _wrong_password(card: CardFile) -> str:
    if not card["user"]:
        return "needs a line user = ..."
    if len(card["user_password"]) < SHORTEST_PASSWORD:
        return f"has fewer than {SHORTEST_PASSWORD} characters"
    return "" if card["user_password"].isprintable() else "has characters that cannot be typed"
