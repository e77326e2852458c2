"""The kinds we read. Groups as in Cluster API's ``api/`` folders; versions are the server's preferred ones."""

from kubectl_kcp.kube.resources import Resource

CAPI = "cluster.x-k8s.io"

CLUSTERS = Resource(CAPI, "clusters", "Cluster")
MACHINES = Resource(CAPI, "machines", "Machine")
KUBEADM_CONTROL_PLANES = Resource(f"controlplane.{CAPI}", "kubeadmcontrolplanes", "KubeadmControlPlane")
PROVIDERS = Resource(f"clusterctl.{CAPI}", "providers", "Provider")
DEPLOYMENTS = Resource("apps", "deployments", "Deployment", "v1")
PODS = Resource("", "pods", "Pod", "v1")
LEASES = Resource("coordination.k8s.io", "leases", "Lease", "v1")
EVENTS = Resource("", "events", "Event", "v1")
NAMESPACES = Resource("", "namespaces", "Namespace", "v1", namespaced=False)
NODES = Resource("", "nodes", "Node", "v1", namespaced=False)
SECRETS = Resource("", "secrets", "Secret", "v1")

PROVIDER_LABEL = f"{CAPI}/provider"
CLUSTER_LABEL = f"{CAPI}/cluster-name"
CONTROL_PLANE_LABEL = f"{CAPI}/control-plane"
SECRET_TYPE = f"{CAPI}/secret"
