"""What people write on the card of a new device, with whatever their laptop makes of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.install.card_file import NAMES, parse_card_file
from edge_agent.install.wifi import wpa_supplicant_text

GOOD = """# my kiosk
endpoint = https://kiosk.openai.azure.com
key = 0123456789abcdef

wifi_name = Home & Garden
wifi_password = it is #1 = good
wifi_country = de
board = usb
user = service
user_password = let me in
"""
VALUES = {
    "endpoint": "https://kiosk.openai.azure.com",
    "key": "0123456789abcdef",
    "wifi_name": "Home & Garden",
    "wifi_password": "it is #1 = good",
    "wifi_country": "de",
    "board": "usb",
    "user": "service",
    "user_password": "let me in",
}


@pytest.mark.parametrize(
    "data",
    [
        GOOD.encode(),
        GOOD.replace("\n", "\r\n").encode("utf-8-sig"),
        GOOD.replace("\n", "\r").encode(),
        GOOD.encode("utf-16"),
        b"\xfe\xff" + GOOD.encode("utf-16-be"),
        GOOD.encode("utf-16-le"),
        GOOD.encode("utf-16-be"),
        GOOD.replace(" = ", "=").replace("it is #1=", "it is #1 = ").encode(),
        GOOD.replace("endpoint = ", "Endpoint: ").encode(),
        GOOD.replace("= https://kiosk.openai.azure.com", "= “https://kiosk.openai.azure.com”").encode(),
        GOOD.replace("= Home & Garden", '= "Home & Garden"\u00a0').encode(),
        GOOD.replace("wifi_name", " Wi-Fi name ").replace("user_password", "User Password").encode(),
        GOOD.replace("= 0123456789abcdef", "= AZURE_OPENAI_API_KEY='0123456789abcdef'").encode(),
        (GOOD + "deployment = \n\n\n").encode(),
        (GOOD + "\x00\x00").encode(),
    ],
)
def test_what_any_laptop_writes(data: bytes) -> None:
    card, complaints = parse_card_file(data)
    assert complaints == []
    assert {**card.values, "key": card["key"].rpartition("=")[2].strip("'")} == VALUES


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("kay = 1", "line 1: 'kay' is not known here; did you mean 'key'?"),
        ("frobnicate = 1", "line 1: what stands before the sign is not known here; choose from board, "),
        ("\n\nhello", "line 3: is not a setting; write it as in wifi_name = Home"),
        ("board = a\nboard = b", "line 2: board is in line 1 too; remove one of them"),
        ('wifi_name = "Home', "line 1: the quote before the value of wifi_name is not closed"),
        ("wifi_name = \u201eHome", "line 1: the quote before the value of wifi_name is not closed"),
        ('key = "abcdefgh"  # mine', "line 1: text follows the quote that closes the value of key; remove it"),
        ('key = "abcdefgh" # "mine"', "line 1: text follows the quote that closes the value of key; remove it"),
        ("wifi_name = \u201eHome\u201c, sweet", "line 1: text follows the quote that closes the value of wifi_name"),
        ("wifi_name = Ho\0me", "line 1: has zero bytes in it; save the file as plain text, with the encoding UTF-8"),
        ("wifi_name = " + "\u00fc" * 17, "line 1: wifi_name has more than 32 bytes; no network has"),
        ("wifi_name = a\nwifi_password = short", "line 2: wifi_password has 5 characters; those of Wi-Fi have 8 to 63"),
        (f"wifi_name = a\nwifi_password = {'x' * 65}", "line 2: wifi_password has 65 characters"),
        ("wifi_name = a\nwifi_password = gr\u00fcn gr\u00fcn", "line 2: wifi_password has letters with accents"),
        ("wifi_password = long enough", "line 1: wifi_password needs a line wifi_name = ..."),
        ("wifi_country = DE", "line 1: wifi_country needs a line wifi_name = ..."),
        ("wifi_name = a\nwifi_country = Germany", "line 2: wifi_country takes two letters, as in DE"),
        ("key = <your key>", "line 1: key cannot be used: the API key in this line is only a placeholder; put"),
        ("key = two words", "line 1: key cannot be used: the API key contains spaces or invalid characters"),
        ("user = Anna!\nuser_password = long enough", "line 1: user is not a valid name; it takes small"),
        ("user = anna", "line 1: user needs a line user_password = ..."),
        ("user_password = long enough", "line 1: user_password needs a line user = ..."),
        ("user = anna\nuser_password = short", "line 2: user_password has fewer than 8 characters"),
        ("user = anna\nuser_password = with\x07a bell", "line 2: user_password has characters that cannot be typed"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_a_line_with_its_place(text: str, complaint: str) -> None:
    _, complaints = parse_card_file(text.encode())
    assert [found[: len(complaint)] for found in complaints] == [complaint]
    assert "\n" not in complaints[0]


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"wifi_name = a\nwifi_password = gr\xfcn gr\xfcn", "line 2 has letters that are not UTF-8; save the file"),
        (b"\xff\xfek", "line 1 has letters that are not UTF-8"),
        (b"{\\rtf1\\ansi key = 1}", "the file is rich text, not plain text; in TextEdit: Format, Make Plain Text"),
        (b"PK\x03\x04 a document", "the file is a document of an office program; save it as plain text"),
    ],
)  # fmt: skip
def test_what_is_not_plain_text(data: bytes, complaint: str) -> None:
    card, complaints = parse_card_file(data)
    assert (card.values, len(complaints)) == ({}, 1)
    assert complaints[0].startswith(complaint)


def test_all_that_is_wrong_is_said_together_and_no_secret_with_it() -> None:
    _, complaints = parse_card_file(b"kay = 1\nwifi_name = a\nwifi_password = hunter2\nkey = my secret\n")
    assert [found.partition(":")[0] for found in complaints] == ["line 1", "line 4", "line 3"]
    assert not [found for found in complaints if "hunter2" in found or "secret" in found]


@pytest.mark.parametrize(
    "text",
    [
        "S3cret:Pass",
        "key =\nsk-proj-S3cret=",
        "user = S3cret!\nuser_password = long enough",
        "board = a\n=S3cret",
    ],
)
def test_a_secret_in_the_wrong_place_is_not_repeated(text: str) -> None:
    _, complaints = parse_card_file(text.encode())
    assert len(complaints) == 1
    assert "S3cret" not in complaints[0]


@pytest.mark.parametrize(
    ("written", "value"),
    [("'\"quoted\" and more'", '"quoted" and more'), ("\u2018Anna\u2019s\u2019", "Anna\u2019s"), ('""', "")],
)
def test_quotes_within_quotes_are_the_values_own(written: str, value: str) -> None:
    card, complaints = parse_card_file(f"wifi_name = {written}".encode())
    assert (card["wifi_name"], complaints) == (value, [])


@pytest.mark.parametrize("size", [0, 1, 2, 99])
def test_a_file_that_was_overwritten_and_not_yet_removed_says_nothing(size: int) -> None:
    card, complaints = parse_card_file(bytes(size))
    assert (card.values, complaints) == ({}, [])


def test_a_file_that_nobody_has_filled_in_says_nothing() -> None:
    card, complaints = parse_card_file("".join(f"{name} = \r\n" for name in NAMES).encode())
    assert (card.values, complaints) == ({}, [])


@given(st.binary() | st.text().map(str.encode) | st.lists(st.sampled_from([*NAMES, " = ", "\n", '"', "x" * 9])).map(
    lambda parts: "".join(parts).encode()
))  # fmt: skip
def test_whatever_is_on_the_card_it_is_read_or_refused_in_lines(data: bytes) -> None:
    card, complaints = parse_card_file(data)
    assert all(line.isprintable() and line for line in complaints)
    assert set(card.values) <= set(NAMES)
    assert all(card.values.values())


def test_a_network_as_wpa_supplicant_has_it() -> None:
    # the key: test vector of IEEE 802.11-2020, J.4.2
    assert wpa_supplicant_text("IEEE", "password", "de").splitlines() == [
        "ctrl_interface=DIR=/run/wpa_supplicant",
        "country=DE",
        "network={",
        "    ssid=49454545",
        "    scan_ssid=1",
        "    psk=f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e",
        "}",
    ]
    assert "psk=" + "ab" * 32 in wpa_supplicant_text("x", "AB" * 32, "")
    assert parse_card_file(b"wifi_name = x\nwifi_password = " + b"Ab" * 32)[1] == []
    assert "key_mgmt=NONE" in wpa_supplicant_text('an "open" one', "", "")
