"""Certificates and credentials as tables and text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from kubectl_kcp.knowledge.certificates import BY_KIND, OTHER
from kubectl_kcp.model.certificate import BADNESS, CertificateKind, CertificateState, CertificateStatus, ClusterStatus, Renewal, TokenAge
from kubectl_kcp.model.credential import SERIOUS, Credential, CredentialState
from kubectl_kcp.model.held_kubeconfig import HeldKubeconfig
from kubectl_kcp.model.reference import Ref
from kubectl_kcp.printable import one_line
from kubectl_kcp.render.table import ABSENT, Column, Grid, grid
from kubectl_kcp.render.text import Reader, wrap, wrap_advice
from kubectl_kcp.render.tone import Tone, toned
from kubectl_kcp.render.units import clock, duration

K, S = CertificateKind, CertificateState
WORDS = {
    S.MISSING: "MISSING",
    S.UNKNOWN: "?",
    S.UNREADABLE: "UNREADABLE",
    S.NOT_APPLICABLE: "n/a",
    S.KEY: "key",
    S.INVALID: "INVALID",
    S.NOT_YET_VALID: "NOT YET",
}
SHORT = {CredentialState.NOT_APPLICABLE: "n/a"}
TONES = {
    S.EXPIRED: Tone.BAD, S.INVALID: Tone.BAD, S.MISSING: Tone.BAD, S.UNREADABLE: Tone.BAD, S.NOT_YET_VALID: Tone.BAD,
    S.EXPIRING: Tone.DOUBTFUL, S.UNKNOWN: Tone.DOUBTFUL,
}  # fmt: skip
CREDENTIAL_TONES = {
    **dict.fromkeys(SERIOUS, Tone.BAD), CredentialState.SUSPECT: Tone.DOUBTFUL, CredentialState.UNKNOWN: Tone.DOUBTFUL,
    CredentialState.FRESH: Tone.GOOD,
}  # fmt: skip
STATES = {"VALID": "ok", "KEY": "ok", "NOT_APPLICABLE": "n/a"}


def end(status: CertificateStatus, now: datetime) -> str:
    """``89d``, ``EXPIRED 3d``, ``INVALID 1d`` where it also ends soon, ``n/a``."""
    return toned(_end(status, now), TONES.get(status.state))


def _end(status: CertificateStatus, now: datetime) -> str:
    near = S.EXPIRED in status.states or S.EXPIRING in status.states
    if status.end is None or (status.state in (S.INVALID, S.NOT_YET_VALID) and not near):
        return WORDS.get(status.state, ABSENT)
    left = duration(abs(status.end - now))
    if status.state in (S.INVALID, S.NOT_YET_VALID):
        return f"{WORDS[status.state]} {left}"
    return f"EXPIRED {left}" if status.state is S.EXPIRED else left


def cell(item: ClusterStatus, kind: CertificateKind, now: datetime) -> str:
    """The worst of a kind: the API servers are several."""
    return _worst(item, item.of(kind), now)


def _others(item: ClusterStatus) -> list[CertificateStatus]:
    return [c for c in item.certificates if c.kind not in BY_KIND]


def _worst(item: ClusterStatus, found: Sequence[CertificateStatus], now: datetime) -> str:
    if not found:
        return ABSENT if item.secrets_known else "?"
    if len(found) == 1:
        return end(found[0], now)
    dated = [s for s in found if s.state is not S.NOT_APPLICABLE] or found
    far = now.replace(year=now.year + 1000)
    return end(min(dated, key=lambda s: (BADNESS[s.state], s.end or far)), now)


def _renews(item: ClusterStatus) -> str | None:
    """When the next certificate is renewed by itself, or that one is not, though somebody should: ``certs inspect`` says why."""
    renewals = [c.renewal for c in item.certificates if c.renewal is not None]
    if any(r.obstacle for r in renewals):
        return "no"
    return clock(min((r.at for r in renewals if r.at is not None), default=None))


def _trusted(item: ClusterStatus, now: datetime) -> str | None:
    """When the last of the CAs ends that the cluster's kubeconfig trusts."""
    last = max((t.not_after for c in item.of(K.KUBECONFIG) for t in c.trusted), default=None)
    if last is None:
        return None
    return f"{'EXPIRED ' if last < now else ''}{duration(abs(last - now))}"


def credential_word(credential: Credential) -> str:
    return toned(SHORT.get(credential.state, credential.state.value), CREDENTIAL_TONES.get(credential.state))


def _state(item: ClusterStatus) -> str:
    of_certificate = TONES.get(item.worst) if item.state == item.worst.value else CREDENTIAL_TONES.get(item.credential.state)
    word = STATES.get(item.state, item.state)
    return toned(word, of_certificate or (Tone.GOOD if word == "ok" else None))


def status_table(items: Sequence[ClusterStatus], now: datetime, wide: bool) -> Grid:
    """One line a cluster. The etcd client's column appears where any cluster has one; so does that of all certificates without a column."""
    columns: list[Column[ClusterStatus]] = [
        Column("NAMESPACE", lambda i: i.cluster.namespace),
        Column("CLUSTER", lambda i: i.cluster.name),
    ]
    for kind in (K.CA, K.ETCD, K.PROXY, K.SERVICE_ACCOUNT, K.KUBECONFIG, K.ETCD_CLIENT, K.API_SERVER):
        if kind == K.ETCD_CLIENT and not any(i.of(kind) for i in items):
            continue
        columns.append(Column(BY_KIND[kind].head, lambda i, kind=kind: cell(i, kind, now), wide=kind == K.SERVICE_ACCOUNT))  # type: ignore[misc] # mypy infers no type for a lambda with a default
    if any(_others(i) for i in items):
        columns.append(Column(OTHER, lambda i: _worst(i, _others(i), now)))
    columns += [
        Column("CREDENTIAL", lambda i: credential_word(i.credential)),
        Column("STATE", _state),
        Column("KUBECONFIG CA", lambda i: _trusted(i, now), wide=True),
        Column("FIRST END", lambda i: clock(i.next_end), wide=True),
        Column("RENEWS", _renews, wide=True),
        Column("KCP", lambda i: i.credential.version, wide=True),
        Column("WHY", lambda i: i.credential.reason, wide=True),
    ]
    return grid(items, columns, wide)


def inspect_parts(item: ClusterStatus, now: datetime, reader: Reader, told: bool = False) -> Iterator[Grid | str]:
    """Everything about one cluster."""
    columns: list[Column[CertificateStatus]] = [
        Column("CERTIFICATE", lambda c: c.kind.value),
        Column("STATE", lambda c: toned(WORDS[c.state] if c.state in (S.NOT_APPLICABLE, S.KEY) else c.state.value, TONES.get(c.state))),
        Column("ENDS IN", lambda c: end(c, now) if c.end else None),
        Column("NOT AFTER", lambda c: clock(c.not_after)),
        Column("KEY", lambda c: c.algorithm),
        Column("FROM", lambda c: c.subject),
    ]
    yield one_line(f"Cluster {item.cluster.ref}")
    yield grid(item.certificates, columns)
    lines = [one_line(line) for c in item.certificates for line in _certificate_lines(c)]
    yield "\n".join(part for line in lines for part in wrap(line.lstrip(), reader.columns, " " * (len(line) - len(line.lstrip()))))
    yield credential_text(str(item.cluster.ref), item.credential, reader, told)


def _certificate_lines(status: CertificateStatus) -> list[str]:
    lines = []
    if status.certificate is not None:
        c = status.certificate
        lines.append(f"{status.kind.value}: {c.subject}, issued by {c.issuer}, valid from {clock(c.not_before)}, serial {c.serial}")
        lines.append(f"    public key SHA-256 {c.public_sha256}")
        if status.names:
            lines.append(f"    for {', '.join(status.names)}")
        if status.end is not None and status.end < c.not_after:
            lines.append(f"    it works until {clock(status.end)} only, for another's sake")
    elif status.public_sha256:
        lines += [f"{status.kind.value}: a key pair, {status.algorithm}", f"    public key SHA-256 {status.public_sha256}"]
    elif status.trusted:
        lines.append(f"{status.kind.value}: without a certificate of its own")
    lines += [f"    in its bundle: {b.subject}, until {clock(b.not_after)}" for b in status.bundle]
    lines += [f"    the kubeconfig trusts {t.subject}, until {clock(t.not_after)}" for t in status.trusted]
    lines += [f"    {c.name}: {c.result.value}{': ' + c.detail if c.detail else ''}" for c in status.checks]
    if status.reason:
        lines.append(f"    {status.kind.value}: {status.reason}" if status.certificate is None else f"    {status.reason}")
    if status.token:
        lines.append(f"    its token was {token_text(status.token)}")
    if status.renewal:
        known = status.certificate is not None or bool(status.public_sha256)
        lines.append(("    " if known else f"{status.kind.value}, {status.subject}: ") + f"renewed by {renewal_text(status.renewal)}")
    return lines


def token_text(token: TokenAge) -> str:
    """``written by capa, 2026-11-24 12:00:00Z; it lives 15m, and another is written every 10m``."""
    by = f" by {token.by}" if token.by else ""
    parts = [f"written{by}, {clock(token.written)}" if token.written else "written at a time that its managedFields do not tell"]
    if token.lives is not None and token.every is not None:
        lives, every = (duration(t) for t in (token.lives, token.every))
        parts.append(f"it lives {lives}, and another is written every {every}")
    return "; ".join(parts)


def renewal_text(renewal: Renewal) -> str:
    """``KCP, 2026-05-25 22:08:27Z; but Cluster real/w1 is paused: nothing is renewed``."""
    parts = [renewal.by, *([clock(renewal.at)] if renewal.at else [])]
    return ", ".join(p for p in parts if p) + (f"; but {renewal.obstacle}" if renewal.obstacle else "")


CACHES_NOTHING = frozenset({CredentialState.EXTERNAL, CredentialState.NOT_CACHED, CredentialState.ABSENT})


def credential_text(name: str, credential: Credential, reader: Reader, told: bool = False) -> str:
    """``told``: a finding below says why, how it is known and what to do."""
    how = "inferred" if credential.inferred else "observed"
    why = "" if told else f": {credential.reason}"
    lines = wrap(f"credential of {name}: {credential.state.value} ({how}){why}", reader.columns)
    if credential.controller:
        what = "its controller is" if credential.state in CACHES_NOTHING else "cached by"
        lines.append(one_line(f"  {what} {credential.controller} {credential.version}".rstrip()))
    if credential.cached_from:
        lines.append(f"  cached since {clock(credential.cached_from)} at the earliest")
    if credential.expires:
        lines.append(f"  dropped by itself at {clock(credential.expires)} at the latest")
    if told:
        return "\n".join(lines)
    for e in credential.evidence:
        lines += wrap((f"{clock(e.at)}  " if e.at else "") + f"{e.text} [{e.source}]", reader.columns, "  ")
    if credential.action:
        lines += wrap_advice(credential.action, reader, "  ")
    return "\n".join(lines)


def credentials_table(items: Sequence[ClusterStatus], kubeconfigs: Mapping[Ref, HeldKubeconfig], wide: bool) -> Grid:
    def kubeconfig(item: ClusterStatus) -> str | None:
        held = kubeconfigs.get(item.cluster.ref)
        return None if held is None else held.state.value

    columns: list[Column[ClusterStatus]] = [
        Column("NAMESPACE", lambda i: i.cluster.namespace),
        Column("CLUSTER", lambda i: i.cluster.name),
        Column("CREDENTIAL", lambda i: credential_word(i.credential)),
        Column("KCP", lambda i: i.credential.version),
        Column("CACHED SINCE", lambda i: clock(i.credential.cached_from)),
        Column("KUBECONFIG", kubeconfig),
        Column("CA CHANGED", lambda i: clock(i.credential.changed_at), wide=True),
        Column("DROPPED BY", lambda i: clock(i.credential.expires), wide=True),
        Column("HOW", lambda i: "inferred" if i.credential.inferred else "observed", wide=True),
        Column("WHY", lambda i: i.credential.reason, wide=True),
    ]
    return grid(items, columns, wide)
