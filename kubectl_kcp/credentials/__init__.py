"""The state of the etcd client credential that KCP caches. Pure.

``infer`` judges by objects, ``confirm`` by conditions and KCP's log, ``verify`` by what our own attempt showed.
"""
