"""How many bytes ``rsa.GenerateKey`` allocates for one RSA-2048 key, by Go version, as a heap profile counts them."""

from __future__ import annotations

import re

from msgspec import Struct

_GO = re.compile(r"go1\.(\d{1,3})")
MB = 1_000_000


class KeySize(Struct, frozen=True):
    """Go 1.``first`` up to, not including, 1.``before``. Bytes for one key lie between ``low`` and ``high``."""

    first: int
    before: int
    low: float
    high: float
    source: str


KEY_SIZES = (
    KeySize(10, 21, 1.5 * MB, 4.0 * MB, "not measured; made with math/big as in Go 1.21, so taken wider"),
    KeySize(21, 24, 2.0 * MB, 3.2 * MB, "measured with Go 1.21 to 1.23 (math/big)"),
    KeySize(24, 25, 0.9 * MB, 1.0 * MB, "measured with Go 1.24 (crypto/internal/fips140/rsa)"),
    KeySize(25, 26, 0.5 * MB, 1.0 * MB, "not measured; between Go 1.24 and 1.26"),
    KeySize(26, 27, 0.5 * MB, 0.6 * MB, "measured with Go 1.26 (crypto/internal/fips140/bigmod)"),
)
ANY = KeySize(0, 0, 0.5 * MB, 4.0 * MB, "the Go version is not known: the range of all")


def key_size(go_version: str) -> KeySize:
    """``go_version`` as in the metric ``go_info``: ``go1.26.8``. :data:`ANY` where it is unknown."""
    match = _GO.match(go_version)
    minor = int(match[1]) if match else -1
    return next((row for row in KEY_SIZES if row.first <= minor < row.before), ANY)
