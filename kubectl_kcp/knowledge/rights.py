"""The rights that the commands need (rbac.authorization.k8s.io/v1): what each is for, which commands need it, and what they show
without it. ``access manifest`` prints this table as roles, ``access check`` asks for each row of it.

RBAC cannot narrow ``list secrets`` by type or label, so reading them is a role of its own; so is what changes a controller.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

NAMESPACE = "kubectl-kcp"
ACCOUNT = "kubectl-kcp-diagnostics"
"""The ServiceAccount whose short-lived token is sent to the controllers' diagnostics endpoints."""


class Rule(Struct, frozen=True):
    """``names`` narrows to these objects; ``urls`` are non-resource URLs, where ``groups`` and ``resources`` are empty.

    ``commands`` need it, each by its full name; ``without`` is what becomes of them otherwise. ``of_clusters``: it is about
    objects in clusters' namespaces, so one namespace can be enough. ``fallback``: read only where a list of all namespaces is
    refused.
    """

    what: str
    verbs: tuple[str, ...]
    groups: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    without: str = ""
    of_clusters: bool = False
    fallback: bool = False

    def as_object(self) -> dict[str, list[str]]:
        if self.urls:
            return {"nonResourceURLs": list(self.urls), "verbs": list(self.verbs)}
        made = {"apiGroups": list(self.groups), "resources": list(self.resources), "verbs": list(self.verbs)}
        return {**made, "resourceNames": list(self.names)} if self.names else made


class Role(Struct, frozen=True):
    """A ClusterRole, or a Role where ``namespaced``. It is bound to the subject, or with ``of_account`` to the ServiceAccount;
    only with ``flag``, an option of ``access manifest``, where there is one."""

    name: str
    rules: tuple[Rule, ...]
    flag: str = ""
    of_account: bool = False
    namespaced: bool = False


CAPI = "cluster.x-k8s.io"
CONTROL_PLANE = f"controlplane.{CAPI}"

CERTIFICATES = ("certs status", "certs inspect", "certs credentials", "certs rotation")
ETCD = ("etcd status", "etcd members")
SHELL = ("etcd shell",)
FLUSHING = ("certs flush", "certs regenerate")
LEVELS = ("log-level show", "log-level set", "log-level reset")
CHANGING = frozenset((*FLUSHING, *SHELL, "log-level set", "log-level reset"))
"""These change something. Their own rights are wanted by few: without them nothing is wrong."""
DIAGNOSING = ("profile", "top", "cache", "doctor", "bundle")
EVERYTHING = ("doctor", "bundle")
"""These look at all that there is."""
OF_CONTROLLERS = (*CERTIFICATES, *DIAGNOSING, *FLUSHING, *LEVELS)
OF_CLUSTERS = (*CERTIFICATES, *ETCD, *SHELL, "profile", "cache", *EVERYTHING, *FLUSHING)
LATER = "a change shows at the next look"
REACHING = (*DIAGNOSING, "log-level set", "log-level reset")

DIAGNOSTICS = (
    Rule("metrics of the controllers", ("get",), urls=("/metrics",), commands=DIAGNOSING, without="no figures, no connections"),
    Rule("profiles of the controllers", ("get",), urls=("/debug/pprof/*",), commands=("profile", *EVERYTHING), without="no profiles"),
)
TOKEN = (
    Rule(
        "a token of that ServiceAccount, and of no other", ("create",), ("",), ("serviceaccounts/token",), (ACCOUNT,),
        commands=REACHING, without="nothing of the diagnostics endpoints, but with --token-file",
    ),
)  # fmt: skip
READ = (
    Rule(
        "clusters, Machines", ("list",), (CAPI,), ("clusters", "machines"),
        commands=OF_CLUSTERS, without="no clusters; without Machines no API server certificates and no etcd members", of_clusters=True,
    ),
    Rule(
        "control planes", ("list",), (CONTROL_PLANE,), ("kubeadmcontrolplanes",),
        commands=OF_CLUSTERS, without="no conditions and no credential states", of_clusters=True,
    ),
    Rule(
        "what else belongs to clusters", ("list",), (CAPI,), ("machinesets", "machinedeployments", "machinehealthchecks"),
        commands=EVERYTHING, without="nothing of deletions, pauses and remediations of these", of_clusters=True,
    ),
    Rule(
        "how Machines were started", ("list",), (f"bootstrap.{CAPI}",), ("kubeadmconfigs",),
        commands=EVERYTHING, without="whether an upgrade rolls control planes out is not told", of_clusters=True,
    ),
    Rule(
        "stored versions, and how objects are converted", ("list",), ("apiextensions.k8s.io",), ("customresourcedefinitions",),
        commands=EVERYTHING, without="nothing of stored versions and of conversion webhooks",
    ),
    Rule(
        "what the API server calls on writes", ("list",), ("admissionregistration.k8s.io",),
        ("mutatingwebhookconfigurations", "validatingwebhookconfigurations"),
        commands=EVERYTHING, without="nothing of admission webhooks",
    ),
    Rule("who answers webhooks", ("list",), ("",), ("services",), commands=EVERYTHING, without="Services without endpoints are not told"),
    Rule(
        "which of their Pods are ready", ("list",), ("discovery.k8s.io",), ("endpointslices",),
        commands=EVERYTHING, without="Services without endpoints are not told",
    ),
    Rule(
        "serving certificates of webhooks", ("list",), ("cert-manager.io",), ("certificates",),
        commands=EVERYTHING, without="certificates that are not issued are not told",
    ),
    Rule(
        "versions of providers whose image has no tag", ("list",), (f"clusterctl.{CAPI}",), ("providers",),
        commands=OF_CONTROLLERS, without="the version is taken from the log, or unknown",
    ),
    Rule(
        "controllers", ("list",), ("apps",), ("deployments",),
        commands=OF_CONTROLLERS, without="no controllers, and no credential states",
    ),
    Rule("their Pods", ("list",), ("",), ("pods",), commands=OF_CONTROLLERS, without="no metrics, profiles and logs"),
    Rule(
        "who leads", ("list",), ("coordination.k8s.io",), ("leases",),
        commands=OF_CONTROLLERS, without="no leader is marked, credentials are UNKNOWN",
    ),
    Rule(
        "logs of controllers", ("get",), ("",), ("pods/log",),
        commands=(*CERTIFICATES, "top", "cache", *EVERYTHING, *FLUSHING, *LEVELS),
        without="no log lines as evidence: for STALE credentials, for throttling, for log levels in force",
    ),
    Rule(
        "a way to the diagnostics endpoints", ("get", "create"), ("",), ("pods/portforward",),
        commands=REACHING, without="nothing of the diagnostics endpoints",
    ),
    Rule(
        "namespaces, to look into one by one where Secrets may be read in some only", ("list",), ("",), ("namespaces",),
        commands=(*CERTIFICATES, "cache", *EVERYTHING, *FLUSHING), without="the context's namespace alone is looked into", fallback=True,
    ),
)  # fmt: skip
SECRETS = (
    Rule(
        "certificates", ("list",), ("",), ("secrets",),
        commands=(*CERTIFICATES, *EVERYTHING, *FLUSHING),
        without="what Machines and conditions tell: the API servers' certificates; `cache` asks for it with --with-secrets only",
        of_clusters=True,
    ),
    Rule(
        "Secrets by their names: etcd's CA and the kubeconfig, and what was made without Cluster API's type and label", ("get",), ("",),
        ("secrets",), commands=(*CERTIFICATES, *EVERYTHING, *ETCD, *SHELL, *FLUSHING),
        without="a Secret that no list shows is not found; no etcd, no certs status --verify; a flush does not try etcd first",
        of_clusters=True,
    ),
)  # fmt: skip
FLUSH = (
    Rule("the leader's Pod is evicted", ("create",), ("",), ("pods/eviction",), commands=FLUSHING, without="refused"),
    Rule("with one replica, the Deployment is restarted", ("patch",), ("apps",), ("deployments",), commands=FLUSHING, without="refused"),
    Rule(
        "the ended leader's Lease is freed", ("patch",), ("coordination.k8s.io",), ("leases",),
        commands=FLUSHING, without="it ends by itself, after up to 60 s without a leader",
    ),
    Rule(
        "whether the leader's node is Ready", ("get",), ("",), ("nodes",),
        commands=FLUSHING, without="refused there; the Lease ends by itself",
    ),
    Rule("who did what, and why", ("create",), ("",), ("events",), commands=FLUSHING, without="refused"),
    Rule("the cluster as it is now", ("get",), (CAPI,), ("clusters",), commands=FLUSHING, without="refused", of_clusters=True),
    Rule("the Deployment as it is now", ("get",), ("apps",), ("deployments",), commands=FLUSHING, without="refused"),
    Rule("the leader's Pod as it is now", ("get",), ("",), ("pods",), commands=FLUSHING, without="refused"),
    Rule("the Lease as it is now", ("get",), ("coordination.k8s.io",), ("leases",), commands=FLUSHING, without="refused"),
    Rule(
        "the proof, and --nudge", ("get", "patch"), (CONTROL_PLANE,), ("kubeadmcontrolplanes",),
        commands=("certs regenerate",), without="a flush without a proof", of_clusters=True,
    ),
)  # fmt: skip
ETCD_SHELL = (
    Rule(
        "who opened a cluster's etcd, with which command, and why", ("create",), ("",), ("events",),
        commands=SHELL, without="refused", of_clusters=True,
    ),
)  # fmt: skip
LOG_LEVEL = (
    Rule(
        "the log level of the controllers", ("put",), urls=("/debug/flags/v",),
        commands=("log-level set", "log-level reset"), without="refused by the controller",
    ),
)  # fmt: skip

WATCH = Role(
    "kubectl-kcp-watch",
    (
        Rule("changes of Secrets, told as metadata alone", ("watch",), ("",), ("secrets",), commands=("export",), without=LATER),
        Rule("changes of clusters, Machines", ("watch",), (CAPI,), ("clusters", "machines"), commands=("export",), without=LATER),
        Rule("changes of control planes", ("watch",), (CONTROL_PLANE,), ("kubeadmcontrolplanes",), commands=("export",), without=LATER),
        Rule("changes of controllers", ("watch",), ("apps",), ("deployments",), commands=("export",), without=LATER),
        Rule("changes of their Pods", ("watch",), ("",), ("pods",), commands=("export",), without=LATER),
    ),
)
"""Of the exporter alone, beside what ``doctor`` needs. ``export manifest`` prints it; no command that a person runs watches."""

ROLES = (
    Role("kubectl-kcp-diagnostics", DIAGNOSTICS, of_account=True),
    Role("kubectl-kcp-log-level", LOG_LEVEL, flag="--with-log-level", of_account=True),
    Role("kubectl-kcp-token", TOKEN, namespaced=True),
    Role("kubectl-kcp-reader", READ),
    Role("kubectl-kcp-secrets", SECRETS, flag="--with-secrets"),
    Role("kubectl-kcp-flush", FLUSH, flag="--with-flush"),
    Role("kubectl-kcp-etcd-shell", ETCD_SHELL, flag="--with-etcd-shell"),
)
"""In the order in which ``access manifest`` prints them."""


def all_rules() -> Iterator[tuple[Role, Rule]]:
    return ((role, rule) for role in ROLES for rule in role.rules)


def all_commands() -> list[str]:
    """Those that need a right, reading ones first."""
    names = dict.fromkeys(c for c in (*CERTIFICATES, *DIAGNOSING, *ETCD, *LEVELS, *FLUSHING, *SHELL))
    return sorted(names, key=lambda c: c in CHANGING)
