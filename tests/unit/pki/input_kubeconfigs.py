"""Inputs of the differential test: kubeconfigs."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from tests.unit.pki.made import Input, World


def kubeconfigs(w: World) -> Iterator[Input]:
    ca, crt, key = (base64.b64encode(d).decode() for d in (w.ca.pem, w.leaf.pem, w.leaf.key_pem))
    wrapped = "\n".join("        " + crt[i : i + 76] for i in range(0, len(crt), 76))

    def config(
        current: str = "current-context: a@c\n",
        clusters: str = f"- {{name: c, cluster: {{server: 'https://10.0.0.1:6443', certificate-authority-data: {ca}}}}}\n",
        contexts: str = "- {name: a@c, context: {cluster: c, user: a}}\n",
        users: str = f"- {{name: a, user: {{client-certificate-data: {crt}, client-key-data: {key}}}}}\n",
        head: str = "apiVersion: v1\nkind: Config\n",
    ) -> bytes:
        return f"{head}{current}clusters:\n{clusters}contexts:\n{contexts}users:\n{users}".encode()

    def user(text: str) -> str:
        return f"- name: a\n  user:\n{text}\n"

    def cluster(text: str) -> str:
        return f"- name: c\n  cluster:\n{text}\n"

    texts = {
        "usual": config(),
        "no head": config(head=""),
        "another version": config(head="apiVersion: v2\nkind: Config\n"),
        "empty": b"",
        "null": b"null\n",
        "text": b"x\n",
        "list": b"[1]\n",
        "empty mapping": b"{}\n",
        "not YAML": b"a: [\n",
        "tabs": b"\tclusters: []\n",
        "no context chosen": config(current=""),
        "another context": config(current="current-context: b\n"),
        "context of a number": config(current="current-context: 7\n"),
        "context of a quoted number": config(current="current-context: '7'\n", contexts="- {name: '7', context: {cluster: c, user: a}}\n"),
        "two contexts": config(contexts="- {name: a@c, context: {cluster: c, user: a}}\n- {name: b, context: {cluster: c, user: b}}\n"),
        "context twice": config(contexts="- {name: a@c, context: {cluster: c, user: a}}\n- {name: a@c, context: {cluster: c, user: b}}\n"),
        "user not there": config(contexts="- {name: a@c, context: {cluster: c, user: b}}\n"),
        "cluster not there": config(contexts="- {name: a@c, context: {cluster: d, user: a}}\n"),
        "no clusters": config(clusters="[]\n"),
        "no users": config(users="[]\n"),
        "contexts null": config(contexts="null\n"),
        "clusters a mapping": config(clusters="  {}\n"),
        "base64 in lines": config(users=user(f"    client-certificate-data: |\n{wrapped}\n    client-key-data: {key}")),
        "base64 folded": config(users=user(f"    client-certificate-data: >\n{wrapped}\n    client-key-data: {key}")),
        "base64 over plain lines": config(users=user(f"    client-certificate-data:\n{wrapped}\n    client-key-data: {key}")),
        "base64 quoted": config(users=user(f'    client-certificate-data: "{crt}"\n    client-key-data: {key}')),
        "not base64": config(users=user(f"    client-certificate-data: '!'\n    client-key-data: {key}")),
        "base64 without padding": config(clusters=cluster(f"    server: https://c\n    certificate-authority-data: {ca.rstrip('=')}")),
        "base64 of a user that is not used": config(
            users=f"- {{name: a, user: {{client-certificate-data: {crt}, client-key-data: {key}}}}}\n"
            "- {name: b, user: {client-key-data: '!'}}\n"
        ),
        "no key": config(users=user(f"    client-certificate-data: {crt}")),
        "key by path": config(users=user(f"    client-certificate-data: {crt}\n    client-key: /nowhere/key")),
        "certificate by path": config(users=user("    client-certificate: /nowhere/crt\n    client-key: /nowhere/key")),
        "both": config(users=user(f"    client-certificate: /nowhere/crt\n    client-certificate-data: {crt}\n    client-key-data: {key}")),
        "CA by path": config(clusters=cluster("    server: https://c\n    certificate-authority: /nowhere/ca")),
        "no server": config(clusters=cluster(f"    certificate-authority-data: {ca}")),
        "server of a number": config(clusters=cluster("    server: 7")),
        "no CA": config(clusters=cluster("    server: https://c")),
        "skip": config(clusters=cluster("    server: https://c\n    insecure-skip-tls-verify: true")),
        "empty cluster": config(clusters="- {name: c, cluster: {}}\n"),
        "null cluster": config(clusters="- {name: c}\n"),
        "token": config(users=user("    token: t")),
        "token and password": config(users=user("    token: t\n    username: u\n    password: p")),
        "password": config(users=user("    username: u\n    password: p")),
        "token and certificate": config(users=user(f"    token: t\n    client-certificate-data: {crt}\n    client-key-data: {key}")),
        "empty user": config(users="- {name: a, user: {}}\n"),
        "null user": config(users="- {name: a}\n"),
        "user twice": config(users="- {name: a, user: {token: t}}\n- {name: a, user: {token: u}}\n"),
        "name of a truth value": config(contexts="- {name: true, context: {cluster: c, user: a}}\n"),
        "JSON": b'{"current-context":"x","contexts":[{"name":"x","context":{"cluster":"c","user":"a"}}],"clusters":[{"name":"c","cluster":{"server":"https://c"}}],"users":[{"name":"a","user":{"token":"t"}}]}',
        "anchors": config(users="- &u {name: a, user: {token: t}}\n"),
        "second document": config() + b"---\nx: 1\n",
        "a server of a path": config(clusters=cluster("    server: https://c/k8s/clusters/c-m/")),
        "data null": config(clusters=cluster("    server: https://c\n    certificate-authority-data: null")),
        "data empty": config(clusters=cluster("    server: https://c\n    certificate-authority-data: ''")),
    }
    for name, text in texts.items():
        yield Input(f"kubeconfig: {name}", "kubeconfig", text)
