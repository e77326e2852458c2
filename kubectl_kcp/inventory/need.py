"""Which kinds of objects a provider reconciles, and whether any Cluster or Machine refers to one of them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kubectl_kcp.knowledge.providers import REFERRED_TO
from kubectl_kcp.knowledge.resources import CLUSTERS, CUSTOM_RESOURCES, MACHINES, PROVIDER_LABEL
from kubectl_kcp.kube.objects import section, text
from kubectl_kcp.kube.resources import Object, Resource

REFERENCES = {
    CLUSTERS: (("infrastructureRef",), ("controlPlaneRef",)),
    MACHINES: (("infrastructureRef",), ("bootstrap", "configRef")),
}
"""Fields below ``spec`` (Cluster API, api/core/v1beta2; the same names in v1beta1)."""
Kind = tuple[str, str]
"""Its API group and its name."""


def is_needed(provider: str, objects: Mapping[Resource, Sequence[Object]]) -> bool | None:
    """``objects`` are those of the whole management cluster. None where it cannot be told: the objects or the provider's
    CustomResourceDefinitions were not read, or nothing refers to what such a provider reconciles."""
    if not provider.startswith(REFERRED_TO) or any(kind not in objects for kind in (CLUSTERS, MACHINES, CUSTOM_RESOURCES)):
        return None
    own = {_defined(o) for o in objects[CUSTOM_RESOURCES] if text(section(o, "metadata", "labels"), PROVIDER_LABEL) == provider}
    return not own.isdisjoint(_referred_to(objects)) if own else None


def _defined(definition: Object) -> Kind:
    spec = section(definition, "spec")
    return text(spec, "group"), text(section(spec, "names"), "kind")


def _referred_to(objects: Mapping[Resource, Sequence[Object]]) -> Iterator[Kind]:
    for resource, paths in REFERENCES.items():
        for obj in objects[resource]:
            for path in paths:
                where = section(obj, "spec", *path)
                yield text(where, "apiGroup") or text(where, "apiVersion").partition("/")[0], text(where, "kind")
