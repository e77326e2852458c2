"""What changes a cluster: planned first, bound to the UIDs that were looked at, verified after. Nothing else here does."""
