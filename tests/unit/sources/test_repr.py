"""What holds a token shows none of it when it is printed, as in a traceback."""

from __future__ import annotations

import pytest

from kubectl_kcp.cli.profile_store import Kept
from kubectl_kcp.cli.store import StoreOptions
from kubectl_kcp.sources.store import Address
from kubectl_kcp.sources.url import Endpoint

HEADER = "Authorization: Bearer needle"


@pytest.mark.parametrize(
    "holder",
    [
        Endpoint("https://pod:8443", token="needle"),
        Kept(headers=(HEADER,)),
        StoreOptions(headers=(HEADER,)),
        Address("https://prometheus", headers={"Authorization": "Bearer needle"}),
    ],
    ids=lambda holder: type(holder).__name__,
)
def test_no_token_is_printed(holder: object) -> None:
    assert "needle" not in repr(holder)
