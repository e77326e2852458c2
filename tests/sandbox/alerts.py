"""TLS alerts of an asyncio server: by itself it ends a connection whose handshake failed without saying why."""

from __future__ import annotations

import ssl


class Telling(ssl.SSLObject):
    """``context.sslobject_class``. The first failure is told as a wait, so that asyncio sends what there is to send: the alert."""

    failure: ssl.SSLError | None = None

    def do_handshake(self) -> None:
        if self.failure is not None:
            raise self.failure
        try:
            super().do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except ssl.SSLError as e:
            self.failure = e
            raise ssl.SSLWantReadError(ssl.SSL_ERROR_WANT_READ, "the alert is to be sent") from e  # 3.10 goes by the number
