"""Which version of each group an API server prefers."""

from __future__ import annotations

from kubectl_kcp.errors import BadInput
from kubectl_kcp.kube.api import Api
from kubectl_kcp.kube.resources import Resource


class Discovery:
    """The versions that an API server prefers, each asked for once."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._versions: dict[str, str] = {}

    def version(self, resource: Resource) -> str:
        """Raises NotFound where the server does not know the group, BadInput where it names no version."""
        if resource.version or not resource.group:
            return resource.version or "v1"
        if resource.group not in self._versions:
            answer = self._api.get(f"/apis/{resource.group}")
            try:
                self._versions[resource.group] = str(answer["preferredVersion"]["version"])
            except (KeyError, TypeError):
                raise BadInput(f"/apis/{resource.group}: the API server names no preferred version") from None
        return self._versions[resource.group]
