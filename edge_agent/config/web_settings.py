"""The pages for browsers: whether, where and for whom. Pure."""

from __future__ import annotations

from ..vocabulary.frozen import frozen
from .addresses import host_and_port, is_loopback
from .changes import CHANGEABLE
from .setting import listed, setting

ON = "on"
LOCAL = "127.0.0.1:8080"


@frozen
class WebSettings:
    """Pages for a browser: how the device is, captions, and talking."""

    address: str = setting(
        "",
        f'Address to serve them at, as in {LOCAL}, which "{ON}" stands for; or [::]:8080 for the whole network: a'
        " browser then needs the link that 'edge-agent web link' prints. Empty: off.",
    )
    captions: bool = setting(
        False, "Also serve /captions: what both sides say, as they say it, until the visit is over."
    )
    captions_qr: bool = setting(
        False,
        "Also show a QR code there: with it, telephones follow the captions of this visit, and see nothing else"
        " (segno must be installed).",
    )
    talk: bool = setting(
        False,
        "Also serve /talk: once the person at the device has pressed its button to allow it, a browser is its"
        " microphone and speaker for ten minutes. For operators alone.",
    )
    names: str = setting(
        "",
        "Names by which browsers reach this device, separated by commas, as in kiosk.example. Its addresses, localhost"
        " and its own host name need not be listed. With names, every browser needs the link.",
    )
    certificate: str = setting("", "File with the TLS certificate (PEM), and those above it. Empty: no TLS.")
    private_key: str = setting(
        "", "File with the key of the certificate; the service must be able to read it."
    )

    may_set: str = setting(
        CHANGEABLE,
        "What an operator may change on the technician's page, and the group of the control socket with 'edge-agent"
        " config set': of these sections, and settings as section.name, what cannot harm (docs/web.md). Empty:"
        " nothing.",
    )

    @property
    def listens_at(self) -> str:
        """HOST:PORT; empty: nowhere."""
        return LOCAL if self.address == ON else self.address

    @property
    def is_local(self) -> bool:
        """Whether only this machine can connect."""
        return is_loopback(host_and_port(self.listens_at)[0])

    @property
    def needs_link(self) -> bool:
        """Whether others may come, over the network or through a proxy on this machine that `names` tells of."""
        return not self.is_local or bool(self.known_names)

    @property
    def known_names(self) -> frozenset[str]:
        return frozenset(name.lower() for name in listed(self.names))
