"""Certificates that OpenSSL takes, and Python 3.13 refuses: it checks them by RFC 5280 (VERIFY_X509_STRICT)."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from edge_agent.realtime.errors import what_next

HOST = "voice.test"
SIGNS = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


class Authority:
    """A CA, and what it leaves out; `issue` makes the files of a server's certificate."""

    def __init__(self, lacks: str) -> None:
        self._lacks, self._key, self._name = (
            lacks,
            ec.generate_private_key(ec.SECP256R1()),
            named("Office CA"),
        )
        built = self._built(self._name, self._key)
        if lacks != "constraints":
            constraints = x509.BasicConstraints(ca=True, path_length=None)
            built = built.add_extension(constraints, critical=lacks != "critical")
        if lacks != "usage":
            built = built.add_extension(SIGNS, critical=True)
        if lacks != "subject key":
            subject = x509.SubjectKeyIdentifier.from_public_key(self._key.public_key())
            built = built.add_extension(subject, critical=False)
        self.pem = built.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()

    def issue(self, file: Path) -> Path:
        key = ec.generate_private_key(ec.SECP256R1())
        built = self._built(named(HOST), key).add_extension(
            x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False
        )
        if self._lacks != "authority key":
            signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
            built = built.add_extension(signer, critical=False)
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + built.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        )
        return file

    def _built(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
        )


def shake(lacks: str, folder: Path, *, strict: bool) -> None:
    """A handshake with a server of that CA. Raises what the client raises."""
    authority = Authority(lacks)
    serves = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serves.load_cert_chain(authority.issue(folder / "server.pem"))
    trusts = ssl.create_default_context(cadata=authority.pem)
    if strict:
        trusts.verify_flags |= ssl.VERIFY_X509_STRICT
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    client, server = (
        trusts.wrap_bio(down, up, server_hostname=HOST),
        serves.wrap_bio(up, down, server_side=True),
    )
    for _ in range(4):
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue


def test_a_ca_that_leaves_nothing_out(tmp_path: Path) -> None:
    shake("nothing", tmp_path, strict=True)


@pytest.mark.parametrize("lacks", ["critical", "usage", "subject key", "authority key"])
def test_what_is_refused_is_told_with_what_helps(lacks: str, tmp_path: Path) -> None:
    shake(lacks, tmp_path, strict=False)
    with pytest.raises(ssl.SSLCertVerificationError) as caught:
        shake(lacks, tmp_path, strict=True)
    failure = what_next(caught.value)
    assert failure.code == "certificate"
    assert "does not keep to RFC 5280" in failure.message
    assert "issued again, with Basic Constraints and Key Usage" in failure.message
