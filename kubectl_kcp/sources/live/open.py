"""From kubectl's options to a live source."""

from __future__ import annotations

from collections.abc import Callable

from kubectl_kcp.errors import UsageError
from kubectl_kcp.kube.api import Api
from kubectl_kcp.kube.kubeconfig import Login, Wanted, find_login
from kubectl_kcp.sources.live.diagnostics import DEFAULT_ACCOUNT
from kubectl_kcp.sources.live.source import LiveSource
from kubectl_kcp.sources.token_file import read_token


def open_live(
    wanted: Wanted,
    request_timeout: float,
    account: str | None,
    token_file: str | None,
    find: Callable[[Wanted], Login] = find_login,
    cached: bool = False,
) -> LiveSource:
    """``find`` is the way from options to a login; ``cached``: what is known of unchanged Secrets need not be read again. Raises
    UsageError, NotFound, BadInput; connects to nothing yet."""
    if account is not None and account.count("/") != 1:
        raise UsageError(f"--service-account is NAMESPACE/NAME, not {account}")
    token = read_token(token_file) if token_file is not None else ""
    login = find(wanted)
    facts = None
    if cached:
        from kubectl_kcp.sources.live.facts import Facts

        facts = Facts(_cluster(login))
    return LiveSource(Api(login, request_timeout), account or DEFAULT_ACCOUNT, token, facts)


def _cluster(login: Login) -> str:
    """A management cluster by its address and who vouches for it."""
    authorities = sorted(login.tls.get_ca_certs(binary_form=True)) if login.tls is not None else []
    return repr((login.server, login.server_name, authorities))
