"""What an API server answers when it does not do what it was asked (meta/v1 Status)."""

from __future__ import annotations

from typing import Any

from tests.sandbox.kinds import Kind

REASONS = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    409: "Conflict",
    410: "Expired",
    415: "UnsupportedMediaType",
    422: "Invalid",
    429: "TooManyRequests",
    500: "InternalError",
    503: "ServiceUnavailable",
}


class ApiError(Exception):
    """Carried to the one place that answers. ``meta`` is the Status' own metadata: a continue token. ``details`` None leaves them out."""

    def __init__(
        self,
        status: int,
        message: str,
        reason: str = "",
        retry_after: int | None = None,
        details: dict[str, Any] | None = None,
        meta: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.retry_after = status, message, retry_after
        self.reason = reason or REASONS.get(status, "")
        self.details, self.meta = details, meta or {}
        if retry_after:
            self.details = {**(details or {}), "retryAfterSeconds": retry_after}

    def body(self) -> dict[str, Any]:
        made = {"kind": "Status", "apiVersion": "v1", "metadata": self.meta, "status": "Failure", "message": self.message}
        return {**made, "reason": self.reason, **({} if self.details is None else {"details": self.details}), "code": self.status}


def _about(kind: Kind, name: str) -> dict[str, Any]:
    return {"name": name, **({"group": kind.group} if kind.group else {}), "kind": kind.plural}


def not_found(kind: Kind, name: str) -> ApiError:
    return ApiError(404, f'{kind.qualified} "{name}" not found', details=_about(kind, name))


def exists(kind: Kind, name: str) -> ApiError:
    return ApiError(409, f'{kind.qualified} "{name}" already exists', "AlreadyExists", details=_about(kind, name))


def conflict(kind: Kind, name: str, why: str) -> ApiError:
    return ApiError(409, f'Operation cannot be fulfilled on {kind.qualified} "{name}": {why}', details=_about(kind, name))


def precondition(kind: Kind, name: str, what: str, wanted: str, found: str) -> ApiError:
    """Of a deletion; Kubernetes names the kind here, not the resource."""
    qualified = f"{kind.kind}.{kind.group}" if kind.group else kind.kind
    then = "have been deleted and then recreated" if what == "UID" else "have been modified"
    why = f"the {what} in the precondition ({wanted}) does not match the {what} in record ({found}). The object might {then}"
    return ApiError(409, f'Operation cannot be fulfilled on {qualified} "{name}": {why}', details={**_about(kind, name), "kind": kind.kind})


def invalid(kind: Kind, name: str, field: str, why: str) -> ApiError:
    """``why`` begins with the kind of fault: ``Required value``, ``Invalid value: "x": ...``."""
    return invalid_body(kind.group, kind.kind, name, field, why)


def invalid_body(group: str, kind: str, name: str, field: str, why: str) -> ApiError:
    word = "FieldValueRequired" if why.startswith("Required") else "FieldValueInvalid"
    about = {k: v for k, v in (("name", name), ("group", group), ("kind", kind)) if v}
    details = {**about, "causes": [{"reason": word, "message": why, "field": field}]}
    return ApiError(422, f'{f"{kind}.{group}" if group else kind} "{name}" is invalid: {field}: {why}', details=details)


def nowhere() -> ApiError:
    """A path below a known group that is no resource."""
    return ApiError(404, "the server could not find the requested resource", details={})
