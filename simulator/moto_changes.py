"""Let moto's CloudFormation execute the change sets that the CDK CLI makes, and roll back."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from moto.cloudformation import models, parsing, responses, utils
from moto.cloudformation.models import Event, Stack

HOST = "127.0.0.1"
"""Where the simulator listens."""

_template_at = utils.get_stack_from_s3_url
_execute = models.CloudFormationBackend.execute_change_set
_create = parsing.parse_and_create_resource


def install() -> None:
    """Make it so, for this process."""
    answering: Any = responses
    answering.get_stack_from_s3_url = _template_on_loopback
    backend: Any = models.CloudFormationBackend
    backend.execute_change_set = _execute_or_roll_back
    parsing.parse_and_create_resource = _create_named


def _template_on_loopback(template_url: str, **owner: str) -> str:
    """Find a template where the CDK CLI put it: the bucket is in the path, as it is for an IP.

    Moto expects that of the name localhost alone, and takes `127` for the bucket.
    """
    if urlsplit(template_url).hostname == HOST:
        template_url = template_url.replace(HOST, "localhost", 1)
    return _template_at(template_url, **owner)


def _execute_or_roll_back(self: Any, change_set_name: str, stack_name: str | None = None) -> None:
    """Accept a change set, and let what becomes of it be seen in the stack's events.

    Moto refuses the call itself and leaves the half of a stack under review; its own comment says
    that handling execution errors is to be done.
    """
    change_set = self.describe_change_set(change_set_name)
    stack = self.stacks[change_set.stack_id]
    try:
        _execute(self, change_set_name, stack_name)
    except Exception as error:
        if change_set.change_set_type != "CREATE":
            raise
        _roll_back(stack, error)
    else:
        stack._parse_template()  # noqa: SLF001
        stack.output_map = stack._create_output_map()  # noqa: SLF001  (moto lists none)


def _roll_back(stack: Stack, error: Exception) -> None:
    """Leave what a creation that failed leaves: the stack, and what its template retains.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-failure-options.html
    """
    stack.events.append(_failure(stack, error))
    stack._add_stack_event("ROLLBACK_IN_PROGRESS")  # noqa: SLF001
    resources = stack.resource_map
    resources.delete()
    # What moto is asked for and does not have, it makes again.
    resources._resource_json_map = {  # noqa: SLF001
        name: resource
        for name, resource in resources._resource_json_map.items()  # noqa: SLF001
        if resource.get("DeletionPolicy") == "Retain" and name in resources._parsed_resources  # noqa: SLF001
    }
    stack.status = "ROLLBACK_COMPLETE"
    stack._add_stack_event("ROLLBACK_COMPLETE")  # noqa: SLF001


def _failure(stack: Stack, error: Exception) -> Any:
    name, kind = getattr(error, "resource", (stack.name, "AWS::CloudFormation::Stack"))
    return Event(
        stack_id=stack.stack_id,
        stack_name=stack.name,
        logical_resource_id=name,
        physical_resource_id="",
        resource_type=kind,
        resource_status="CREATE_FAILED",
        resource_status_reason=str(getattr(error, "message", error)),
        resource_properties=None,
    )


def _create_named(logical_id: str, resource_json: dict[str, Any], *rest: Any, **more: Any) -> Any:
    """Create a resource; let the error, if there is one, know which it was."""
    try:
        return _create(logical_id, resource_json, *rest, **more)
    except Exception as error:
        vars(error).setdefault("resource", (logical_id, resource_json["Type"]))
        raise
