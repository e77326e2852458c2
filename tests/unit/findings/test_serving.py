"""Whether the API server believes a webhook, by real handshakes: each way in which it would not, and what comes near."""

from __future__ import annotations

import datetime as dt

import pytest

from kubectl_kcp.findings.serving import serving_findings
from kubectl_kcp.findings.webhooks import webhook_findings
from tests.lab.certificates import Pair, issue
from tests.unit.gather.test_webhooks import CA, DAY, NAME, OTHER, leaf, looked, told, world

ENDED_CA = issue("webhook", start=dt.timedelta(days=-90), end=dt.timedelta(days=-1))


@pytest.mark.parametrize(
    ("pair", "bundle", "codes"),
    [
        (leaf(), CA.certificate_pem, []),
        (leaf(), OTHER.certificate_pem + CA.certificate_pem, []),
        (leaf(), OTHER.certificate_pem, ["webhook-ca-foreign"]),
        (leaf(start=-90 * DAY, end=-DAY), CA.certificate_pem, ["webhook-certificate-refused"]),
        (leaf(start=DAY, end=90 * DAY), CA.certificate_pem, ["webhook-certificate-refused"]),
        (leaf(hosts=("capi-webhook-service",)), CA.certificate_pem, ["webhook-certificate-refused"]),
        (leaf(hosts=()), CA.certificate_pem, ["webhook-certificate-refused"]),
        (leaf(hosts=("other", NAME)), CA.certificate_pem, []),
        (leaf(start=-69 * DAY, end=21 * DAY), CA.certificate_pem, ["webhook-certificate-expiring"]),
        (leaf(start=-60 * DAY, end=30 * DAY), CA.certificate_pem, []),  # cert-manager is about to renew it
    ],
    ids=["good", "an old CA first", "another CA", "expired", "postponed", "short name", "no name", "two names", "not renewed", "at 30 d"],
)
def test_what_the_api_server_would_make_of_it(pair: Pair, bundle: bytes, codes: list[str]) -> None:
    assert [f.code for f in told(pair, bundle)] == codes


def test_a_ca_that_has_ended_is_told_of_the_bundle_alone() -> None:
    made, _ = looked(leaf(ENDED_CA), world(ENDED_CA.certificate_pem))
    assert list(serving_findings(made)) == []
    assert [f.code for f in webhook_findings(made)] == ["webhook-ca-expired"]


def test_an_expired_one_that_two_bundles_are_for_is_told_once() -> None:
    (finding,) = told(leaf(start=-90 * DAY, end=-DAY), CA.certificate_pem, CA.certificate_pem + OTHER.certificate_pem)
    assert str(finding.subject) == "Service capi-system/capi-webhook-service"
    assert finding.since is not None
    assert len(finding.evidence) == 1
