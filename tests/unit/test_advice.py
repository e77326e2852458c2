"""What to do, as words and command lines: led to a context, and in one piece however narrow the terminal."""

from __future__ import annotations

from kubectl_kcp.advice import Called, advice, command, kubectl, rollout, shell_word
from kubectl_kcp.findings.catalogue import about
from kubectl_kcp.model.reference import ObjectRef, Ref
from kubectl_kcp.render.text import Reader, wrap_advice

CURE = advice("look: ", kubectl("-n NAMESPACE describe pod NAME"), "; then ", command("doctor -A"))


def test_a_command_line_is_never_cut() -> None:
    whole = advice("look at it, and then at what it says: ", kubectl("-n a-long-namespace scale deployment/a-long-name --replicas=1"))
    lines = wrap_advice(whole, Reader(40, "kubectl kcp"), "  ")
    assert lines[-1] == "      kubectl -n a-long-namespace scale deployment/a-long-name --replicas=1"
    assert all(len(line) <= 40 for line in lines[:-1])


def test_names_and_namespaces_are_put_in() -> None:
    pod = about(CURE, ObjectRef("Pod", Ref("ns", "kcp-1")))
    assert pod.text("kubectl kcp") == "look: kubectl -n ns describe pod kcp-1; then kubectl kcp doctor -A"
    wide = about(advice(kubectl("-n NAMESPACE get KIND NAME")), ObjectRef("CustomResourceDefinition", Ref("", "x.example")))
    assert wide.text("") == "kubectl get customresourcedefinition x.example"


def test_lines_lead_to_the_context() -> None:
    assert CURE.text(Called("kubectl kcp", "--context c")) == (
        "look: kubectl --context c -n NAMESPACE describe pod NAME; then kubectl kcp doctor -A --context c"
    )
    assert advice(rollout("cp", "ns")).led("--context c").text("") == (
        "clusterctl alpha rollout restart kubeadmcontrolplane/cp -n ns --kubeconfig-context c"
    )


def test_a_word_of_a_command_line_is_one_word_in_the_shells_of_this_machine() -> None:
    assert [shell_word(w, "posix") for w in ("prod-1", "a b", r"C:\x")] == ["prod-1", "'a b'", r"'C:\x'"]
    assert [shell_word(w, "nt") for w in ("prod-1", r"C:\Users\a\.kube\config")] == ["prod-1", r"C:\Users\a\.kube\config"]
    assert [shell_word(w, "nt") for w in (r"C:\Users\a b", "x@y", "")] == [r'"C:\Users\a b"', '"x@y"', '""']
