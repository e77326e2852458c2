"""From kubectl's options to a live source."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kubectl_kcp.errors import UsageError
from kubectl_kcp.kube.api import Api
from kubectl_kcp.kube.kubeconfig import Login, Wanted, find_login
from kubectl_kcp.sources.live.diagnostics import DEFAULT_ACCOUNT
from kubectl_kcp.sources.live.source import LiveSource


def open_live(
    wanted: Wanted, request_timeout: float, account: str | None, token_file: str | None, find: Callable[[Wanted], Login] = find_login
) -> LiveSource:
    """``find`` is the way from options to a login. Raises UsageError, NotFound, BadInput; connects to nothing yet."""
    if account is not None and account.count("/") != 1:
        raise UsageError(f"--service-account is NAMESPACE/NAME, not {account}")
    token = ""
    if token_file is not None:
        try:
            token = Path(token_file).read_text(encoding="ascii").strip()
        except (OSError, ValueError):
            raise UsageError(f"--token-file {token_file} cannot be read as a token") from None
    return LiveSource(Api(find(wanted), request_timeout), account or DEFAULT_ACCOUNT, token)
