"""Whether what a controller read of a kubeconfig Secret is still what lies there, and whether it matters: with its evidence. Pure.

The rule for each state is in docs/kubeconfigs.md.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kcp.advice import Advice, advice, command, kubectl
from kubectl_kcp.knowledge.kubeconfig_use import MET_AFTER, dials, use_of
from kubectl_kcp.knowledge.refusals import etcd_condition
from kubectl_kcp.kubeconfigs.change import RESOLUTION, Written, last_written
from kubectl_kcp.model.cluster import Cluster
from kubectl_kcp.model.cluster_cache import Connection, ConnectionState
from kubectl_kcp.model.controller import Controller
from kubectl_kcp.model.finding import Evidence
from kubectl_kcp.model.held_kubeconfig import Failed, HeldKubeconfig, KubeconfigState
from kubectl_kcp.model.secret import CertificateSecret
from kubectl_kcp.pki.reading import read_certificates

S = KubeconfigState
CA_FIELDS = ("tls.crt",)


class Secrets(Struct, frozen=True):
    """``NAME-kubeconfig`` and ``NAME-ca``. ``problem`` says why the first is not at hand, "" where it does not exist."""

    kubeconfig: CertificateSecret | None = None
    ca: CertificateSecret | None = None
    problem: str = ""


class Log(Struct, frozen=True):
    """What the controller's log holds of one cluster. ``connected`` is when the connect began that made the present connection, ``begins``
    the time of the log's first line: what happened before that is not told. ``reconciled`` is when KCP's last reconcile began, ``answered``
    when a new connection last came as far as the API server."""

    connected: datetime | None = None
    begins: datetime | None = None
    failed: tuple[Failed, ...] = ()
    reconciled: datetime | None = None
    answered: datetime | None = None
    problem: str = ""


def held_since(controller: Controller, connection: Connection) -> datetime | None:
    """Before that this process had no connection: only the leader connects."""
    pod = connection.pod
    led = controller.leader.acquired if controller.leader is not None and pod is not None and pod.leader else None
    return max((t for t in (pod.started if pod is not None else None, led) if t is not None), default=None)


def judge(cluster: Cluster, connection: Connection, secrets: Secrets, log: Log, now: datetime) -> HeldKubeconfig | None:
    """None where there is no connection: the next one reads the Secret as it is then."""
    if connection.state not in (ConnectionState.UP, ConnectionState.PROBE_FAILED):
        return None
    controller = connection.controller
    use = use_of(controller)
    if use is None:
        what = f"version {controller.version}" if controller.version is not None else "its version"
        return HeldKubeconfig(S.UNKNOWN, f"when {controller.provider} reads the kubeconfig is not known for {what}")
    floor, ceiling = _read_between(held_since(controller, connection), log)
    lines = [Evidence(f"{controller.provider} {controller.version} {use.what}", use.source)]
    if floor is not None:
        lines.append(
            Evidence(_connected(floor, ceiling), f"log of {controller.ref}" if log.connected else f"Pod {_pod(connection)}", floor)
        )
    base = HeldKubeconfig(S.UNKNOWN, evidence=tuple(lines), read_from=floor, read_until=ceiling)
    failing = _failing(cluster, connection, log, now)
    if secrets.kubeconfig is None:
        return _without_secret(base, cluster, controller, secrets, failing)
    return _by_times(_dated(base, secrets), cluster, connection, secrets, log, failing, now)


def _pod(connection: Connection) -> str:
    return str(connection.pod.ref) if connection.pod is not None else ""


def _connected(floor: datetime, ceiling: datetime | None) -> str:
    return "connected" if ceiling == floor else "not connected before that: its process leads since then"


def _read_between(start: datetime | None, log: Log) -> tuple[datetime | None, datetime | None]:
    """When it read the kubeconfig: exactly, or after the one and before the other."""
    if log.connected is not None and (start is None or log.connected >= start - RESOLUTION):
        return log.connected, log.connected
    return start, log.begins


def _failing(cluster: Cluster, connection: Connection, log: Log, now: datetime) -> Failed | None:
    """The last failed dial, unless KCP got through since: a reconcile dials each member of etcd. While probes fail, too, the API server
    itself is away, and the kubeconfig is not the reason."""
    last = max((f for f in log.failed if f.last is not None), key=lambda f: f.last or now, default=None)
    if last is None or connection.state is not ConnectionState.UP or not dials(connection.controller):
        return None
    return None if last.last is not None and _got_through(cluster, log, last.last, now) else last


def _got_through(cluster: Cluster, log: Log, since: datetime, now: datetime) -> bool:
    """Whether the API server has answered a new connection after ``since``, or a reconcile that began then has had its time, and left
    etcd's condition True."""
    if log.answered is not None and since < log.answered:
        return True
    told = etcd_condition(cluster)
    return told is not None and told.status == "True" and log.reconciled is not None and since < log.reconciled <= now - MET_AFTER


def _without_secret(
    base: HeldKubeconfig, cluster: Cluster, controller: Controller, secrets: Secrets, failing: Failed | None
) -> HeldKubeconfig:
    where = f"Secret {cluster.ref}-kubeconfig"
    why = f"{where}: {secrets.problem or 'the Secret does not exist'}"
    if failing is None:
        return replace(base, reason=why)
    elsewhere = failing.address and cluster.endpoint and failing.address != cluster.endpoint
    reason = f"probes pass over the open connection, but new ones fail: {failing.words}" + (
        f"; the Cluster's endpoint is {cluster.endpoint}" if elsewhere else ""
    )
    made = replace(base, evidence=(*base.evidence, _told(failing, controller)))
    return replace(made, state=S.SUSPECT, reason=f"{reason}. {why}", action=_cure(cluster, controller))


def _dated(base: HeldKubeconfig, secrets: Secrets) -> HeldKubeconfig:
    assert secrets.kubeconfig is not None
    written = last_written(secrets.kubeconfig)
    if written is None:
        return base
    how = "created" if written.anew else "written"
    line = Evidence(f"the kubeconfig was {how}{f' by {written.by}' if written.by else ''}", f"Secret {secrets.kubeconfig.ref}", written.at)
    return replace(base, evidence=(*base.evidence, line))


def address_of(secret: CertificateSecret) -> str:
    """``host:port`` of the kubeconfig's server; "" where it cannot be read."""
    server = secret.kubeconfig.server if secret.kubeconfig is not None else ""
    scheme, _, rest = server.partition("://")
    host = rest.partition("/")[0]
    if not host:
        return ""
    return host if ":" in host.rpartition("]")[2] else f"{host}:{443 if scheme == 'https' else 80}"


def _by_times(
    base: HeldKubeconfig,
    cluster: Cluster,
    connection: Connection,
    secrets: Secrets,
    log: Log,
    failing: Failed | None,
    now: datetime,
) -> HeldKubeconfig:
    assert secrets.kubeconfig is not None
    written = last_written(secrets.kubeconfig)
    if written is None:
        return _undecided(base, cluster, connection.controller, failing, "the Secret's managedFields do not tell when it was written")
    if base.read_from is not None and (written.before(base.read_from) or (written.anew and written.at <= base.read_from)):
        return replace(base, state=S.FRESH, reason="the kubeconfig has not changed since it connected")
    if base.read_until is None or (written.before(base.read_until) and base.read_from != base.read_until):
        what = "its log does not tell when it connected" if not log.problem else f"its log could not be read: {log.problem}"
        return _undecided(base, cluster, connection.controller, failing, f"it was written while this process ran, and {what}")
    return _changed(replace(base, changed_at=written.at), cluster, connection.controller, secrets, written, log, failing, now)


def _undecided(base: HeldKubeconfig, cluster: Cluster, controller: Controller, failing: Failed | None, why: str) -> HeldKubeconfig:
    reason = f"whether the kubeconfig changed since it connected is not known: {why}"
    if failing is None:
        return replace(base, reason=reason)
    made = replace(base, evidence=(*base.evidence, _told(failing, controller)))
    reason = f"probes pass over the open connection, but new ones fail: {failing.words}; {reason}"
    return replace(made, state=S.SUSPECT, reason=reason, action=_cure(cluster, controller))


def _changed(
    base: HeldKubeconfig,
    cluster: Cluster,
    controller: Controller,
    secrets: Secrets,
    written: Written,
    log: Log,
    failing: Failed | None,
    now: datetime,
) -> HeldKubeconfig:
    assert secrets.kubeconfig is not None
    when = f"{written.at:%Y-%m-%d %H:%M:%SZ}"
    if _renewed(cluster, secrets, written, base.read_from):
        return replace(base, state=S.KEPT, reason=f"KCP renewed the client certificate at {when}: server and CA are as before")
    if not dials(controller) or not _goes_to_etcd(cluster):
        reason = f"the kubeconfig changed at {when}; its requests go over the open connection, and where that ends it reads the new one"
        return replace(base, state=S.KEPT, reason=reason)
    if failing is not None:
        return _failed(base, cluster, controller, failing, secrets.kubeconfig, when)
    if _got_through(cluster, log, written.at, now):
        line = _through(controller, log, written.at)
        reason = f"the kubeconfig changed at {when}, and KCP has made new connections with the old one since: it still works"
        return replace(base, state=S.KEPT, reason=reason, evidence=(*base.evidence, line))
    if _made_before(cluster, secrets.kubeconfig, written, base.read_from):
        reason = f"the Secret was created anew at {when} with a client certificate of before, for the Cluster's endpoint"
        return replace(base, state=S.KEPT, reason=reason)
    reason = f"the kubeconfig changed at {when}, after KCP had connected; whether the old one still works does not show yet"
    return replace(base, state=S.SUSPECT, reason=reason, action=_cure(cluster, controller))


def _through(controller: Controller, log: Log, since: datetime) -> Evidence:
    where = f"log of {controller.ref}"
    if log.answered is not None and since < log.answered:
        return Evidence("a new connection came as far as the API server, if not to etcd", where, log.answered)
    return Evidence("KCP reconciles the cluster, and its etcd condition stays True", where, log.reconciled)


def _goes_to_etcd(cluster: Cluster) -> bool:
    plane = cluster.control_plane
    return plane is not None and plane.is_kubeadm and not plane.external_etcd


def _made_before(cluster: Cluster, secret: CertificateSecret, written: Written, connected: datetime | None) -> bool:
    """Whether the Secret was made anew with the content that it had: restored by Velero, or written again by GitOps."""
    held = secret.kubeconfig
    if not written.anew or held is None or held.auth != "certificate" or connected is None or address_of(secret) != cluster.endpoint:
        return False
    try:
        client = read_certificates(held.certificate_pem)[0]
    except ValueError:
        return False
    return client.not_before <= connected


def _renewed(cluster: Cluster, secrets: Secrets, written: Written, connected: datetime | None) -> bool:
    """KCP renews a kubeconfig in place: the server is taken from the old one, the CA from NAME-ca (util/kubeconfig, RegenerateSecret)."""
    plane, ca = cluster.control_plane, secrets.ca
    if plane is None or written.anew or written.by not in plane.writers or ca is None or connected is None:
        return False
    made = last_written(ca, CA_FIELDS)
    return made is not None and made.before(connected)


def _failed(
    base: HeldKubeconfig, cluster: Cluster, controller: Controller, failing: Failed, secret: CertificateSecret, when: str
) -> HeldKubeconfig:
    """Where the present kubeconfig names the very address at which nobody answers, a new connection would fail as well: then a restart
    would lose the open one, too."""
    made, server = replace(base, evidence=(*base.evidence, _told(failing, controller))), address_of(secret)
    if failing.address and failing.address == server:
        reason = f"new connections fail where the present kubeconfig leads, too ({failing.words}): a restart would lose the open one"
        return replace(made, state=S.KEPT, reason=reason)
    now_names = f"; the kubeconfig names {server} since {when}" if failing.address and server else f"; the kubeconfig changed at {when}"
    reason = f"probes pass over the open connection, but new ones, with the old kubeconfig, fail: {failing.words}{now_names}"
    return replace(made, state=S.STALE, reason=reason, action=_cure(cluster, controller))


def _told(failing: Failed, controller: Controller) -> Evidence:
    count = f", {failing.count} times" if failing.count > 1 else ""
    return Evidence(f"its log: {failing.words} ({failing.meaning}){count}", f"log of {controller.ref}", failing.first)


def _cure(cluster: Cluster, controller: Controller) -> Advice:
    """A new process reads all kubeconfigs anew. Nothing smaller makes a ClusterCache do so while its probes pass."""
    return advice(
        kubectl(f"-n {controller.namespace} rollout restart deployment/{controller.name}"),
        "; then ",
        command(f"cache {cluster.name} -n {cluster.namespace} --with-secrets"),
        " shows a connection that is younger than the kubeconfig",
    )
