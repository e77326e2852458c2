"""The etcd client credential that KCP caches, and ours: state, cache, flush. Pure but for the clock passed in."""
