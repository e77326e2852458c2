"""Requests against a real HTTP server on loopback."""

from __future__ import annotations

import pytest

from kubectl_kcp.errors import Forbidden, KcpError, NotFound, Refused, Unreachable
from kubectl_kcp.sources.live.access import Access
from kubectl_kcp.sources.live.api import TRIES, Api, Gone
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
