"""From Kubernetes objects to the model: controllers, leaders, clusters. Pure."""
