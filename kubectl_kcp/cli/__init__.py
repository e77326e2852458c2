"""One file per command: options, one gathering, one renderer."""
