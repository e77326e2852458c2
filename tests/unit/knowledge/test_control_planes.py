"""The table of control planes: docs/providers.md is made of it, and its rows fit together."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kubectl_kcp.knowledge.control_planes import BY_KIND, PROVIDERS, Form, Held, Provider, provider_of
from kubectl_kcp.model.secret import Purpose

PAGE = Path(__file__).parents[3] / "docs/providers.md"
BEGIN = "<!-- made of kubectl_kcp/knowledge/control_planes.py: pytest tests/unit/knowledge --update -->\n"


def row(held: Held) -> str:
    signers = ", ".join(f"`-{p}`" for p in held.signed_by) or ("itself" if held.form is Form.CA else "not checked")
    what = held.what + (", needed" if held.needed else "")
    return f"| `CLUSTER-{held.purpose}` | {what} | {signers if held.form is not Form.KEYS else ''} | {held.renewed} |"


def section(provider: Provider) -> Iterator[str]:
    kinds = ", ".join(f"`{k}`" for k in provider.kinds if k) or "no `controlPlaneRef`"
    yield f"## {provider.name}\n\n{kinds}. Source: {provider.source}.\n"
    yield "| Secret | what | signed by | renewed by, and when |\n|---|---|---|---|"
    yield from (row(held) for held in provider.secrets)
    yield ""


def test_the_page_is_made_of_the_table(request: pytest.FixtureRequest) -> None:
    text = PAGE.read_text(encoding="utf-8")
    head = text.partition(BEGIN)[0]
    made = head + BEGIN + "\n" + "\n".join(line for provider in PROVIDERS for line in section(provider))
    if made != text and request.config.getoption("--update"):
        PAGE.write_text(made, encoding="utf-8")
    assert text == made, "docs/providers.md differs: look, then run with --update"


def test_each_kind_belongs_to_one_provider() -> None:
    kinds = [kind for provider in PROVIDERS for kind in provider.kinds]
    assert len(kinds) == len(set(kinds)) == len(BY_KIND)
    assert provider_of("OfSomebody").secrets == ()


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda p: p.name)
def test_who_signs_is_there_and_is_a_ca(provider: Provider) -> None:
    for held in provider.secrets:
        assert held.purpose.is_kubeconfig == (held.form is Form.KUBECONFIG)
        for signer in (*held.signed_by, *held.trusts):
            found = provider.held(signer)
            assert found is not None
            assert found.form is Form.CA


def test_a_client_ca_signs_where_there_is_one() -> None:
    for provider in PROVIDERS:
        kubeconfig = provider.held(Purpose.KUBECONFIG)
        assert kubeconfig is not None
        if provider.held(Purpose.CLIENT_CA):
            assert (kubeconfig.signed_by, kubeconfig.trusts) == ((Purpose.CLIENT_CA,), (Purpose.CA,))
