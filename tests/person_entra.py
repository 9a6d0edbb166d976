"""Microsoft Entra ID on loopback, where a person signs a device in, for the real msal."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable

from edge_agent.realtime.auth.person import CLIENT_ID

from .token_endpoint import Answer, TokenEndpoint, refusal

PENDING = refusal("authorization_pending", "AADSTS70016: not yet", 400)
PERSON = "technician@example.com"


def signed_in(text: str, lives_s: int = 3600) -> Answer:
    claims = {
        "iss": "x",
        "sub": "1",
        "aud": CLIENT_ID,
        "exp": time.time() + 9999,
        "preferred_username": PERSON,
        "oid": "o",
        "tid": "t",
    }
    said = {
        "token_type": "Bearer",
        "access_token": text,
        "refresh_token": f"refresh-{text}",
        "expires_in": lives_s,
        "scope": "https://ai.azure.com/.default",
        "id_token": f"{_encoded({'alg': 'none'})}.{_encoded(claims)}.",
        "client_info": _encoded({"uid": "u", "utid": "t"}),
    }
    return Answer(json.dumps(said))


def _encoded(said: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")


class PersonEntra(TokenEndpoint):
    """`tokens`: what the token endpoint answers, one after the other, and the last for good."""

    def __init__(self, *tokens: Answer, interval_s: int = 0, lives_s: int = 900) -> None:
        super().__init__(self._answer)
        self.tokens = list(tokens)
        self._interval_s, self._lives_s = interval_s, lives_s
        self.on_poll: Callable[[], None] = lambda: None

    def posted(self) -> list[str]:
        """The bodies of the requests for tokens."""
        return [asked.split("\r\n\r\n")[1] for asked in self.asked if "/token HTTP" in asked]

    def _answer(self, number: int, head: str) -> Answer:
        path = head.split(" ")[1]
        if "openid-configuration" in path:
            tenant = f"{self.url}/{path.split('/')[1]}"
            where = {
                "issuer": tenant,
                "authorization_endpoint": f"{tenant}/oauth2/v2.0/authorize",
                "token_endpoint": f"{tenant}/oauth2/v2.0/token",
                "device_authorization_endpoint": f"{tenant}/oauth2/v2.0/devicecode",
            }
            return Answer(json.dumps(where))
        if path.endswith("/devicecode"):
            code = {
                "user_code": "ABC-123",
                "device_code": "secret-code",
                "verification_uri": "https://login.example/device",
                "expires_in": self._lives_s,
                "interval": self._interval_s,
                "message": "x",
            }
            return Answer(json.dumps(code))
        self.on_poll()
        return self.tokens.pop(0) if len(self.tokens) > 1 else self.tokens[0]
