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
    """Carried to the one place that answers. ``meta`` is the Status' own metadata: a continue token."""

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
        self.details, self.meta = dict(details or {}), meta or {}
        if retry_after:
            self.details["retryAfterSeconds"] = retry_after

    def body(self) -> dict[str, Any]:
        made = {"kind": "Status", "apiVersion": "v1", "metadata": self.meta, "status": "Failure", "message": self.message}
        return {**made, "reason": self.reason, **({"details": self.details} if self.details else {}), "code": self.status}


def _about(kind: Kind, name: str) -> dict[str, Any]:
    return {"name": name, **({"group": kind.group} if kind.group else {}), "kind": kind.plural}


def not_found(kind: Kind, name: str) -> ApiError:
    return ApiError(404, f'{kind.qualified} "{name}" not found', details=_about(kind, name))


def exists(kind: Kind, name: str) -> ApiError:
    return ApiError(409, f'{kind.qualified} "{name}" already exists', "AlreadyExists", details=_about(kind, name))


def conflict(kind: Kind, name: str, why: str) -> ApiError:
    return ApiError(409, f'Operation cannot be fulfilled on {kind.qualified} "{name}": {why}', details=_about(kind, name))


def invalid(kind: Kind, name: str, field: str, why: str) -> ApiError:
    """``why`` begins with the kind of fault: ``Required value``, ``Invalid value: "x": ...``."""
    qualified = f"{kind.kind}.{kind.group}" if kind.group else kind.kind
    word = "FieldValueRequired" if why.startswith("Required") else "FieldValueInvalid"
    details = {**_about(kind, name), "kind": kind.kind, "causes": [{"reason": word, "message": why, "field": field}]}
    return ApiError(422, f'{qualified} "{name}" is invalid: {field}: {why}', details=details)
