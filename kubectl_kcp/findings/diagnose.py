"""From one gathering to a diagnosis: all makers, what the reader chose, and what was looked at. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from kubectl_kcp.errors import UsageError
from kubectl_kcp.findings.codes import check_codes
from kubectl_kcp.findings.makers import all_findings
from kubectl_kcp.findings.order import tree
from kubectl_kcp.inventory.references import ref
from kubectl_kcp.knowledge.estate import KINDS
from kubectl_kcp.kube.objects import section, text
from kubectl_kcp.model.certificate import CertificateState
from kubectl_kcp.model.diagnosis import Diagnosis, LookedAt, Suppressed
from kubectl_kcp.model.estate import Estate
from kubectl_kcp.model.finding import WEIGHT, Finding, Severity
from kubectl_kcp.model.reference import ObjectRef
from kubectl_kcp.model.version import Version

SUPPRESS = "kubectl-kcp/suppress"
"""Annotation on an object: codes, separated by commas, that are not told about it."""


class Choice(Struct, frozen=True):
    """What the reader wants to be told. ``suppress`` holds ``CODE`` or ``CODE:SUBJECT`` (``NAMESPACE/NAME`` or ``NAME``).
    ``upgrade`` is a version of Cluster API or Kubernetes that is planned."""

    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    least: Severity = Severity.INFO
    suppress: tuple[str, ...] = ()
    upgrade: Version | None = None

    def check(self) -> None:
        """Raises UsageError for a code that there is not, and where nothing is left to look for."""
        check_codes([*self.only, *self.skip, *(s.partition(":")[0] for s in self.suppress)])
        if self.only and set(self.only) <= set(self.skip):
            raise UsageError("--only and --skip leave no finding to look for", "--skip names all that --only names")


def diagnose(estate: Estate, choice: Choice) -> Diagnosis:
    """Raises UsageError for a code that there is not."""
    choice.check()
    wanted = [f for f in all_findings(estate, choice.upgrade) if (not choice.only or f.code in choice.only) and f.code not in choice.skip]
    annotated = _annotated(estate)
    suppressed = {f.key: by for f in wanted for by in [_suppressed(f, choice.suppress, annotated)] if by}
    left = [f for f in wanted if f.key not in suppressed]
    shown = [f for f in left if WEIGHT[f.severity] <= WEIGHT[choice.least]]
    return Diagnosis(
        name=estate.name,
        now=estate.now,
        branches=tree(shown),
        looked_at=_looked_at(estate),
        suppressed=tuple(Suppressed(key, by) for key, by in suppressed.items()),
        hidden=len(left) - len(shown),
        failures=estate.failures,
    )


def _suppressed(finding: Finding, words: Iterable[str], annotated: dict[ObjectRef, tuple[str, ...]]) -> str:
    """By whom it is suppressed, "" for nobody."""
    for word in words:
        code, found, subject = word.partition(":")
        if code == finding.code and (not found or subject in (str(finding.subject.ref), finding.subject.ref.name, str(finding.subject))):
            return f"--suppress {word}"
    if finding.code in annotated.get(finding.subject, ()):
        return f"annotation {SUPPRESS} of {finding.subject}"
    return ""


def _annotated(estate: Estate) -> dict[ObjectRef, tuple[str, ...]]:
    """Codes by the object that carries the annotation."""
    found: dict[ObjectRef, tuple[str, ...]] = {}
    for kind in KINDS:
        for obj in estate.of(kind.resource):
            words = text(section(obj, "metadata", "annotations"), SUPPRESS)
            if words:
                where = ObjectRef(kind.resource.kind, ref(obj))
                found[where] = tuple(w.strip() for w in words.split(",") if w.strip())
    return found


def _looked_at(estate: Estate) -> LookedAt:
    dated = (CertificateState.MISSING, CertificateState.NOT_APPLICABLE)
    without = [] if estate.secrets_read else ["Secrets: certificates and credentials are judged by Machines and conditions alone"]
    unread = [k.resource.plural for k in KINDS if not estate.read(k.resource)]
    without += [f"{', '.join(unread)}: not there, or not readable"] if unread else []
    versions = sorted({f"{c.provider} {c.version}" for c in estate.controllers if c.version is not None})
    return LookedAt(
        clusters=len(estate.clusters),
        certificates=sum(c.state not in dated for item in estate.clusters for c in item.certificates),
        controllers=len(estate.controllers),
        versions=tuple(versions),
        kubernetes=str(estate.kubernetes or ""),
        without=tuple(without),
        namespace="" if estate.scope.names else estate.scope.namespace or "",
    )
