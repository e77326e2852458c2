"""An object's namespace and name. Pure."""

from __future__ import annotations

from kubectl_kcp.kube.objects import section, text
from kubectl_kcp.kube.resources import Object
from kubectl_kcp.model.reference import Ref


def ref(obj: Object) -> Ref:
    meta = section(obj, "metadata")
    return Ref(text(meta, "namespace"), text(meta, "name"))
