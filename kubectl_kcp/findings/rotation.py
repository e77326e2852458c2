"""What the rotation of a CA waits for, and its next safe step. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_kcp.advice import Advice, Shell, advice, command, rollout
from kubectl_kcp.findings.catalogue import found
from kubectl_kcp.findings.order import told
from kubectl_kcp.findings.rotation_entries import TOO_EARLY, UNFINISHED
from kubectl_kcp.model.finding import Evidence, Finding
from kubectl_kcp.model.reference import ObjectRef
from kubectl_kcp.model.rotation import Age, Bond, Holder, Part, Rotation, RotationStage
from kubectl_kcp.model.secret import Purpose

S = RotationStage
WHAT = {
    Part.KUBECONFIG_CA: "the kubeconfig trusts",
    Part.CLUSTER_INFO: "cluster-info, by which Machines join, trusts",
    Part.ROOT_CA: "the CA file of the controller manager's node holds",
    Part.CLIENT_CA: "API servers take clients of",
    Part.FRONT_PROXY_CA: "API servers take front proxies of",
    Part.TOKEN_KEYS: "the API server takes tokens of",
    Part.API_SERVER: "an API server's certificate is signed by",
    Part.ETCD_SERVER: "an etcd member's certificate is signed by",
    Part.KUBECONFIG: "the kubeconfig's client certificate is signed by",
    Part.ETCD_CLIENT: "the client certificate of external etcd is signed by",
    Part.CREDENTIAL: "KCP's cached etcd credential is signed by",
}
"""What ends with the authorities' ages."""
AGES = {
    "current": "the one in the Secret",
    "new": "the new one",
    "old": "the old one",
    "gone": "one that is gone",
    "another": "another one",
}
SEEN = {
    S.ADDED: "a new one is trusted beside the old one, which still signs",
    S.SWITCHED: "the new one signs, and the old one is still trusted",
    S.SEVERAL: "there are several keys, of which one signs",
    S.REMOVED: "the old one has left the Secret, and is still trusted elsewhere",
}
UNSEEN = "nodes' files are not seen from here"
EXTERNAL = {
    S.ADDED: "when etcd's members and its clients trust both, as in {}, give them certificates of the new one, the client's Secret, too",
    S.SWITCHED: "when etcd's members and its clients all have certificates of the new one, take the old one out of tls.crt of {}",
}
"""Of external etcd, whose members and certificates are the user's."""


def rotation_findings(rotations: Iterable[Rotation]) -> tuple[Finding, ...]:
    """One for each CA whose rotation is under way or has gone wrong; none for one that has not begun, is done, or is not known."""
    return told(f for r in rotations for f in _of(r))


def _of(rotation: Rotation) -> Iterator[Finding]:
    subject = ObjectRef("Secret", rotation.secret)
    evidence = [Evidence(line(rotation, h), h.where) for h in rotation.waits_for]
    if rotation.stage in SEEN:
        yield found(UNFINISHED, subject, SEEN[rotation.stage], evidence=evidence, action=next_step(rotation))
    elif rotation.stage is S.REMOVED_TOO_EARLY:
        what = "key" if rotation.purpose == Purpose.SERVICE_ACCOUNT else "CA"
        yield found(TOO_EARLY, subject, f"something still needs a {what} that is not in it", evidence=evidence, action=next_step(rotation))


def line(rotation: Rotation, holder: Holder) -> str:
    """``the kubeconfig trusts the old one``, ``an API server's certificate is signed by one that is gone``."""
    words = " and ".join(AGES[age] for age in rotation.of(holder))
    return f"{WHAT[holder.part]} {words}" + (f" ({holder.detail})" if holder.detail else "")


def next_step(rotation: Rotation) -> Advice:
    """The one step that is safe now; without any where there is nothing to do."""
    secret = f"Secret {rotation.secret}"
    if rotation.stage is S.REMOVED_TOO_EARLY:
        return _back(rotation, secret)
    if rotation.waits_for:
        first = min(rotation.waits_for, key=lambda h: list(Part).index(h.part))
        return _taken_out(rotation, first) if rotation.stage is S.REMOVED else _cured(rotation, first)
    if _is_external(rotation) and rotation.stage in EXTERNAL:
        return advice(EXTERNAL[rotation.stage].format(secret))
    if rotation.stage is S.ADDED:
        return advice(
            f"when every Machine was replaced since the new one was added ({UNSEEN}), let it sign: its certificate first in tls.crt of "
            f"{secret}, the old one behind it, its key in tls.key"
        )
    if rotation.stage is S.SWITCHED:
        return advice(
            f"when every Machine was replaced since the new one signs ({UNSEEN}), take the old certificate out of tls.crt of {secret}"
        )
    if rotation.stage is S.SEVERAL:
        return advice(
            f"take a key that does not sign out of tls.crt of {secret} when no token of it is in use: Pods' tokens are renewed within "
            "hours, those in Secrets never"
        )
    return Advice()


def _back(rotation: Rotation, secret: str) -> Advice:
    parts = {h.part for h in rotation.waits_for}
    if parts == {Part.CREDENTIAL}:
        return _cured(rotation, rotation.waits_for[0])
    if parts == {Part.TOKEN_KEYS}:
        return advice(f"put the public keys that the API server takes back into tls.crt of {secret}, before a Machine is replaced")
    served = [h for h in rotation.holders if h.part is Part.API_SERVER and h.known]
    if parts <= {Part.KUBECONFIG_CA, Part.CLUSTER_INFO} and served and not any(h in rotation.waits_for for h in served):
        return _cured(rotation, min(rotation.waits_for, key=lambda h: list(Part).index(h.part)))
    gone = {a.public_sha256 for a in rotation.authorities if a.age is Age.GONE}
    lies = dict.fromkeys(h.where for h in rotation.holders if h.bond is Bond.TRUSTS and not gone.isdisjoint(h.of))
    still = f" (it still lies in {', '.join(lies)})" if lies else ""
    return advice(f"put the old certificate back into tls.crt of {secret}, behind the one that signs{still}; then replace the Machines")


def _cured(rotation: Rotation, holder: Holder) -> Advice:
    """What makes a holder trust the new CA, or has it signed by that."""
    both = f"the certificates of Secret {rotation.secret}, all of them,"
    if holder.part is Part.KUBECONFIG_CA:
        return advice(
            f"write {both} into certificate-authority-data of {holder.where} (Cluster API itself writes the first alone); ",
            command(f"cache {rotation.cluster.name} -n {rotation.cluster.namespace} --with-secrets"),
            " shows whether the controllers took it",
        )
    if holder.part is Part.CLUSTER_INFO:
        return advice(f"write {both} into {holder.where} of the workload cluster: nobody else does, and Machines that join trust no other")
    if holder.part is Part.KUBECONFIG:
        signs = {a.public_sha256 for a in rotation.authorities if a.signs}
        seen = any(h.part is Part.API_SERVER and not signs.isdisjoint(h.of) for h in rotation.holders)
        first = "" if seen else "see first that API servers' certificates are of the CA of now (none was seen); then "
        return advice(f"{first}delete {holder.where}: a new one is made, signed by the CA of now, which it trusts alone")
    if holder.part is Part.ETCD_CLIENT or (holder.part is Part.ETCD_SERVER and _is_external(rotation)):
        return advice(f"give {holder.where} a certificate of the new CA, with its key")
    if holder.part is Part.CREDENTIAL:
        return advice(command(f"certs regenerate {rotation.cluster.name} -n {rotation.cluster.namespace} --restart-leader"))
    return advice("replace the control plane's Machines: ", _rollout(rotation), "; then those of the workers")


def _is_external(rotation: Rotation) -> bool:
    plane = rotation.cluster.control_plane
    return rotation.purpose == Purpose.ETCD and plane is not None and plane.external_etcd


def _taken_out(rotation: Rotation, holder: Holder) -> Advice:
    """What ends a holder's trust in the old CA."""
    if holder.part in (Part.KUBECONFIG_CA, Part.CLUSTER_INFO):
        return advice(f"take the old certificate out of {holder.where}")
    return advice("replace the control plane's Machines once more: ", _rollout(rotation), "; then those of the workers")


def _rollout(rotation: Rotation) -> str | Shell:
    plane = rotation.cluster.control_plane
    if plane is None or not plane.is_kubeadm:
        return "its provider rolls it out"
    return rollout(plane.name, plane.namespace)
