"""Whether a controller's connection to a workload cluster was made with the kubeconfig that lies in the Secret now. Pure."""
