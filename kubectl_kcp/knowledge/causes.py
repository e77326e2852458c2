"""What a stack in a Cluster API controller's profile means. A new cause is a new row.

Each sample belongs to the first row that one of its frames matches. Rows that say **for whom** something is done
(``generateClientCert``) stand before rows that say **how** (memory allocation, JSON), so that the garbage collector's
help in making a key counts as making the key.
"""

from __future__ import annotations

from msgspec import Struct

CREDENTIAL = "etcd-client-credential"
UNKNOWN = "unknown"
IDLE = "idle"


class Cause(Struct, frozen=True):
    """``frames`` are regular expressions, searched in a function's full name as Go writes it
    (``sigs.k8s.io/cluster-api/util/certs.NewPrivateKey``). They leave package paths away where those differ by version, and
    do without ``.*``: names come from files, and may be made to match slowly.

    ``versions`` of Cluster API, "" for all; ``cure`` is "" where nothing is wrong with it.
    """

    id: str
    title: str
    frames: tuple[str, ...]
    meaning: str
    cure: str = ""
    versions: str = ""
    source: str = ""


CAUSES = (
    Cause(
        CREDENTIAL,
        "etcd client credential generation",
        (r"\.generateClientCert$", r"ClusterCacheTracker\)\.GetEtcdClientCertificateKey$", r"\.GetClientCertificatePrivateKey$"),
        "KCP makes the certificate, and in old versions a new RSA key, with which it calls a workload cluster's etcd",
        "upgrade to v1.4.3, v1.3.10 or later, which keep the key; from v1.12 on the certificate is kept, too",
        "a new key up to 4 times in each reconcile up to v1.4.2 (v1.3.9)",
        "issue 8602, PR 8617; controlplane/kubeadm/internal/cluster.go, from v1.14 on controlplane/kubeadm/pkg/cluster.go",
    ),
    Cause(
        "ca-and-kubeconfig-keys",
        "CA and kubeconfig keys",
        (
            r"secret\.newCertificateAuthority$",
            r"secret\.generateCACert$",
            r"secret\.generateServiceAccountKeys$",
            r"kubeconfig\.(New|generateKubeconfig)$",
            r"cert\.GenerateSelfSignedCertKey",
            r"certs\.(NewPrivateKey|NewSigner)$",
            r"^crypto/(rsa|ecdsa)\.GenerateKey$",
        ),
        "new keys: five for each cluster that is created, one when its kubeconfig is renewed, and the controller's own",
        "",
        "",
        "util/secret/certificates.go, util/kubeconfig/kubeconfig.go, util/certs/certs.go",
    ),
    Cause(
        "diagnostics",
        "serving profiles and metrics",
        (r"^net/http/pprof\.", r"^runtime/pprof\.", r"client_golang/prometheus", r"metrics/filters\."),
        "what watching the controller costs, this profile included",
        "scrape less often, or reduce the number of series",
        "",
        "net/http/pprof, controller-runtime pkg/metrics",
    ),
    Cause(
        "leader-election",
        "leader election",
        (r"leaderelection\.", r"\.startLeaderElection"),
        "the controller renews its Lease every few seconds, idle or not",
        "",
        "",
        "client-go tools/leaderelection",
    ),
    Cause(
        "etcd-calls",
        "etcd calls",
        (
            r"^go\.etcd\.io/",
            r"kubeadm/(internal|pkg)/(etcd|proxy)\.",
            r"^google\.golang\.org/grpc",
            r"moby/spdystream",
            r"httpstream/spdy\.",
        ),
        "connections to the workload clusters' etcd, each a port-forward through the workload API server, and calls over them",
        "",
        "",
        "controlplane/kubeadm/internal/etcd, internal/proxy",
    ),
    Cause(
        "server-side-apply",
        "server-side apply",
        (r"/ssa\.", r"managedfields[/.]", r"structured-merge-diff/v\d+/(typed|merge|fieldpath)\.", r"\)\.Apply$"),
        "objects compared and applied field by field; ClusterClass topologies do it in each reconcile",
        "",
        "",
        "internal/util/ssa, sigs.k8s.io/structured-merge-diff",
    ),
    Cause(
        "webhooks",
        "admission and conversion webhooks",
        (r"controller-runtime/pkg/webhook",),
        "the API server asks the controller to default, validate or convert objects",
        "look for clients that still use an old API version: each of their reads is converted",
        "",
        "controller-runtime pkg/webhook",
    ),
    Cause(
        "tls-handshakes",
        "TLS handshakes",
        (r"^crypto/tls\.\(\*Conn\)\.\w*[hH]andshake", r"^crypto/tls\.\(\*(client|server)HandshakeState"),
        "new connections: to API servers, or from clients of the webhooks and the diagnostics endpoint",
        "many of them mean that connections are not reused",
        "",
        "issue 8900; crypto/tls",
    ),
    Cause(
        "api-reads",
        "API reads, lists and watches",
        (
            r"client-go/rest\.",
            r"client-go/tools/cache\.\(\*(Reflector|DeltaFIFO|sharedIndexInformer|controller|processorListener|sharedProcessor)\)",
            r"apimachinery/pkg/watch\.",
            r"http2(\.\(\*|)[cC]lient(Conn|Stream)",
            r"net/http\.\(\*(persistConn|Transport|Client)\)",
        ),
        "requests to API servers, and decoding of what they answer; a resync or a restart reads everything once",
        "a longer --sync-period, fewer objects per namespace, or a watch filter",
        "",
        "client-go rest, tools/cache",
    ),
    Cause(
        "logging",
        "logging",
        (r"^k8s\.io/klog", r"component-base/logs", r"go-logr/", r"^go\.uber\.org/zap"),
        "log lines are formatted and written",
        "lower --v",
        "",
        "k8s.io/klog",
    ),
    Cause(
        "deep-copies",
        "deep copies",
        (r"\.(\w*D|d)eepCopy\w*$", r"\.DeepCopyJSON(Value)?$"),
        "objects read from the cache are copied before use",
        "fewer reconciles, or smaller objects",
        "",
        "controller-runtime pkg/cache",
    ),
    Cause(
        "json-and-conversion",
        "JSON and conversion",
        (
            r"^encoding/json\.",
            r"json-iterator",
            r"sigs\.k8s\.io/(json|yaml)",
            r"json-patch",
            r"runtime\.(\(\*unstructuredConverter\)|toUnstructured|fromUnstructured|structToUnstructured)",
            r"runtime/serializer",
            r"\.Convert_",
            r"util/patch\.",
        ),
        "objects are turned into JSON and back, mostly to compute patches at the end of a reconcile",
        "fewer reconciles, or smaller objects",
        "",
        "util/patch, k8s.io/apimachinery",
    ),
    Cause(
        "start-up",
        "start-up",
        (r"^runtime\.(doInit1?|main)$", r"\.AddToScheme$", r"^main\.(main|init)"),
        "done once when the process starts",
        "",
        "",
        "runtime, main",
    ),
    Cause(
        "queues",
        "work queues, idle workers",
        (r"/workqueue\.", r"/priorityqueue\.", r"/(internal/)?source\.\(", r"/pkg/handler\."),
        "events become queue entries, and workers wait for them; in a goroutine profile these are idle workers",
        "",
        "",
        "client-go util/workqueue, controller-runtime pkg/controller/priorityqueue",
    ),
    Cause(
        "http-serving",
        "HTTP serving",
        (r"^net/http\.\(\*(conn|Server|http2server\w*)\)", r"^golang\.org/x/net/http2\.\(\*server\w*\)", r"portforward\."),
        "requests that the controller answers; in the docker provider also the in-memory clusters' API servers",
        "",
        "",
        "net/http",
    ),
    Cause(
        "reconciles",
        "other reconcile work",
        (r"controller\.\(\*Controller[^()]*\)\.(reconcileHandler|Reconcile|processNextWorkItem)$", r"\)\.Reconcile$"),
        "the reconcilers' own code",
        "",
        "",
        "controller-runtime pkg/internal/controller",
    ),
    Cause(
        "garbage-collection",
        "garbage collection",
        (r"^runtime\.(gc[A-Z]\w*|bgsweep|bgscavenge|sweepone|markroot|scanobject)", r"^runtime\.\(\*gc"),
        "the Go runtime frees memory; it follows from allocation and from the heap's size",
        "see profile allocs for who allocates",
        "",
        "Go runtime",
    ),
    Cause(
        IDLE,
        "idle: scheduler and timers",
        (
            r"^runtime\.(mcall|schedule|findRunnable|park_m|gopark|goparkunlock|sysmon|mstart1?|mstart0|netpoll\w*|stopm|notesleep)$",
            r"^runtime\.\(\*timers?\)",
        ),
        "the Go runtime looks for work and finds none",
        "",
        "",
        "Go runtime",
    ),
    Cause(UNKNOWN, "unknown", (), "no row of this table matches", "", "", "knowledge/causes.py"),
)
"""In order of precedence; the last row takes what is left."""
