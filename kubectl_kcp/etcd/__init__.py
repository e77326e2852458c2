"""etcd as seen with a credential of our own."""
