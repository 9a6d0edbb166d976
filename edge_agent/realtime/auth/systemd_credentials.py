"""What systemd hands over to the service: systemd.exec(5), CREDENTIALS.

Two credentials of one service cannot have one name, so what was sealed with systemd-creds has one of its own. What is
imported (ImportCredential=, from systemd 254 on) is called as its file.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

FILED, SEALED = "edge-agent.", "edge-agent.sealed."


def handed_over(name: str, environ: Mapping[str, str]) -> Path | None:
    """The file of a credential, plain or sealed; None: there is none."""
    directory = environ.get("CREDENTIALS_DIRECTORY")
    if not directory:
        return None
    files = [Path(directory) / f"{prefix}{name}" for prefix in ("", FILED, SEALED)]
    return next((file for file in files if file.exists()), None)


def completed(environ: Mapping[str, str]) -> Mapping[str, str]:
    """The environment, plus what was handed over, in the variables that azure-identity knows; what is set stays."""
    given = {}
    if file := handed_over("client-certificate", environ):
        given["AZURE_CLIENT_CERTIFICATE_PATH"] = str(file)
    if file := handed_over("client-secret", environ):
        given["AZURE_CLIENT_SECRET"] = file.read_text("utf-8").strip()
    return {**given, **{name: value for name, value in environ.items() if value}} if given else environ
