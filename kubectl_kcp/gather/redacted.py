"""A bundle with stand-ins for its names: all names are found first, then each part is made anew."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from urllib.parse import urlsplit

from msgspec.structs import replace

from kubectl_kcp.advice import Advice, Command, Shell, advice
from kubectl_kcp.errors import FailureKind, KcpError
from kubectl_kcp.gather.bundle import BundleContents, PodParts, Wanted, gather_bundle
from kubectl_kcp.kube.resources import Resource
from kubectl_kcp.model.controller import Controller, Pod
from kubectl_kcp.model.reference import CONTEXT, NO_ORIGIN, Failure, Origin, Subject
from kubectl_kcp.model.secret import CertificateSecret, FieldOwner, Key, Kubeconfig, Purpose
from kubectl_kcp.redaction import logs, objects, pages, profiles
from kubectl_kcp.redaction.certificates import Certificates
from kubectl_kcp.redaction.names import CLUSTER, HOST, NAMESPACE, OTHER, USER, Names, is_public
from kubectl_kcp.redaction.text import Texts, tell_of
from kubectl_kcp.sources.bundle.folder import BundleSource

SALT = 32
TYPES = ("Opaque", "kubernetes.io/tls", "cluster.x-k8s.io/secret")


def gather_again(source: BundleSource) -> BundleContents:
    """All of a bundle that commands read, as it was recorded. What no command reads is left out."""
    found = gather_bundle(source, Wanted(0.0, lines=None))
    kept = (f for f in found.failures if not _not_there(f))
    origin = NO_ORIGIN if source.origin.name == source.name else source.origin
    return replace(
        found,
        failures=tuple(dict.fromkeys((*source.recorded_failures, *kept))),
        origin=origin,
        logs_since=source.logs_since,
        stand_ins=source.stand_ins,
        layout=source.layout,
        lacks=source.lacks,
        time_estimated=source.time_estimated,
    )


def _not_there(failure: Failure) -> bool:
    """A part of a Pod that the bundle does not hold, or none of its layout does: whoever reads the new one is told so again."""
    if failure.subject.kind == "Pod":
        return failure.kind is FailureKind.NOT_FOUND
    return failure.subject.kind == "controllers" and failure.kind is FailureKind.LEFT_OUT


def without_names(found: BundleContents) -> tuple[BundleContents, Names]:
    """And the mapping, which lies in no bundle."""
    names = Names(secrets.token_bytes(SALT))
    certificates = Certificates(names)
    _tell(names, certificates, found)
    names.freeze()
    certificates.relate()
    made = _Replacing(names, certificates)
    return made.contents(found), names


def _tell(names: Names, certificates: Certificates, found: BundleContents) -> None:
    names.tell(CONTEXT, found.origin.context)
    names.tell(HOST, _host(found.origin.server))
    for resource, items in found.objects.items():
        for obj in items:
            objects.tell_names(names, {"kind": resource.kind, **obj})
            for pem in objects.ca_bundles(obj):
                certificates.tell(pem, "")
    for secret in found.secrets:
        names.tell(NAMESPACE, secret.namespace)
        names.tell(CLUSTER, secret.cluster)
        group = f"{secret.namespace}/{secret.cluster}"
        certificates.tell(secret.certificate_pem, group)
        if secret.kubeconfig is not None:
            names.tell(HOST, _host(secret.kubeconfig.server))
            certificates.tell(secret.kubeconfig.ca_pem, group)
            certificates.tell(secret.kubeconfig.certificate_pem, group)
    for part in found.pods:
        names.tell("deployment", part.controller.name)
        names.tell("pod", part.pod.name)
        for page in part.pages.values():
            pages.tell_page(names, page.value)
        logs.tell_lines(names, part.log or (), found.captured_at)
    for failure in found.failures:
        names.tell(NAMESPACE, failure.subject.namespace)
        if not failure.subject.kind.islower():
            names.tell(failure.subject.kind, failure.subject.name)
        tell_of(names, failure.reason)


def _host(url: str) -> str:
    """ "" where it names none, or is no URL."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


class _Replacing:
    """Each part with stand-ins."""

    def __init__(self, names: Names, certificates: Certificates) -> None:
        self._names, self._certificates = names, certificates
        self._texts = Texts(names)
        self._objects = objects.Objects(names, self._texts, certificates.replaced)
        self._pages = pages.Pages(names, self._texts)

    def contents(self, found: BundleContents) -> BundleContents:
        unreadable: list[Failure] = []
        made = {r: [self._object(r, o) for o in items] for r, items in found.objects.items()}
        pods = [self._parts(p, unreadable) for p in found.pods]
        return replace(
            found,
            objects=made,
            secrets=[self._secret(s) for s in found.secrets],
            pods=pods,
            failures=(*(self._failure(f) for f in found.failures), *unreadable),
            origin=self._origin(found.origin),
            stand_ins=True,
        )

    def _object(self, resource: Resource, obj: object) -> dict[str, object]:
        given = dict(obj) if isinstance(obj, dict) else {}
        made = self._objects.replaced({"kind": resource.kind, **given})
        return made if "kind" in given else {k: v for k, v in made.items() if k != "kind"}

    # -- what controllers' Pods gave

    def _parts(self, part: PodParts, unreadable: list[Failure]) -> PodParts:
        pod = self._pod(part.pod)
        made = PodParts(self._controller(part.controller), pod, log_begins=part.log_begins)
        made.pages = {moment: replace(page, pod=pod, value=self._pages.replaced(page.value)) for moment, page in part.pages.items()}
        for kind, data in part.profiles.items():
            try:
                made.profiles[kind] = profiles.replaced(data, self._names, self._texts)
            except KcpError as e:
                left_out = f"left out, because what cannot be read may hold names: {e}"
                unreadable.append(Failure(Subject.of("Pod", pod.ref, f"{kind.value} profile"), FailureKind.BAD_DATA, left_out))
        made.log = logs.replaced(self._texts, part.log) if part.log is not None else None
        return made

    def _controller(self, controller: Controller) -> Controller:
        return replace(
            controller,
            namespace=self._names.namespace(controller.namespace),
            name=self._names.name("deployment", controller.name),
            service_account=self._names.name(OTHER, controller.service_account),
        )

    def _pod(self, pod: Pod) -> Pod:
        return replace(pod, namespace=self._names.namespace(pod.namespace), name=self._names.name("pod", pod.name))

    # -- Secrets

    def _secret(self, secret: CertificateSecret) -> CertificateSecret:
        cluster = self._names.name(CLUSTER, secret.cluster)
        rest = self._words(secret.purpose)
        named = secret.name == f"{secret.cluster}-{secret.purpose}"
        return replace(
            secret,
            namespace=self._names.namespace(secret.namespace),
            name=f"{cluster}-{rest}" if named else self._names.name("secret", secret.name),
            cluster=cluster,
            purpose=Purpose(rest if named else self._names.name("secret", secret.purpose)),
            type=secret.type if secret.type in TYPES else self._names.name(OTHER, secret.type),
            owners=tuple(self._owner(o) for o in secret.owners),
            certificate_pem=self._certificates.replaced(secret.certificate_pem),
            key=self._key(secret.key),
            kubeconfig=self._kubeconfig(secret.kubeconfig) if secret.kubeconfig is not None else None,
            problem=self._texts.replaced(secret.problem),
            label=self._names.name(CLUSTER, secret.label),
        )

    def _words(self, purpose: str) -> str:
        """``user-kubeconfig`` stays; of others each word that is a name goes, so that an end that tells the kind stays."""
        return "-".join(w if is_public(w) else self._names.name(OTHER, w) for w in purpose.split("-"))

    def _owner(self, owner: FieldOwner) -> FieldOwner:
        fields = frozenset(f if is_public(f) else self._names.name(OTHER, f) for f in owner.fields)
        return replace(owner, manager=self._names.name(USER, owner.manager), fields=fields)

    def _key(self, key: Key) -> Key:
        return replace(key, public_sha256=self._certificates.public_sum(key.public_sha256), problem=self._texts.replaced(key.problem))

    def _kubeconfig(self, config: Kubeconfig) -> Kubeconfig:
        return replace(
            config,
            server=self._url(config.server),
            server_name=self._names.host(config.server_name),
            ca_pem=self._certificates.replaced(config.ca_pem),
            certificate_pem=self._certificates.replaced(config.certificate_pem),
            key=self._key(config.key),
            invalid=self._texts.replaced(config.invalid),
        )

    def _url(self, url: str) -> str:
        """Scheme, host and port stay apart; a path may name a tenant. What is no URL with a host is one name."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            return self._names.name(OTHER, url)
        if not host:
            return self._names.name(OTHER, url)
        made = self._names.host(host)
        path = self._objects.unknown(parts.path) if parts.path.strip("/") else parts.path
        return f"{parts.scheme}://{f'[{made}]' if ':' in made else made}{f':{port}' if port else ''}{path}"

    # -- the rest

    def _origin(self, origin: Origin) -> Origin:
        """One that was told no server is a text of which nothing is known, so all of it is a name."""
        if origin.server:
            return Origin.of(self._names.name(CONTEXT, origin.context), self._url(origin.server))
        return Origin(self._names.name(OTHER, origin.name))

    def _failure(self, failure: Failure) -> Failure:
        subject = failure.subject
        name = subject.name if subject.kind.islower() and " " in subject.name else self._names.name(subject.kind, subject.name)
        told = replace(subject, namespace=self._names.namespace(subject.namespace), name=self._texts.replaced(name))
        return replace(failure, subject=told, reason=self._texts.replaced(failure.reason), hint=self._advice(failure.hint))

    def _advice(self, hint: Advice) -> Advice:
        return advice(*self._hinted(hint))

    def _hinted(self, hint: Advice) -> Iterator[str | Command | Shell]:
        for part in hint.parts:
            yield self._texts.replaced(part) if isinstance(part, str) else replace(part, words=self._texts.replaced(part.words))
