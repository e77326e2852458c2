"""What a profile says of itself, and we do not follow."""

from __future__ import annotations

import pytest

from kubectl_kcp.findings.profile import verdicts
from kubectl_kcp.model.profile import Profile, SampleType
from kubectl_kcp.model.profile_report import PodProfile
from kubectl_kcp.pprof.analysis import AnalysedProfile
from kubectl_kcp.pprof.decode import decode
from kubectl_kcp.pprof.encode import encode


@pytest.mark.parametrize(
    ("drop", "keep", "names"),
    [
        ("(a+)+b", "", "drop_frames could take for ever to match, and is not"),
        ("malloc", "(a|b)*", "keep_frames could take for ever to match, and is not"),
        ("(a+)+b", "(a|b)*", "drop_frames and keep_frames could take for ever to match, and are not"),
        (r"malloc|free|runtime\..*", "free", ""),
        ("(", "", ""),  # no expression: go tool pprof does not apply it either
        ("", "(a+)+b", ""),  # there is nothing to keep from
    ],
)
def test_an_expression_that_is_not_applied_is_said_so(drop: str, keep: str, names: str) -> None:
    profile = decode(encode(Profile((SampleType("cpu", "nanoseconds"),), drop_frames=drop, keep_frames=keep)))
    told = verdicts([AnalysedProfile(PodProfile("cpu", profile, "some.pb.gz")).report])
    assert [f.code for f in told] == (["profile-frames-not-dropped"] if names else [])
    assert all(names in f.seen for f in told)
