"""The one command that gives a controller other flags. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from kubectl_kcp.advice import Shell
from kubectl_kcp.findings.patches import Step, patched, replaced
from kubectl_kcp.model.controller import Controller


def with_flags(controller: Controller, wanted: Mapping[str, str]) -> Shell | None:
    """Each flag where it is written, or behind the others. None where the Deployment does not tell how its controller is started."""
    if not controller.arguments or any(a.text == "--" for a in controller.arguments):
        return None
    end = controller.arguments[-1].pointer.rpartition("/")[0]
    steps = [step for name, value in wanted.items() for step in _steps(controller, name, value, f"{end}/-")]
    return patched(controller.namespace, "deployment", controller.name, steps)


def _steps(controller: Controller, name: str, value: str, end: str) -> list[Step]:
    """The last one of a name is in force (pflag)."""
    flag = f"--{name}"
    for i, argument in reversed(list(enumerate(controller.arguments))):
        if argument.text.startswith(f"{flag}="):
            return replaced(argument.pointer, argument.text, f"{flag}={value}")
        if argument.text == flag and i + 1 < len(controller.arguments):
            following = controller.arguments[i + 1]
            return replaced(following.pointer, following.text, value)
    return [Step(op="add", path=end, value=f"{flag}={value}")]
