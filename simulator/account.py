"""A partner account in a box: Partner Central, Slack and AWS on one wire.

with PartnerAccount() as account:
    os.environ.update(account.environment(digest_above=3))
    account.partner_central.invite(title="Hello", expires_in=timedelta(days=5))
"""

from __future__ import annotations

import os
from typing import Any, Self

from notifier.core.recipients import recipient
from notifier.settings import Settings

from .aws import Aws
from .context import FUNCTION_NAME
from .moto_app import REGION
from .partner_central import PartnerCentral
from .slack import Slack
from .wire import Wire

READER = "sales@partner.example"
"""Who is in `emails`, as the environment has it."""

_PROFILES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")


class PartnerAccount:
    """Everything that the function talks to. One at a time in a process (see `Aws`).

    While it is open, the environment names no profile: moto would look for it at home.
    """

    def __init__(self) -> None:
        self._profiles = {name: os.environ.pop(name) for name in _PROFILES if name in os.environ}
        self.wire = Wire()
        self.slack = Slack(self.wire)
        self.aws = Aws(self.wire)
        self.partner_central = PartnerCentral(self.wire, signed_by=self.aws.roles.signed_by)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop every server; raise ExceptionGroup if the simulator itself failed meanwhile."""
        self.wire.close()
        for part in (self.partner_central, self.slack, self.aws):
            part.close()
        os.environ.update(self._profiles)
        self.wire.raise_errors()

    def reset(self) -> None:
        """Make it as new, under the same addresses, ARNs and ids."""
        for part in (self.partner_central, self.slack, self.aws):
            part.reset()
        self.wire.reset()

    def environment(self, **overrides: Any) -> dict[str, str]:
        """Return the function's environment here; `overrides` are fields of `Settings`."""
        settings: dict[str, Any] = {
            "catalog": "AWS",
            "table_name": self.aws.table_name,
            "topic_arn": self.aws.topic_arn,
            "recipients": (recipient(READER),),
            "slack_secret_arn": self.aws.secret_arn,
        }
        return self._runtime() | Settings(**(settings | overrides)).to_env()

    def _runtime(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL_PARTNERCENTRAL_SELLING": self.partner_central.url,
            "AWS_ENDPOINT_URL_DYNAMODB": self.aws.url,
            "AWS_ENDPOINT_URL_SNS": self.aws.url,
            "AWS_ENDPOINT_URL_SECRETS_MANAGER": self.aws.url,
            "AWS_ENDPOINT_URL_STS": self.aws.url,
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
            "SLACK_BASE_URL": self.slack.base_url,
            "AWS_ACCESS_KEY_ID": "AKIASIMULATOR",
            "AWS_SECRET_ACCESS_KEY": "made-up",
            "AWS_SESSION_TOKEN": "made-up",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_LAMBDA_FUNCTION_NAME": FUNCTION_NAME,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{FUNCTION_NAME}",
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }
