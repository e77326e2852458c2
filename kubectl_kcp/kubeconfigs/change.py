"""When the content of a kubeconfig Secret last changed, as far as its ``managedFields`` can tell. Pure.

As with a CA's key (``credentials.change``): a value has not changed since the earliest time among its present owners. Managed times are
whole seconds.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct

from kubectl_kcp.model.secret import CertificateSecret

VALUE = "value"
"""The data key of a kubeconfig (Cluster API util/secret/consts.go)."""
RESOLUTION = timedelta(seconds=1)


class Written(Struct, frozen=True):
    """``at`` is the last change of the content, at the earliest; ``by`` the field manager. ``anew``: the Secret itself was made then."""

    at: datetime
    by: str = ""
    anew: bool = False

    def before(self, moment: datetime) -> bool:
        """Whether it was surely written by then: managed times are whole seconds."""
        return self.at + RESOLUTION <= moment


def last_written(secret: CertificateSecret, fields: tuple[str, ...] = (VALUE,)) -> Written | None:
    """None where neither owners nor creation tell."""
    timed = [(o.time, o) for o in secret.owners if o.time is not None and not o.fields.isdisjoint(fields)]
    if not timed:
        return None
    at, owner = min(timed, key=lambda pair: pair[0])
    anew = secret.created is not None and at <= secret.created + RESOLUTION
    return Written(at, owner.manager, anew)
