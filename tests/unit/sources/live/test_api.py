"""Requests against a real HTTP server on loopback."""

from __future__ import annotations

import json

import pytest

from kubectl_kcp.errors import Forbidden, KcpError, NotFound, Refused, Unreachable
from kubectl_kcp.sources.live.access import Access
from kubectl_kcp.sources.live.api import TRIES, Api, Gone, failure
from tests.unit.sources.serving import Answers, serving


def api(answers: Answers) -> Api:
    return Api(
        Access(answers.url, None, lambda: "Bearer t", name="context c", impersonate_user="u", impersonate_groups=("a", "b")),
        request_timeout=5,
    )


@pytest.mark.parametrize(
    ("status", "kind", "asked"),
    [(401, Forbidden, 1), (403, Forbidden, 1), (404, NotFound, 1), (410, Gone, 1), (429, Refused, TRIES), (500, Unreachable, TRIES)],
)
def test_a_read_is_tried_again_only_where_that_can_help(status: int, kind: type[KcpError], asked: int) -> None:
    with serving(Answers(status=status, body=b'{"kind":"Status","message":"why"}')) as answers:
        with pytest.raises(kind, match="why"):
            api(answers).get("/x")
        assert len(answers.asked) == asked


def test_each_group_has_a_header_of_its_own() -> None:
    assert api(Answers(url="http://x")).headers().getlist("Impersonate-Group") == ["a", "b"]


def test_what_a_status_leaves_to_its_causes_is_told() -> None:
    """Which PodDisruptionBudget it is that refuses an eviction; what the message says already is not said twice."""
    causes = [{"message": "The budget b needs 2."}, {"message": "evict pod"}]
    body = json.dumps({"kind": "Status", "message": "Cannot evict pod.", "details": {"causes": causes}}).encode()
    assert str(failure("POST", "/x", 429, body)) == "Cannot evict pod. The budget b needs 2."
