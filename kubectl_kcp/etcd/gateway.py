"""etcd's HTTP gateway: JSON over one TLS stream (etcd ``api/etcdserverpb/rpc.proto``; 64-bit numbers come as strings)."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Mapping
from typing import Any

from kubectl_kcp.errors import BadInput
from kubectl_kcp.kube.times import ahead
from kubectl_kcp.model.etcd import Alarm, Member, MemberStatus, QuotaSource

STATUS, MEMBERS, ALARMS = "/v3/maintenance/status", "/v3/cluster/member/list", "/v3/maintenance/alarm"
ALARM_BODY = {"action": "GET"}
LIMIT = 4 << 20
"""An answer of etcd is a few kB; more is another program."""


class Gateway:
    """Requests over one stream that is already open, TLS included. One at a time.

    Every call raises BadInput for an answer that is not the gateway's, OSError or http.client's errors for a broken stream.
    """

    def __init__(self, stream: socket.socket, endpoint: str) -> None:
        self._connection = http.client.HTTPConnection("etcd", timeout=stream.gettimeout())
        self._connection.sock = stream
        self._endpoint = endpoint
        self.ahead: float | None = None
        """Of the last answer: how many seconds the member's clock is ahead of ours, None where it did not tell."""

    def status(self) -> MemberStatus:
        made = read_status(self._call(STATUS, {}), self._endpoint)
        if not made.version or not made.member_id:
            raise BadInput(f"{self._endpoint}: the answer is not an etcd member's status")
        return made

    def members(self) -> tuple[Member, ...]:
        return read_members(self._call(MEMBERS, {}))

    def alarms(self) -> tuple[Alarm, ...]:
        return read_alarms(self._call(ALARMS, ALARM_BODY))

    def _call(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        self._connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        response = self._connection.getresponse()
        self.ahead = ahead(response.getheader("Date"), time.time())
        content = response.read(LIMIT + 1)
        if len(content) > LIMIT:
            raise BadInput(f"{self._endpoint}: {path} answered more than {LIMIT} bytes")
        try:
            answer = json.loads(content)
        except ValueError:
            raise BadInput(f"{self._endpoint}: {path} answered {response.status} with no JSON: not etcd's HTTP gateway") from None
        if response.status != http.client.OK or not isinstance(answer, dict):
            reason = answer.get("error") or answer.get("message") if isinstance(answer, dict) else ""
            raise BadInput(f"{self._endpoint}: {path} answered {response.status}: {reason or 'no reason'}")
        return answer


def _int(answer: Mapping[str, Any], key: str) -> int:
    try:
        return int(answer.get(key) or 0)
    except (TypeError, ValueError):
        return 0


def _texts(answer: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = answer.get(key)
    return tuple(str(v) for v in value) if isinstance(value, list) else ()


def _rows(answer: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    value = answer.get(key)
    return [v for v in value if isinstance(v, Mapping)] if isinstance(value, list) else []


def read_status(answer: Mapping[str, Any], endpoint: str) -> MemberStatus:
    """``dbSizeInUse`` came with 3.4, ``dbSizeQuota`` with 3.6 (rpc.proto, etcd_version_field): missing ones are None."""
    header = answer.get("header")
    header = header if isinstance(header, Mapping) else {}
    quota = _int(answer, "dbSizeQuota")
    return MemberStatus(
        endpoint=endpoint,
        member_id=_int(header, "member_id"),
        version=str(answer.get("version") or ""),
        leader_id=_int(answer, "leader"),
        raft_index=_int(answer, "raftIndex"),
        raft_applied_index=_int(answer, "raftAppliedIndex"),
        raft_term=_int(answer, "raftTerm"),
        learner=answer.get("isLearner") is True,
        db_size=_int(answer, "dbSize"),
        db_size_in_use=_int(answer, "dbSizeInUse") if "dbSizeInUse" in answer else None,
        db_size_quota=quota if quota > 0 else None,
        errors=_texts(answer, "errors"),
        quota_source=QuotaSource.STATUS if quota > 0 else QuotaSource.UNLIMITED if quota else None,
    )


def read_members(answer: Mapping[str, Any]) -> tuple[Member, ...]:
    return tuple(
        Member(_int(m, "ID"), str(m.get("name") or ""), m.get("isLearner") is True, _texts(m, "peerURLs"), _texts(m, "clientURLs"))
        for m in _rows(answer, "members")
    )


def read_alarms(answer: Mapping[str, Any]) -> tuple[Alarm, ...]:
    return tuple(Alarm(_int(a, "memberID"), str(a.get("alarm") or "NONE")) for a in _rows(answer, "alarms"))
