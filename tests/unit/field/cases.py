"""What is right on each situation of tests/field, as its ``what-is-right.txt`` says it.

``states`` are what may stand as a cluster's ``state`` in JSON, ``certificates`` what may stand as the state of ``CLUSTER KIND``; each a
word or several that are right alike. ``exits`` are ``certs status -A --fail-on WORDS`` and its code, "" for no ``--fail-on``. ``said`` and
``unsaid`` are regular expressions over a command's stdout.
"""

from __future__ import annotations

from dataclasses import dataclass, field

STATUS = "certs status -A"


@dataclass(frozen=True)
class Case:
    states: dict[str, str] = field(default_factory=dict)
    certificates: dict[str, str] = field(default_factory=dict)
    exits: dict[str, int] = field(default_factory=dict)
    said: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unsaid: dict[str, tuple[str, ...]] = field(default_factory=dict)


CASES: dict[str, Case] = {
    "ca-bundle-in-the-wrong-order": Case(
        states={"bundle-old-new": "INVALID"}, certificates={"bundle-old-new ca": "INVALID"}, exits={"": 0, "invalid": 1, "expired": 0}
    ),
    "ca-ed25519": Case(
        states={"alg-ed25519": "VALID"}, certificates={"alg-ed25519 kubeconfig": "VALID"}, exits={"": 0, "expired,expiring,invalid": 0}
    ),
    "client-of-an-expired-ca": Case(states={"client-of-expired-ca": "EXPIRED|INVALID"}, exits={"": 0, "expired,invalid": 1}),
    "etcd-client-with-its-chain": Case(
        states={"root-and-chain": "VALID"},
        certificates={"root-and-chain apiserver-etcd-client": "VALID"},
        exits={"": 0, "expired,expiring,invalid": 0},
    ),
    "etcd-etcd-clock-behind": Case(
        exits={"": 0, "expired,expiring,invalid": 0},
        said={"certs credentials real/w1": ("(?i)clock|not yet valid|etcd's own CA",)},
        unsaid={"certs credentials real/w1": ("CA_MISMATCH", "another CA", "agree")},
    ),
    "etcd-server-cert-expired": Case(
        exits={"": 0, "expired,expiring,invalid": 0},
        said={"certs credentials real/w1": ("(?i)server certificate", "(?i)renew|kubeadm certs")},
        unsaid={"certs credentials real/w1": ("CA_MISMATCH", "is not etcd's", "agree")},
    ),
    "expiry-annotation-malformed": Case(
        said={"certs inspect exp-malformed -A": ("next year",)},
        unsaid={"certs inspect exp-malformed -A": ("the Machine tells no end",)},
    ),
    "external-etcd-client-missing": Case(
        states={"no-client": "MISSING"},
        certificates={"no-client apiserver-etcd-client": "MISSING", "no-client etcd": "VALID"},
        exits={"": 0, "invalid": 1},
        said={STATUS: ("apiserver-etcd-client MISSING",)},
    ),
    "invalid-hides-expiring": Case(
        exits={"expired,expiring": 1, "expiring": 1, "expired": 0}, said={STATUS: (r"rke2-ending .* (1d|2[0-9]h)",)}
    ),
    "k0smotron-etcd-server-expired": Case(
        states={"k0s-a": "EXPIRED"},
        certificates={
            "k0s-a etcd-server": "EXPIRED",
            "k0s-a etcd-peer": "EXPIRED",
            "k0s-a ingress-haproxy": "EXPIRING",
            "k0s-a apiserver-etcd-client": "VALID",
        },
        exits={"": 0, "expired": 1},
        said={STATUS: ("EXPIRED 5d",), "certs inspect k0s-a -A": ("etcd-server .*EXPIRED", "etcd-peer .*EXPIRED", "ingress-haproxy")},
    ),
    "kubeconfig-base64-in-lines": Case(
        states={"b64-wrapped": "VALID"}, certificates={"b64-wrapped kubeconfig": "VALID"}, exits={"": 0, "expired,expiring,invalid": 0}
    ),
    "kubeconfig-context-not-there": Case(
        states={"current-not-there": "INVALID|UNREADABLE", "one-ctx-none-current": "INVALID|UNREADABLE"}, exits={"invalid": 1}
    ),
    "kubeconfig-that-kcp-does-not-renew": Case(
        certificates={"kc-user-type kubeconfig": "EXPIRING"},
        exits={"expiring": 1},
        said={"certs inspect kc-user-type -A": ("Opaque",)},
        unsaid={"certs inspect kc-user-type -A": ("KCP renews it at half its life",)},
    ),
    "kubeconfig-trusts-an-expired-ca": Case(states={"ca-renewed-kc-old-ca": "EXPIRED|INVALID"}, exits={"": 0, "expired": 1}),
    "machine-based-control-plane": Case(
        states={"standalone": "EXPIRED"},
        certificates={"standalone ca": "EXPIRED", "standalone etcd": "VALID", "standalone proxy": "VALID"},
        exits={"": 0, "expired": 1},
        said={STATUS: ("EXPIRED 4d",)},
    ),
    "mislabelled-is-there": Case(
        states={"mislabel": "VALID"},
        certificates={"mislabel ca": "VALID"},
        exits={"": 0, "expired,expiring,invalid": 0},
        unsaid={STATUS: ("does not exist", "MISSING")},
    ),
    "paused-is-not-said": Case(
        said={
            "certs inspect paused -A": ("(?i)Cluster .*paused", "EXPIRING"),
            "certs inspect paused-kcp-annotation -A": ("(?i)is paused",),
        },
        unsaid={
            "certs inspect paused -A": ("KCP renews it at half its life;",),
            "certs inspect paused-kcp-annotation -A": ("KCP renews it at half its life;",),
        },
    ),
    "pem-bom": Case(states={"pem-bom": "UNREADABLE"}, certificates={"pem-bom ca": "UNREADABLE"}, exits={"invalid": 1}),
    "pem-indented": Case(states={"pem-indented": "UNREADABLE"}, certificates={"pem-indented ca": "UNREADABLE"}, exits={"invalid": 1}),
    "pem-other-block-first": Case(
        states={"pem-key-first": "UNREADABLE"}, certificates={"pem-key-first ca": "UNREADABLE"}, exits={"invalid": 1}
    ),
    "pem-with-headers": Case(
        certificates={"pem-headers ca": "VALID|INVALID"}, exits={"expired,expiring": 0}, said={STATUS: ("pem-headers +10y",)}
    ),
    "rke2-client-ca-expired": Case(
        states={"rke2-cca-expired": "EXPIRED"},
        certificates={"rke2-cca-expired cca": "EXPIRED", "rke2-cca-expired ca": "VALID", "rke2-cca-expired peer-etcd": "VALID"},
        exits={"": 0, "expired": 1},
        said={STATUS: ("EXPIRED 3d",), "certs inspect rke2-cca-expired -A": ("cca .*EXPIRED",)},
    ),
    "rke2-kubeconfig-of-the-client-ca": Case(
        states={"rke2-a": "VALID"},
        certificates={"rke2-a kubeconfig": "VALID", "rke2-a cca": "VALID"},
        exits={"": 0, "expired,expiring,invalid": 0},
        said={STATUS: (r"rke2-a .*364d.* ok\b",)},
    ),
    "sa-old-key-first": Case(
        states={"sa-old-new": "VALID"}, certificates={"sa-old-new sa": "KEY"}, exits={"": 0, "expired,expiring,invalid": 0}
    ),
    "subject-newline": Case(unsaid={"certs inspect s/s048": ("(?m)^ca: CN=fake", r"[\x00-\x09\x0b-\x1f\x7f\x80-\x9f]")}),
    "trust-bundle-expired-first": Case(
        states={"trust-expired-old-first": "VALID"},
        certificates={"trust-expired-old-first etcd": "VALID", "trust-expired-old-first apiserver-etcd-client": "VALID"},
        exits={"": 0, "expired,expiring,invalid": 0},
    ),
    "user-kubeconfig-is-no-orphan": Case(
        exits={"": 0, "expired,expiring,invalid": 0},
        unsaid={STATUS: ("without a cluster",), f"{STATUS} -o json": (r'"withoutCluster": \[\s*\{',)},
    ),
    "vendor-image-tag": Case(
        said={"certs credentials v/c1 -o json": ('"version": "v?1.14.2',)},
        unsaid={"certs credentials v/c1": ("no version", r"version of\s+\S+ is unknown")},
    ),
}

ON_THE_SANDBOX = {"unlabelled-as-the-docs-say"}
"""Told as steps on a live cluster, which no bundle can show."""

NOT_YET: list[str] = []
"""Cases that the tool does not get right yet. It fails when one of them becomes right: then its line goes."""
