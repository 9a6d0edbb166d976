"""Opens a session with whatever proves who we are, and with another proof where the first one is not taken."""

from __future__ import annotations

from ..config import Config
from .auth import Credential
from .connection import Connection
from .errors import LinkFailure


async def open_session(config: Config, credential: Credential) -> Connection:
    """A configured session. Raises LinkFailure: of the last attempt; there are as many as there are proofs."""
    while True:
        connection = Connection(config)
        try:
            await connection.open(await credential.headers())
        except LinkFailure as failure:
            if not credential.refused(failure):
                raise
        else:
            credential.accepted()
            return connection
