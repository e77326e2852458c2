"""One suite for the whole tool against a management cluster: the embedded sandbox, or with ``--target lab`` the real one.
Where they differ, the sandbox is wrong."""
