"""When a Secret's key last changed, by its managed fields: what each way of writing leaves behind."""

from __future__ import annotations

import pytest

from kubectl_kcp.credentials.change import Change, KeyChange, key_change
from tests.unit.credentials.world import KCP, World, at

WRITERS = frozenset({KCP})
SINCE = 60.0


def asked(world: World, ca_made: float | None = 0.0) -> KeyChange:
    return key_change(world.secret(), WRITERS, at(SINCE), None if ca_made is None else at(ca_made))


def test_nobody_wrote_since() -> None:
    world = World()
    world.create(0, KCP, world.make_ca(0))
    assert asked(world).change is Change.NONE


def test_another_wrote_the_key() -> None:
    world = World()
    world.create(0, KCP, world.make_ca(0))
    world.update(90, "kubectl-patch", world.make_ca(90))
    found = asked(world, 90)
    assert (found.change, found.at, found.by) == (Change.CHANGED, at(90), "kubectl-patch")


def test_owner_references_alone_are_no_change() -> None:
    """KCP patches them, and its entry's time is then of now."""
    world = World()
    world.create(0, KCP, world.make_ca(0))
    world.touch(90, KCP)
    assert asked(world).change is Change.NONE


def test_an_apply_of_what_is_there_is_no_change() -> None:
    world = World()
    ca = world.make_ca(0)
    world.create(0, "kubectl-create", ca)
    world.apply(90, "argocd-controller", ca)
    assert asked(world).change is Change.NONE


def test_a_renewed_certificate_on_the_same_key_is_no_change() -> None:
    world = World()
    old = world.make_ca(0)
    world.create(0, "kubectl-create", old)
    world.update(90, "renewal", world.make_ca(90, old.key))
    assert asked(world, 90).change is Change.NONE


@pytest.mark.parametrize(
    ("ca_made", "change", "words"),
    [(0.0, Change.NONE, "with a CA of before"), (90.0, Change.CHANGED, "with a CA made after"), (None, Change.UNTOLD, "cannot be read")],
)
def test_a_secret_that_was_created_anew(ca_made: float | None, change: Change, words: str) -> None:
    """As a restored backup: all its times are of its creation, and its CA tells."""
    world = World()
    world.create(90, "velero-server", world.make_ca(0))
    found = asked(world, ca_made)
    assert found.change is change
    assert words in found.why


@pytest.mark.parametrize(("ca_made", "change"), [(0.0, Change.UNTOLD), (90.0, Change.CHANGED), (None, Change.UNTOLD)])
def test_without_managed_fields(ca_made: float | None, change: Change) -> None:
    """kube-apiserver can drop them (kubernetes issue 136919): what does not show is not said to be well."""
    world = World()
    world.create(0, KCP, world.make_ca(0))
    world.entries.clear()
    assert asked(world, ca_made).change is change
