"""python -m tests.lab: a real management cluster to try things on.

up          a fresh one: etcd, kube-apiserver, kwok, the four controllers (20 s)
clusters    in-memory workload clusters c000, c001, ...
workload    a workload cluster with a real etcd: create it, and change its etcd CA as happens in the field
fleet       made-up clusters in numbers, with the controllers scaled to zero
wait        until every control plane is Available
down        stop everything
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.lab.cluster import Lab
from tests.lab.fleet import Fleet
from tests.lab.processes import HOME, LabError
from tests.lab.supervisor import Supervisor
from tests.lab.workload import Workload

WORKLOAD_VERBS = (
    "create",
    "wait_healthy",
    "rotate",
    "rotate_secret_only",
    "rotate_etcd_only",
    "renew_ca",
    "restore_secret",
    "stop_etcd",
    "start_etcd",
    "expire_etcd_certificate",
    "postpone_etcd_certificate",
    "renew_etcd_certificate",
    "follow_secret",
    "stop_api",
    "start_api",
    "down",
)


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser("python -m tests.lab", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    top.add_argument("--root", type=Path, default=HOME / "run", help="where this lab keeps its files (default: %(default)s)")
    top.add_argument("--port", type=int, help="the API server's port; others count from it (default: 16443)")
    verbs = top.add_subparsers(dest="verb", required=True)
    up = verbs.add_parser("up", help="a fresh management cluster")
    up.add_argument("--clusters", type=int, default=0)
    up.add_argument("--replicas", type=int, default=1, help="Pods of the control-plane controller")
    up.add_argument("--kcp-arg", action="append", default=[], help="a further flag of it, such as --sync-period=10s")
    clusters = verbs.add_parser("clusters", help="in-memory workload clusters FIRST to LAST - 1")
    clusters.add_argument("first", type=int)
    clusters.add_argument("last", type=int)
    workload = verbs.add_parser("workload", help="a workload cluster with a real etcd")
    workload.add_argument("what", choices=[verb.replace("_", "-") for verb in WORKLOAD_VERBS])
    workload.add_argument("name", nargs="?", default="w1")
    fleet = verbs.add_parser("fleet", help="N made-up clusters")
    fleet.add_argument("number", type=int)
    for verb, text in (("wait", "until every control plane is Available"), ("down", "stop everything")):
        verbs.add_parser(verb, help=text)
    verbs.add_parser("supervise")
    return top


def main() -> int:
    args = parser().parse_args()
    lab = Lab(args.root.absolute(), args.port)
    if args.verb == "up":
        lab.up(args.replicas, tuple(args.kcp_arg))
        lab.clusters(0, args.clusters)
        print(f"export KUBECONFIG={lab.kubeconfig}")  # noqa: T201
    elif args.verb == "clusters":
        lab.clusters(args.first, args.last)
    elif args.verb == "workload":
        getattr(Workload(lab, args.name), args.what.replace("-", "_"))()
    elif args.verb == "fleet":
        Fleet(lab).fill(args.number)
    elif args.verb == "wait":
        lab.wait_available()
    elif args.verb == "supervise":
        Supervisor(lab).run()
    else:
        lab.down()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except LabError as error:
        sys.exit(f"lab: {error}")
