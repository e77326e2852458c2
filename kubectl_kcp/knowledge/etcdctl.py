"""etcdctl, 3.4 to 3.6 (etcdctl/ctlv3/command): its environment, and what of its command line may be told to others."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from kubectl_kcp.printable import one_line

NAMES = frozenset({"etcdctl", "etcdctl.exe"})
HIDDEN = "…"
LONGEST = 300
"""Characters of a command line in an Event, whose message has 1,024 at most."""

ENDPOINTS, CA, CERTIFICATE, KEY = "ETCDCTL_ENDPOINTS", "ETCDCTL_CACERT", "ETCDCTL_CERT", "ETCDCTL_KEY"
SKIP_VERIFY = "ETCDCTL_INSECURE_SKIP_TLS_VERIFY"
API = "ETCDCTL_API"
"""3 is the default since 3.4; 3.6 no longer knows the variable and warns of it at each call."""
OF_A_CONNECTION = frozenset(
    {ENDPOINTS, CA, CERTIFICATE, KEY, SKIP_VERIFY}
    | {f"ETCDCTL_{n}" for n in ("USER", "PASSWORD", "AUTH_JWT_TOKEN", "INSECURE_TRANSPORT")}
    | {f"ETCDCTL_{n}" for n in ("INSECURE_DISCOVERY", "DISCOVERY_SRV", "DISCOVERY_SRV_NAME")}
)
"""What a user may have set for another etcd."""

ARGUMENTS = {
    **dict.fromkeys(("get", "del", "watch"), 2),
    **dict.fromkeys(("put", "lock", "elect", "compaction", "move-leader"), 1),
    **dict.fromkeys(("defrag", "txn", "make-mirror", "version", "help", "completion"), 0),
    **dict.fromkeys(("endpoint health", "endpoint status", "endpoint hashkv", "check perf", "check datascale"), 0),
    **dict.fromkeys(("member list", "alarm list", "alarm disarm", "lease list", "user list", "role list"), 0),
    **dict.fromkeys(("auth enable", "auth disable", "auth status", "user add", "user passwd"), 0),
    **dict.fromkeys(("member add", "member remove", "member update", "member promote"), 1),
    **dict.fromkeys(("lease grant", "lease revoke", "lease timetolive", "lease keep-alive"), 1),
    **dict.fromkeys(("snapshot save", "snapshot status", "snapshot restore"), 1),
    **dict.fromkeys(("user get", "user delete", "role add", "role get", "role delete"), 1),
    **dict.fromkeys(("user grant-role", "user revoke-role"), 2),
    **dict.fromkeys(("role grant-permission", "role revoke-permission"), 4),
}
"""Command → how many of its arguments are names, keys or IDs. Those after them are values or passwords."""
GROUPS = frozenset(name.partition(" ")[0] for name in ARGUMENTS if " " in name)

SWITCHES = frozenset(
    f"--{n}"
    for n in (
        "prefix", "from-key", "keys-only", "count-only", "print-value-only", "hex", "debug", "prev-kv", "ignore-value", "ignore-lease",
        "interactive", "physical", "cluster", "learner", "range", "progress-notify", "keys", "once", "no-password", "detail", "force",
        "help", "insecure-transport", "insecure-skip-tls-verify", "insecure-discovery",
    )
) | {"-i", "-h"}  # fmt: skip
"""Flags without a value: the word after any other one is its value."""


def told(command: Sequence[str]) -> str:
    """``command`` for an Event that many may read: program, subcommand, flags' names, keys; never a value or a password.

    Of another program than etcdctl nothing is known, so nothing but its name is told.
    """
    program, *arguments = command
    name = PurePath(program).name
    words = list(_words(arguments)) if name in NAMES else [HIDDEN] * bool(arguments)
    line = one_line(" ".join([name, *words]))
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + HIDDEN


def _words(arguments: Sequence[str]) -> list[str]:
    made: list[str] = []
    path, left, value_next = "", 0, False
    for argument in arguments:
        if argument == "--":
            return [*made, HIDDEN]
        if argument.startswith("-") and argument != "-":
            value_next = "=" not in argument and argument not in SWITCHES
            made.append(_flag(argument))
        elif value_next:
            made.append(HIDDEN)
            value_next = False
        elif path in GROUPS or not path:
            path = f"{path} {argument}".strip()
            known = path in ARGUMENTS or path in GROUPS
            left = ARGUMENTS.get(path, 0)
            made.append(argument if known else HIDDEN)
        else:
            made.append(argument if left > 0 else HIDDEN)
            left -= 1
    return made


def _flag(argument: str) -> str:
    if not argument.startswith("--"):
        return argument[:2] + HIDDEN * (len(argument) > 2)
    name, found, _ = argument.partition("=")
    return f"{name}={HIDDEN}" if found else name
