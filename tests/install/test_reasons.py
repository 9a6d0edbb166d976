"""What pip and apt wrote, in a line that says what to do."""

from __future__ import annotations

import pytest

from edge_agent.install.reasons import is_of_the_way, reason

NAME = """WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError('<HTTPSConnection>: Failed
to establish a new connection: [Errno -3] Temporary failure in name resolution')': /simple/lgpio/
ERROR: Could not find a version that satisfies the requirement lgpio>=0.2.2 (from versions: none)
ERROR: No matching distribution found for lgpio>=0.2.2"""
TLS = """Could not fetch URL https://pypi.org/simple/lgpio/: There was a problem confirming the ssl certificate:
(Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]')))
ERROR: No matching distribution found for lgpio>=0.2.2"""
FULL = "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"
NO_WHEEL = """ERROR: Could not find a version that satisfies the requirement lgpio>=0.2.2 (from versions: none)
ERROR: No matching distribution found for lgpio>=0.2.2"""
APT = "E: Failed to fetch http://packages.example/x.deb  Could not connect to packages.example:80"


@pytest.mark.parametrize(
    ("said", "of_the_way", "words"),
    [
        (NAME, True, "network: the name of the index does not resolve; check the network and DNS"),
        (TLS, True, "TLS: the certificate of the index is not trusted; check the clock"),
        (FULL, True, "the disk is full; free some space"),
        ("ProxyError('Cannot connect to proxy.')", True, "the proxy refuses; check HTTPS_PROXY"),
        (APT, True, "network: the index cannot be reached"),
        (NO_WHEEL, False, "the index has no wheel of lgpio>=0.2.2 for this Python"),
        ("Traceback\nERROR: it broke\nbye", False, "ERROR: it broke"),
        ("first\nlast\n", False, "last"),
        ("", False, "it does not say why"),
    ],
)
def test_reasons(said: str, of_the_way: bool, words: str) -> None:
    assert is_of_the_way(said) is of_the_way
    assert reason(said, "the index").startswith(words)
