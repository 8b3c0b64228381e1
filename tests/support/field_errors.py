"""Field errors in answers and acks, compared with the contract: each has a known code and exactly its params."""

from collections.abc import Iterable
from typing import Any

from domain.errors.fields import PARAMS


def field_error_flaws(errors: Iterable[dict[str, Any]]) -> list[str]:
    """Return the field errors that have another shape than docs/protocol.md promises."""
    flaws = []
    for error in errors:
        if set(error) != {"field", "code", "message", "params"}:
            flaws.append(f"a field error with {sorted(error)}")
        elif error["code"] not in PARAMS:
            flaws.append(f"a field error of the unknown code {error['code']}")
        elif sorted(error["params"]) != sorted(PARAMS[error["code"]]):
            flaws.append(f"{error['code']} with the params {sorted(error['params'])}")
    return flaws
