"""``python -m kubectl_kcp``: the same program as the installed commands."""

from kubectl_kcp.cli.main import main

if __name__ == "__main__":
    main()
