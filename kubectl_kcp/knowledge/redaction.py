"""What is no name of an installation, so that it stays where names are replaced: words of Kubernetes and Cluster API, and the fields
whose values are such words. Whatever is in none of these tables is taken for a name.

Sources: the kinds and fields of ``knowledge.estate.KINDS`` (Cluster API's ``api/``, Kubernetes' ``apps/v1``, ``core/v1`` and others),
clusterctl's manifests (``config/`` of each provider), ``util/secret/consts.go``, and the logs of Cluster API 1.4 to 1.14.
"""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PUBLIC = _words(
    """
    access account admin admins alpha amd64 api apis apiserver arm64 autoscaler aws azure beta bootstrap ca cabpk capa capbk capd capg
    capi capm3 capo capv capz cca cert certs certificate certificates client cloud cluster clusters config conf control controller
    controllers core cp crd dashboard default delete deploy deployment discovery dns dockercluster docker edit endpoint
    endpoints etcd event events external false finalizer finalizers front gcp group groups guest haproxy health healthcheck http https
    identity infra infrastructure inmemory ingress ip ipam issuer k0s k0smotron k3s kbp kcp kubeadm kubeadmcontrolplane
    kubeconfig kubectl kubelet kube kubernetes leader lease lifecycle linux localhost local long loopback machine machines managed
    manager manual manifest master masters md memory metadata metal3 metrics mhc microk8s ms mutating nested network node nodes none
    nodeport openstack operator owner peer plane pod pods policy pool port ports primary private profiler provider proxied proxy
    public rke2 root runtime sa scheduler secret secrets selfsigned self-signed server service serviceaccount services serving signed
    standby status storage svc system talos talosconfig template tls topology true tunneled update user v1alpha1 v1alpha2
    v1alpha3 v1alpha4 v1beta1 v1beta2 v1 v2 validating validation vsphere web webhook webhooks worker workers workload x509 crt key
    value opaque format json text windows before apply annotate patch replace label scale rollout restart drain cordon create set
    pprof kwok healthz readyz livez termination hash process argocd flux kustomize terraform fleet kubeadmconfig
    clusterctl helm rancher addon addons exp in-tree out-tree cni csi ccm oidc election id io k8s x sigs
    """
)
"""Words of software. A name that is made of them alone (``capi-system``, ``etcd-server``, ``control-plane``) tells nothing."""

ORDINARY = _words(
    """
    a about accept accepted access acquire acquired add added adding address addresses after again agree alarm alarms all allow
    allowed already also an and another any api app applied apply are as assigned at attempt attempting attempts available away back
    bad balancer be became because become been before begin being below between both bound broken build built burst busy but by bytes
    cache cached caches call called caller can cancel canceled cannot caused change changed channel check checked checks claim class
    clean cleanup clear close closed code collect command commit common complete completed condition conflict conflicts connect
    connected connecting connection connections contain container context continue conversion convert copy correct could count create
    created creating creation credential credentials current data date day days deadline debug default delay delete deleted deleting
    deletion denied deployment deprecated desc detail dial dialing did different direct directly disabled disconnect disconnected disk
    do does done down drain drained due during each either empty enabled end ended ends enough entry eof error errors establish ev
    evict evicted exceed exceeded exist existing exists exit expected expired expires expiry external extension fail failed failing
    fails failure false fetch field fields file files final find finished first flag flags following for forbidden format found free
    from full further gate gates generate generated get getting given go going good got group had has hash have header health healthy
    held high hold host hosted hosts hour hours how id if ignored ignoring image implement in include incoming info init initialize
    initialized inner input instance internal into invalid invoker is issue it item items its job join joined joining just keep key
    keys kind kinds kept label labels large last late later latency latest leader learner least left length level limit limits line
    list listen listener listening load loaded local lock locked log logger long longer look lookup loop lost low made make map mapped
    mapping match matched matches matching max maximum may member members message metadata method min minimum minute minutes missing
    mode more most move msg much must name named names need needed needs never new newer next nil no none nor not nothing now null
    number object objects of off ok old older on once one only open operation option or order other our out outside over own owned
    owner owners page part partial passed path pause paused peer pending per permanent permission phase pick ping place poll pool port
    possible possibly preface prefer preflight present pressure priority probe problem process progress propagation provide provided
    provision provisioned provisioning proxy put qps quantity query queue queued quorum range ratio re reach reachable reached read
    reading ready real reason reasons received recent recently reconcile reconciled reconciler reconciling record recorded refuse
    refused register regular reject rejected release released remaining remediate remediated remediation remote remove removed
    removing renew renewed repair replace replaced replica replicas report reported request requests requeue requeuing required reset
    resolve resource resources response rest restart restarted restarting result resume retried retry retrying return returned roll
    rolled rollout rolling root rotate round route rule rules run running runs runtime safe same save scale scaled scaling schedule
    search second seconds see seen selected selector send sending sent serial serve served server serving session set sets setting
    setup several shared should shut shutdown side sign signal signed since single size skip skipped skipping slow small so some
    sooner soon source space spec specified specify stale start started starting state stated status step still stop stopped storage
    store stored stream string stuck sub success successful successfully such sufficient superfluous support supported sync synced
    syncer syncing system table take taken target task template temporarily than that the their them then there these they this those
    though throttled throttling through tick tidy time timed timeout times tls to token told too top total tracker transport trigger
    triggered true trust trusted try trying ts type types unable unary unauthorized unavailable under unexpected unhealthy unique unit
    unknown unless unmarshal unreachable unsupported until unused up update updated updating upgrade upgraded upgrading use used user
    users uses using valid validate validated value values verify version via view wait waited waiting want warn warning was wasn
    watch watched watcher watching way we well went were what when where whether which while who whole whose why will with within
    without word work worker workers works would write writer writing written wrong yes yet you your zero zone
    """
)
"""Words of sentences: within a text they stay, though a cluster should be called by one. Where a field holds a name, they do not count."""

KEPT_FIELDS = _words(
    """
    kind type status reason severity phase version operator effect protocol policy strategy scope plural singular listKind shortNames
    categories operation operations verbs fieldsType subresource encryptionAlgorithm imagePullPolicy restartPolicy dnsPolicy
    failurePolicy matchPolicy sideEffects reinvocationPolicy terminationMessagePolicy preemptionPolicy qosClass remediationStrategy
    sessionAffinity internalTrafficPolicy externalTrafficPolicy ipFamilyPolicy ipFamilies addressType conditionType uid storedVersions
    conversionReviewVersions apiVersions kubernetesVersion kubeletVersion controlPlaneVersion fieldPath deletePolicy order resources
    usages privateKeyAlgorithm failureReason deletionPolicy upgradeStage
    """
)
"""Fields whose strings are words of the API, wherever they stand in an object."""

DROPPED_FIELDS = _words(
    """
    env envFrom volumes volumeMounts volumeDevices tolerations affinity topologySpreadConstraints imagePullSecrets securityContext
    files users ntp diskSetup mounts variables preKubeadmCommands postKubeadmCommands bootCommands bootstrapCommands openAPIV3Schema
    schema additionalPrinterColumns failureDomains failureDomain managedBy selfLink generateName livenessProbe readinessProbe
    startupProbe lifecycle ephemeralContainers initContainerStatuses initContainers nodeInfo images volumesAttached volumesInUse
    capacity allocatable
    """
)
"""Fields below ``spec`` and ``status`` that no command reads: they go."""

TEXTS = frozenset({"message", "failureMessage", "description", "terminalMessage"})
"""Fields that hold sentences."""

LABEL_FIELDS = frozenset({"labels", "matchLabels", "nodeSelector", "annotations"})

KEPT_ANNOTATIONS = frozenset(
    {
        "cluster.x-k8s.io/paused",
        "machine.cluster.x-k8s.io/certificates-expiry",
        "clusterctl.cluster.x-k8s.io/delete-for-move",
        "clusterctl.cluster.x-k8s.io/block-move",
        "kubectl-kcp/suppress",
    }
)
"""Those that are read; others go. The values of those that pause, delete or block are of no meaning."""

KEPT_LABELS = frozenset({"cluster.x-k8s.io/provider", "pod-template-hash", "control-plane"})
"""Labels whose values are of software."""

PUBLIC_DOMAINS = re.compile(
    r"(?:^|\.)(?:k8s\.io|x-k8s\.io|kubernetes\.io|cert-manager\.io|golang\.org|go\.dev|go\.etcd\.io|etcd\.io|go\.uber\.org|gopkg\.in"
    r"|opentelemetry\.io|prometheus\.io|cncf\.io|cel\.dev|go\.yaml\.in)$|^(?:github\.com|gcr\.io|ghcr\.io|docker\.io|quay\.io|localhost)$"
)
"""Hosts, API groups and labels' domains that everyone has."""

TOP_LEVEL = _words(
    """
    com net org io dev cloud internal local lan corp home intranet private example test invalid app site online tech info biz gov edu
    mil de fr uk us nl at ch it es pt pl cz se no fi dk be ie jp cn in br au nz kr ru eu ca
    """
)
"""What a host's name ends with: in a text, ``controller.go`` and ``tls.crt`` are no hosts."""

KEPT_METRIC_LABELS = _words(
    """
    le quantile code method result status controller controllerKind group kind version resource subresource scope verb priority
    dry_run component webhook grpc_method goversion goos goarch type reason phase path_kind major minor git_version compiler platform
    success
    """
)
"""Labels of the metrics of Cluster API's controllers whose values are words of software."""

QUEUE_METRICS = ("workqueue_", "leader_election_", "certwatcher_", "informer_")
"""Families whose label ``name`` is a queue's, a lease's or an informer's, not an object's."""

LOG_NAMES = {
    "namespace": "namespace",
    "cluster": "cluster",
    "node": "node",
    "nodename": "node",
    "host": "host",
    "machine": "machine",
    "pod": "pod",
    "etcdmember": "node",
    "membername": "node",
    "endpoint": "host",
    "user": "user",
    "username": "user",
}
"""Keys of a log line, in small letters → what the value is a name of. Keys that begin with a capital letter are kinds."""

PREFIXES = (
    "namespace",
    "cluster",
    "machine",
    "pod",
    "node",
    "kubeadmcontrolplane",
    "machineset",
    "machinedeployment",
    "machinehealthcheck",
    "kubeadmconfig",
    "deployment",
    "secret",
    "lease",
    "service",
    "user",
    "host",
)
"""What a stand-in begins with, by what it stands for; where a name is of several, the first counts. Others: ``name``."""
