"""A user with the rights that ``access manifest`` grants, or with one of them taken away, by real RBAC."""

from __future__ import annotations

from typing import Any

import yaml

from kubectl_kcp.knowledge.rights import ACCOUNT, Role, Rule
from tests.e2e.target import Target
from tests.e2e.tool import Ran, Tool

WITH_ACCOUNT = ("profile", "top", "cache", "bundle", "doctor", "access", "log-level set", "log-level reset")
"""The commands that take ``--service-account``."""


def name_of(rule: Rule) -> str:
    """After what it is about first: a user's name is a certificate's common name, of 64 characters at most (X.520)."""
    return "-".join((*rule.verbs, target_of(rule))).replace("/", "-").replace("*", "all").strip("-")


def target_of(rule: Rule) -> str:
    return (rule.urls or rule.resources)[0]


class World:
    """A user and a ServiceAccount with all that the manifest grants with ``flags``, but for one rule."""

    def __init__(
        self,
        target: Target,
        tool: Tool,
        name: str,
        role: Role | None = None,
        rule: Rule | None = None,
        flags: tuple[str, ...] = ("--with-secrets",),
    ) -> None:
        self.account = f"e2e-{name}/{ACCOUNT}"
        self.user = f"user-{name}"
        words = (*flags, "--subject", f"User:{self.user}", "--namespace", f"e2e-{name}")
        documents = list(filter(None, yaml.safe_load_all(tool.run("access", "manifest", *words).ok().out)))
        for document in documents:
            if role and rule and document["kind"].endswith("Role") and document["metadata"]["name"] == role.name:
                document["rules"].remove(rule.as_object())
            self._rename(document, name)
        target.client.apply_documents(yaml.safe_dump_all(documents))
        self.tool = tool.as_user(target.user(self.user))

    @staticmethod
    def _rename(document: Any, name: str) -> None:
        if "Role" in document["kind"]:
            document["metadata"]["name"] += f":{name}"
            if "roleRef" in document:
                document["roleRef"]["name"] += f":{name}"

    def run(self, words: str) -> Ran:
        with_account = words.startswith(WITH_ACCOUNT)
        ran = self.tool.run(*words.split(), *(["--service-account", self.account] if with_account else []))
        for left in self.tool.home.glob("*.tar.gz"):
            self.tool.keep(left.name)
        return ran
