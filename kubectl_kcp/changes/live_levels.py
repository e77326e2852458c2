"""Log levels over the controllers' diagnostics endpoints. See ``changes.log_level.LevelSetter``."""

from __future__ import annotations

from kubectl_kcp.changes.log_level import Process
from kubectl_kcp.errors import NotServed
from kubectl_kcp.inventory.controllers import manager_state
from kubectl_kcp.knowledge.log_level import PATH
from kubectl_kcp.kube.api import Api, path_of
from kubectl_kcp.kube.objects import number, section, text
from kubectl_kcp.model.log_level import PodLevel
from kubectl_kcp.model.reference import Ref
from kubectl_kcp.sources.live.diagnostics import Call, Tokens, answer


class LiveLevels:
    """``tokens`` are the ServiceAccount's."""

    def __init__(self, api: Api, tokens: Tokens) -> None:
        self._api, self._tokens = api, tokens

    def process(self, pod: Ref) -> Process | None:
        """By a list of one, so that no right to get Pods is wanted."""
        found = self._api.get(path_of("", "v1", "pods", pod.namespace), {"fieldSelector": f"metadata.name={pod.name}"})
        items = found.get("items") or []
        if not items:
            return None
        return Process(text(section(items[0], "metadata"), "uid"), number(manager_state(items[0]), "restartCount"))

    def put(self, seen: PodLevel, level: int) -> str:
        endpoint = seen.pod.endpoints.levels
        if endpoint is None:
            raise NotServed(f"its log level cannot be set: {seen.pod.endpoints.no_levels}")
        call = Call(seen.pod, endpoint, PATH, self._api.timeout or 3600.0, "PUT", str(level).encode(), "--with-log-level")
        with answer(self._api, self._tokens, call) as chunks:
            return b"".join(chunks).decode("utf-8", "replace")
