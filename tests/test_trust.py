"""What somebody may have put into SSL_CERT_FILE."""

from __future__ import annotations

from pathlib import Path
from ssl import PEM_cert_to_DER_cert

import pytest

from edge_agent.realtime.trust import trust_complaint

from .conftest import CA

PEM = CA.cert_pem.bytes()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (PEM, ""),
        (PEM_cert_to_DER_cert(PEM.decode()), "is in DER form; convert it: openssl x509 -inform der"),
        (b"hello", "contains no certificate"),
        (b"", "contains no certificate"),
        (PEM[: len(PEM) // 2], "is not valid PEM"),
    ],
)
def test_files_of_certificates(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "ca.crt"
    file.write_bytes(content)
    said = trust_complaint({"SSL_CERT_FILE": str(file)})
    assert (words in said) if words else not said


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    said = trust_complaint({"SSL_CERT_FILE": str(tmp_path / "none")})
    assert "cannot be read (No such file or directory); correct the path" in said
    assert trust_complaint({}) == ""
