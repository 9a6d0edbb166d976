"""Whether the file of trusted certificates that somebody has named can be used: OpenSSL passes over it in silence."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from pathlib import Path

VARIABLE = "SSL_CERT_FILE"


def trust_complaint(environ: Mapping[str, str] = os.environ) -> str:
    """What is wrong with it and what to do; empty: nothing, or none is named."""
    name = environ.get(VARIABLE, "")
    if not name:
        return ""
    try:
        data = Path(name).read_bytes()
    except OSError as error:
        return (
            f"{VARIABLE} names {name}, which cannot be read ({error.strerror}); correct the path, or unset it"
        )
    if b"-----BEGIN" not in data:
        if data[:1] == b"\x30":
            return (
                f"{VARIABLE} names {name}, which is in DER form; convert it:"
                f" openssl x509 -inform der -in {name} -out {Path(name).with_suffix('.pem')}"
            )
        return f"{VARIABLE} names {name}, which contains no certificate; it must be a PEM file"
    try:
        ssl.create_default_context(cafile=name)
    except ssl.SSLError as error:
        return f"{VARIABLE} names {name}, which is not valid PEM ({error.reason}); copy it again"
    return ""
