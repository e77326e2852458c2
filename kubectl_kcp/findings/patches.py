"""Command lines that change one object, made so that they change nothing but what was looked at. Pure."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Sequence
from typing import TypedDict

from kubectl_kcp.advice import Shell, kubectl
from kubectl_kcp.knowledge.resources import PAUSED_ANNOTATION
from kubectl_kcp.kube.objects import section, text
from kubectl_kcp.kube.resources import Object, Resource


class Step(TypedDict, total=False):
    """Of a JSON patch (RFC 6902)."""

    op: str
    path: str
    value: str


def replaced(pointer: str, before: str, after: str) -> list[Step]:
    """Refused where it is another one by now."""
    return [Step(op="test", path=pointer, value=before), Step(op="replace", path=pointer, value=after)]


def patched(namespace: str, what: str, name: str, steps: Sequence[Step]) -> Shell:
    return _patch(namespace, what, name, f"--type json -p {shlex.quote(json.dumps(steps, separators=(',', ':')))}")


def _patch(namespace: str, what: str, name: str, how: str) -> Shell:
    return kubectl(f"-n {namespace} patch {what} {name} {how}")


def without_finalizers(resource: Resource, obj: Object, finalizers: Iterable[str], left: Sequence[str]) -> Shell:
    """``left`` are all that the object has. The last first, for what stands behind moves up."""
    places = sorted((left.index(f) for f in finalizers), reverse=True)
    steps = [
        step
        for i in places
        for step in (
            Step(op="test", path=f"/metadata/finalizers/{i}", value=left[i]),
            Step(op="remove", path=f"/metadata/finalizers/{i}"),
        )
    ]
    return patched(*_place(resource, obj), steps)


def unpaused(resource: Resource, obj: Object) -> list[Shell]:
    """One for each way in which it is paused."""
    namespace, what, name = _place(resource, obj)
    made = []
    if section(obj, "spec").get("paused") is True:
        made.append(_patch(namespace, what, name, """--type merge -p '{"spec":{"paused":false}}'"""))
    if PAUSED_ANNOTATION in section(obj, "metadata", "annotations"):
        made.append(kubectl(f"-n {namespace} annotate {what} {name} {PAUSED_ANNOTATION}-"))
    return made


def _place(resource: Resource, obj: Object) -> tuple[str, str, str]:
    """The object as kubectl is told it, with its group: others have a kind Cluster, too, and kubectl takes the first."""
    meta = section(obj, "metadata")
    return text(meta, "namespace"), f"{resource.plural}.{resource.group}", text(meta, "name")
