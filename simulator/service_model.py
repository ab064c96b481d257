"""Partner Central's selling API as botocore describes it."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

import botocore.session
from botocore.model import ServiceModel, StructureShape

from .answers import ServiceError, aws_json_error
from .model_check import Problem, problems


@functools.cache
def service_model() -> ServiceModel:
    return botocore.session.Session().get_service_model("partnercentral-selling")


def check_request(parameters: Any, operation: str) -> None:
    """Raise the API's ValidationException for parameters that it does not take."""
    shape = service_model().operation_model(operation).input_shape
    if isinstance(shape, StructureShape):
        refuse_if(problems(parameters, shape))


def check_answer(content: Any, shape_name: str) -> None:
    """Raise ValueError for what the API could not have answered."""
    found = list(problems(content, service_model().shape_for(shape_name), shape_name))
    if found:
        raise ValueError("; ".join(map(str, found)))


def refuse_if(found: Iterable[Problem]) -> None:
    """Raise a ValidationException that names the problems, if there are any."""
    listed = [
        {"FieldName": problem.field, "Message": str(problem), "Code": problem.code}
        for problem in found
    ]
    if listed:
        raise ServiceError(
            aws_json_error(
                "ValidationException",
                "; ".join(entry["Message"] for entry in listed),
                Reason="REQUEST_VALIDATION_FAILED",
                ErrorList=listed,
            )
        )
