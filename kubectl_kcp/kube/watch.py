"""Being told that objects of a kind have changed: Kubernetes' watch, of metadata alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from threading import Event
from typing import Any

from kubectl_kcp.errors import KcpError
from kubectl_kcp.kube.api import Api, Gone
from kubectl_kcp.kube.objects import section, text

LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
ONE = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
"""Neither a spec nor the data of a Secret comes over the wire (Kubernetes API concepts, metadata-only fetches)."""
LASTS = 300
"""Seconds after which the API server ends a watch; the next goes on from where it was."""
LONGEST_PAUSE = 60.0


class Watch:
    """``api`` must bear an answer of ``LASTS`` seconds. ``told`` is called for each change and after each gap, in which some may
    have been missed; ``broken`` with what broke it, before it is tried again, and ``begun`` when it is open."""

    def __init__(
        self,
        api: Api,
        path: str,
        query: Mapping[str, str],
        told: Callable[[], None],
        broken: Callable[[KcpError], None],
        begun: Callable[[], None],
    ) -> None:
        self._api, self._path, self._query = api, path, dict(query)
        self._told, self._broken, self._begun = told, broken, begun

    def run(self, over: Event) -> None:
        """Until ``over``: it ends with the watch that is open then, so the thread must be a daemon."""
        version, pause = "", 1.0
        while not over.is_set():
            try:
                if not version:
                    version = self._begin()
                version = self._follow(version, over)
                pause = 1.0
            except Gone:
                version = ""
                self._told()
            except KcpError as e:
                version = ""
                self._broken(e)
                over.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
                self._told()

    def _begin(self) -> str:
        """The list's resource version, by a page of one."""
        content = self._api.request("GET", self._path, {**self._query, "limit": "1"}, accept=LIST)
        return text(section(json.loads(content), "metadata"), "resourceVersion")

    def _follow(self, version: str, over: Event) -> str:
        """The last version that was seen. Raises Gone where the API server no longer knows ``version``."""
        query = {**self._query, "watch": "1", "resourceVersion": version, "allowWatchBookmarks": "true", "timeoutSeconds": str(LASTS)}
        rest = b""
        with self._api.stream(self._path, query, accept=ONE) as chunks:
            self._begun()
            for chunk in chunks:
                if over.is_set():
                    return version
                *lines, rest = (rest + chunk).split(b"\n")
                for line in filter(None, lines):
                    version = self._event(json.loads(line), version)
        return version

    def _event(self, event: Any, version: str) -> str:
        if event["type"] == "ERROR":
            raise Gone(text(section(event, "object"), "message") or "the watch was ended")
        if event["type"] != "BOOKMARK":
            self._told()
        return text(section(event, "object", "metadata"), "resourceVersion") or version
