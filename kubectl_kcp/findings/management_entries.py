"""Findings about the management cluster itself: its controllers, webhooks, versions."""

from __future__ import annotations

from kubectl_kcp.advice import advice, command, kubectl
from kubectl_kcp.findings.entry import Entry
from kubectl_kcp.model.finding import Severity

CA_EMPTY, CA_UNREADABLE, CA_EXPIRED = "webhook-ca-empty", "webhook-ca-unreadable", "webhook-ca-expired"
CA_FOREIGN, SHOWN_REFUSED, SHOWN_ENDING = "webhook-ca-foreign", "webhook-certificate-refused", "webhook-certificate-expiring"
UNTRUSTED = (CA_EMPTY, CA_UNREADABLE, CA_EXPIRED, CA_FOREIGN, SHOWN_REFUSED)
"""In these the API server does not believe the webhook."""
NO_ENDPOINTS, NOT_ISSUED = "webhook-without-endpoints", "serving-certificate-not-ready"
NO_LEADER, FLAPPING, OTHER_IMAGE = "controller-without-leader", "leader-flapping", "leader-of-another-version"
NOT_READY, IMAGE_PULL, CRASHING, OOM = "controller-not-ready", "image-pull-fails", "controller-crashes", "controller-out-of-memory"
MIXED, UNSUPPORTED, OLD_RELEASE = "versions-mixed", "kubernetes-not-supported", "release-lacks-fixes"
STORED, FIELDS_LOST = "crd-stores-removed-version", "managed-fields-lost"
INSECURE, PROFILED = "diagnostics-insecure", "profiler-in-use"
DIAGNOSTICS_OFF, SKEW, OUT_OF_SUPPORT = "diagnostics-off", "clock-skew", "version-out-of-support"
NODE_SKEW = "node-clock-skew"

CLUSTERCTL = "cmd/clusterctl and config/default of each provider"
REINJECT = advice(
    "see why cert-manager's cainjector does not write it: ",
    kubectl("get certificate,issuer -A"),
    "; ",
    kubectl("logs -n cert-manager deploy/cert-manager-cainjector"),
)
RENEW = advice(
    "look at cert-manager's Certificate and its Secret: ",
    kubectl("get certificate -A"),
    "; restart the controller where the Secret is newer than what is shown",
)

ENTRIES = (
    Entry(
        CA_EMPTY,
        "a webhook has no CA to be verified with",
        Severity.ERROR,
        "The API server cannot verify the webhook: every write, and with conversion every read, of these objects fails. Since Kubernetes "
        "1.31 a CustomResourceDefinition with such a caBundle (Cg==) is refused altogether.",
        REINJECT,
        "",
        "issues 6856 and 10972; apiextensions-apiserver, validation of caBundle",
    ),
    Entry(
        CA_UNREADABLE,
        "a webhook's CA bundle holds no certificate",
        Severity.ERROR,
        "The API server cannot verify the webhook: every write, and with conversion every read, of these objects fails.",
        REINJECT,
        "",
        "apiserver, pkg/util/webhook/validation.go",
    ),
    Entry(
        CA_EXPIRED,
        "the CA that a webhook is verified with has expired",
        Severity.ERROR,
        "The API server cannot verify the webhook: every write, and with conversion every read, of these objects fails.",
        advice("have cert-manager issue the serving certificate anew: delete its Secret, or cmctl renew"),
        "",
        "crypto/x509 of Go",
    ),
    Entry(
        CA_FOREIGN,
        "a webhook shows a certificate of another CA than its caBundle",
        Severity.ERROR,
        "The API server refuses the webhook (x509: certificate signed by unknown authority): every write, and with conversion every read, "
        "of these objects fails. The serving certificate was issued anew by another CA, or the bundle was written by hand or by GitOps. "
        "It is told with --verify, by a handshake with the Pod itself.",
        REINJECT,
        "",
        "apiserver, pkg/util/webhook/client.go; issues 6856 and 10972",
    ),
    Entry(
        SHOWN_REFUSED,
        "a webhook shows a certificate that is out of its time, or of another name",
        Severity.ERROR,
        "The API server refuses the webhook: every write, and with conversion every read, of these objects fails. It calls it by the name "
        "SERVICE.NAMESPACE.svc. It is told with --verify, by a handshake with the Pod itself.",
        RENEW,
        "",
        "apiserver, pkg/util/webhook/client.go; crypto/x509 of Go",
    ),
    Entry(
        SHOWN_ENDING,
        "a webhook's certificate comes near its end, and was not renewed in time",
        Severity.WARNING,
        "cert-manager renews it when a third of its life is left, and the controller reads it anew. Less than a quarter is left: either "
        "cert-manager does not renew it, or the Pod does not read it. It is told with --verify.",
        RENEW,
        "",
        "cert-manager.io/v1 Certificate, spec.renewBefore; controller-runtime pkg/certwatcher",
    ),
    Entry(
        NO_ENDPOINTS,
        "a webhook's Service has no ready endpoint",
        Severity.ERROR,
        "Nobody answers the API server's calls: writes of these objects fail, with conversion reads, too. With failurePolicy Ignore it "
        "goes on without the webhook: then this, and what is wrong with a caBundle, is a warning.",
        advice("look at the controller's Pods: ", kubectl("get pods -A -l cluster.x-k8s.io/provider")),
        "",
        "EndpointSlice, conditions.ready (discovery.k8s.io/v1)",
    ),
    Entry(
        NOT_ISSUED,
        "cert-manager has not issued a webhook's serving certificate",
        Severity.ERROR,
        "The controller waits for its Secret, or goes on with a certificate that ends.",
        advice(kubectl("-n NAMESPACE describe certificate NAME"), " tells what cert-manager waits for"),
        "",
        "cert-manager.io/v1 Certificate, condition Ready",
    ),
    Entry(
        NO_LEADER,
        "nobody leads a controller",
        Severity.ERROR,
        "Nothing that this controller is responsible for is reconciled.",
        advice("look at its Pods: ", kubectl("-n NAMESPACE get pods"), "; and at its log: ", kubectl("-n NAMESPACE logs deployment/NAME")),
        "",
        "coordination.k8s.io/v1 Lease: renewTime and leaseDurationSeconds",
    ),
    Entry(
        FLAPPING,
        "a controller's leader changes again and again",
        Severity.WARNING,
        "Each new leader starts with empty caches and reconciles everything anew. It loses its Lease where the API server answers too "
        "slowly, or where its process ends.",
        advice("look at the Pods' restarts, and at the API server's latency"),
        "",
        "coordination.k8s.io/v1 Lease: leaseTransitions since creation",
    ),
    Entry(
        OTHER_IMAGE,
        "the leader runs another version than its Deployment says",
        Severity.WARNING,
        "A rollout is stuck, or was just begun: the old version goes on reconciling.",
        advice(kubectl("-n NAMESPACE rollout status deployment/NAME"), " tells what it waits for"),
        "",
        "Deployment spec.template against the leader's Pod",
    ),
    Entry(
        NOT_READY,
        "a controller has fewer ready Pods than wanted",
        Severity.ERROR,
        "With none ready its webhooks do not answer, and nothing is reconciled. A provider that was scaled to 0 is told as info where "
        "no Cluster and no Machine needs it.",
        advice(kubectl("-n NAMESPACE describe pods"), " tells why"),
        "",
        "Deployment status.readyReplicas",
    ),
    Entry(
        IMAGE_PULL,
        "a controller's image cannot be pulled",
        Severity.ERROR,
        "The Pod does not start.",
        advice("check the image's name, and the registry's credentials on the node"),
        "",
        "Pod status.containerStatuses[].state.waiting: ImagePullBackOff, ErrImagePull, InvalidImageName",
    ),
    Entry(
        CRASHING,
        "a controller's container ends again and again",
        Severity.ERROR,
        "Between its starts nothing is reconciled, and its webhooks do not answer.",
        advice(kubectl("-n NAMESPACE logs NAME --previous"), " shows its last words"),
        "",
        "Pod status.containerStatuses[].state.waiting: CrashLoopBackOff",
    ),
    Entry(
        OOM,
        "a controller's container was killed for its memory",
        Severity.WARNING,
        "Its limit is below what it needs; after each start it fills its caches anew.",
        advice("raise the memory limit; ", command("profile heap"), " shows what holds the memory"),
        "",
        "Pod status.containerStatuses[].lastState.terminated.reason: OOMKilled",
    ),
    Entry(
        MIXED,
        "Cluster API's own controllers have different versions",
        Severity.WARNING,
        "Core, bootstrap and control plane provider are released, tested and supported in one version only.",
        advice("clusterctl upgrade plan shows what brings them to one version"),
        "",
        "docs/book/src/reference/versions.md, version skew",
    ),
    Entry(
        UNSUPPORTED,
        "this Cluster API does not support this Kubernetes version",
        Severity.WARNING,
        "It may work, but is not tested; new defaults and removed APIs may break it.",
        advice("upgrade Cluster API first, then Kubernetes"),
        "",
        "CHANGELOG of each release, Kubernetes version support",
    ),
    Entry(
        OLD_RELEASE,
        "newer patches of this version fix faults that it has",
        Severity.INFO,
        "A patch release changes no behaviour but for its fixes.",
        advice("clusterctl upgrade plan shows the newest patch"),
        "",
        "CHANGELOG of each release, Bug Fixes",
    ),
    Entry(
        OUT_OF_SUPPORT,
        "this minor version of Cluster API is no longer supported",
        Severity.INFO,
        "Cluster API supports its two latest minor versions, and keeps the one before them in maintenance for four months. An older one "
        "gets no fix any more, security's among them. Nothing is broken by that.",
        advice("clusterctl upgrade plan shows what can be upgraded to; at most three minor versions in one step"),
        "v1.11 and earlier, as this program knows it",
        "docs/book/src/reference/versions.md, Cluster API release support",
    ),
    Entry(
        STORED,
        "a CustomResourceDefinition still stores a version that is gone in newer releases",
        Severity.WARNING,
        "The next upgrade that removes this version is refused until the objects are stored anew.",
        advice("clusterctl upgrade migrates them; else write each object once, and take it out of status.storedVersions"),
        "v1alpha3 and v1alpha4 are gone in v1.13",
        "apiextensions.k8s.io/v1, status.storedVersions; CHANGELOG of v1.13",
    ),
    Entry(
        FIELDS_LOST,
        "managedFields of some objects are gone",
        Severity.WARNING,
        "Server-side apply cannot tell any more who owns a field: controllers may roll Machines out, or leave fields behind. Nobody can "
        "tell when a Secret changed, either.",
        advice("upgrade Cluster API to v1.11.7, v1.12.4, v1.13.0 or later, which cope with it"),
        "before v1.11.7, v1.12.4, v1.13.0",
        "kubernetes issue 136919; Cluster API pull request 13355",
    ),
    Entry(
        DIAGNOSTICS_OFF,
        "a controller's diagnostics are off",
        Severity.INFO,
        "Neither figures nor profiles can be read of it.",
        advice("set --diagnostics-address=:8443"),
        "",
        "docs/book/src/tasks/diagnostics.md",
    ),
    Entry(
        INSECURE,
        "a controller's diagnostics are open to whoever reaches its Pod",
        Severity.WARNING,
        "They are served in clear, to anybody, without a login. Profiles show what the controller does, and each one that is taken costs "
        "it CPU; metrics alone, which tell the clusters' names, are told as info only.",
        advice(
            "set --profiler-address=localhost:6060, or leave it and --insecure-diagnostics out: --diagnostics-address serves both by TLS"
        ),
        "",
        "docs/book/src/tasks/diagnostics.md; util/flags/diagnostics.go",
    ),
    Entry(
        PROFILED,
        "another program takes CPU profiles of a controller",
        Severity.INFO,
        "Go takes one CPU profile of a process at a time. Where a collector takes them all the time, what the controller spends its CPU on "
        "cannot be told here, and the collector itself costs it some.",
        advice("where it is a store, look there: ", command("profile --from parca|pyroscope URL"), "; else pause it, and look again"),
        "",
        "runtime/pprof, StartCPUProfile: cpu profiling already in use",
    ),
    Entry(
        SKEW,
        "the clocks of this machine and of the API server differ",
        Severity.WARNING,
        "Times that are compared here may be wrong by that much: ends of certificates, since when something lasts. Credentials made on one "
        "side may not be valid yet on the other.",
        advice("set both clocks by NTP"),
        "",
        "HTTP header Date of the API server's answers",
    ),
    Entry(
        NODE_SKEW,
        "the clocks of a workload cluster's nodes and of the management cluster differ",
        Severity.WARNING,
        "What one side signs may not be valid yet on the other, or ended: KCP's certificates for etcd, kubeconfigs, tokens of nodes that "
        "join. etcd's members want clocks that agree, too. It is told with --verify, by the answers of etcd members that were reached.",
        advice("set the clocks of these nodes and of the management cluster's by NTP"),
        "",
        "HTTP header Date of etcd's and the API server's answers; issue 4304",
    ),
)
