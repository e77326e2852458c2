"""The kinds we read. Groups as in Cluster API's ``api/`` folders; versions are the server's preferred ones."""

from kubectl_kcp.kube.resources import Resource

CAPI = "cluster.x-k8s.io"

CLUSTERS = Resource(CAPI, "clusters", "Cluster")
MACHINES = Resource(CAPI, "machines", "Machine")
KUBEADM_CONTROL_PLANES = Resource(f"controlplane.{CAPI}", "kubeadmcontrolplanes", "KubeadmControlPlane")
MACHINE_DEPLOYMENTS = Resource(CAPI, "machinedeployments", "MachineDeployment")
MACHINE_SETS = Resource(CAPI, "machinesets", "MachineSet")
MACHINE_HEALTH_CHECKS = Resource(CAPI, "machinehealthchecks", "MachineHealthCheck")
KUBEADM_CONFIGS = Resource(f"bootstrap.{CAPI}", "kubeadmconfigs", "KubeadmConfig")
PROVIDERS = Resource(f"clusterctl.{CAPI}", "providers", "Provider")
DEPLOYMENTS = Resource("apps", "deployments", "Deployment", "v1")
PODS = Resource("", "pods", "Pod", "v1")
LEASES = Resource("coordination.k8s.io", "leases", "Lease", "v1")
EVENTS = Resource("", "events", "Event", "v1")
NAMESPACES = Resource("", "namespaces", "Namespace", "v1", namespaced=False)
NODES = Resource("", "nodes", "Node", "v1", namespaced=False)
CUSTOM_RESOURCES = Resource("apiextensions.k8s.io", "customresourcedefinitions", "CustomResourceDefinition", "v1", namespaced=False)
MUTATING_WEBHOOKS = Resource(
    "admissionregistration.k8s.io", "mutatingwebhookconfigurations", "MutatingWebhookConfiguration", "v1", namespaced=False
)
VALIDATING_WEBHOOKS = Resource(
    "admissionregistration.k8s.io", "validatingwebhookconfigurations", "ValidatingWebhookConfiguration", "v1", namespaced=False
)
SERVICES = Resource("", "services", "Service", "v1")
ENDPOINT_SLICES = Resource("discovery.k8s.io", "endpointslices", "EndpointSlice", "v1")
ISSUED_CERTIFICATES = Resource("cert-manager.io", "certificates", "Certificate")
SECRETS = Resource("", "secrets", "Secret", "v1")

PROVIDER_LABEL = f"{CAPI}/provider"
CLUSTER_LABEL = f"{CAPI}/cluster-name"
CONTROL_PLANE_LABEL = f"{CAPI}/control-plane"
SECRET_TYPE = f"{CAPI}/secret"
PAUSED_ANNOTATION = f"{CAPI}/paused"
"""Pauses one object (api/core/v1beta2/common_types.go)."""
EXPIRY_ANNOTATION = f"machine.{CAPI}/certificates-expiry"
"""When a Machine's API server certificate ends, if its bootstrap provider knows (internal/controllers/machine)."""
DELETE_FOR_MOVE, BLOCK_MOVE = f"clusterctl.{CAPI}/delete-for-move", f"clusterctl.{CAPI}/block-move"
"""What ``clusterctl move`` deletes in the source, and what keeps it from beginning (cmd/clusterctl/api/v1alpha3/annotations.go)."""
