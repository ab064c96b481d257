"""Teach moto's CloudFormation the stack's types without which the rest of it cannot be made.

What it does not know it leaves out, and a policy on a secret that is nowhere is refused. Policies
of topics and queues, schedules, and what becomes of a failed event stay left out.
"""

from __future__ import annotations

from typing import Any

from moto.cloudformation import parsing
from moto.core.common_models import CloudFormationModel
from moto.kms.models import Key
from moto.secretsmanager.models import secretsmanager_backends
from moto.sns.models import sns_backends

_key_from_template = Key.create_from_cloudformation_json

PENDING = "PendingConfirmation"
"""What SNS lists in the place of an ARN, until somebody follows the link in the mail.

https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html
"""


def install() -> None:
    """Make it so, for this process."""
    keys: Any = Key
    keys.create_from_cloudformation_json = _create_key
    parsing.get_model_list.cache_clear()
    parsing.get_model_map.cache_clear()
    parsing.get_name_type_map.cache_clear()


def _create_key(name: str, given: dict[str, Any], *owner: str, **more: Any) -> Any:
    """Hand moto's KMS a key's tags as its API has them, not as a template has them."""
    properties = given["Properties"]
    tags = [{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in properties.get("Tags", ())]
    as_called = {**given, "Properties": {**properties, "Tags": tags}}
    return _key_from_template(name, as_called, *owner, **more)


class _Type(CloudFormationModel):
    """One resource; `physical_resource_id` is what `Ref` gives."""

    def __init__(self, physical_resource_id: str) -> None:
        self.physical_resource_id = physical_resource_id

    @staticmethod
    def cloudformation_name_type() -> str:
        return ""

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        del attr
        return False


class _Secret(_Type, CloudFormationModel):
    """A secret, without a value where the template gives none."""

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::SecretsManager::Secret"

    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
        **_: Any,
    ) -> _Secret:
        backend = secretsmanager_backends[account_id][region_name]
        properties = cloudformation_json["Properties"]
        secret, _version = backend._add_secret(  # noqa: SLF001
            properties.get("Name", resource_name), description=properties.get("Description")
        )
        return cls(secret.arn)

    @classmethod
    def delete_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> None:
        del cloudformation_json
        secretsmanager_backends[account_id][region_name].delete_secret(resource_name, None, True)


class _Subscription(_Type, CloudFormationModel):
    """A subscription, which waits to be confirmed if it is a person's."""

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::SNS::Subscription"

    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
        **_: Any,
    ) -> _Subscription:
        del resource_name
        properties = cloudformation_json["Properties"]
        made = sns_backends[account_id][region_name].subscribe(
            properties["TopicArn"], properties["Endpoint"], properties["Protocol"]
        )
        arn: str = made.arn
        if made.protocol == "email":
            made.arn = PENDING
        return cls(arn)

    @classmethod
    def delete_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> None:
        del cloudformation_json
        sns_backends[account_id][region_name].unsubscribe(resource_name)


class _Alarm(_Type, CloudFormationModel):
    """An alarm, which has a name that a dashboard can show, and never rings."""

    def __init__(self, name: str, arn: str) -> None:
        super().__init__(name)
        self.arn = arn

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::CloudWatch::Alarm"

    def get_cfn_attribute(self, attribute_name: str) -> str:
        del attribute_name  # Arn is the only one.
        return self.arn

    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
        **_: Any,
    ) -> _Alarm:
        chosen = cloudformation_json["Properties"].get("AlarmName", resource_name)
        return cls(chosen, f"arn:aws:cloudwatch:{region_name}:{account_id}:alarm:{chosen}")

    @classmethod
    def delete_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> None:
        """Leave nothing: there is no more than its name."""
