"""Give moto's CloudFormation its termination protection: it keeps the flag, and never heeds it."""

from __future__ import annotations

from typing import Any

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import CloudFormationBackend
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult

_delete_stack = CloudFormationBackend.delete_stack


def install() -> None:
    """Make it so, for this process."""
    CloudFormationBackend.delete_stack = _protected  # type: ignore[method-assign]
    answering: Any = CloudFormationResponse
    answering.update_termination_protection = _update_termination_protection


def _update_termination_protection(self: Any) -> ActionResult:
    name = self._get_param("StackName")
    stack = self.cloudformation_backend.get_stack(name)
    stack.enable_termination_protection = self._get_bool_param("EnableTerminationProtection")
    return ActionResult({"StackId": stack.stack_id})


def _protected(self: Any, name_or_stack_id: str) -> None:
    """Refuse to delete a protected stack, in whichever state it is.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-protect-stacks.html
    """
    alive = [s for s in self.stacks.values() if name_or_stack_id in (s.name, s.stack_id)]
    if any(stack.enable_termination_protection for stack in alive):
        raise ValidationError(
            name_or_stack_id,
            f"Stack [{name_or_stack_id}] cannot be deleted while TerminationProtection is enabled",
        )
    _delete_stack(self, name_or_stack_id)
