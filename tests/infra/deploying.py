"""A deployment's surroundings: a stand-in for the CDK CLI, and a bootstrapped account."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from infra.deploy.account import QUALIFIER, bootstrap_parameter
from simulator import moto_app
from simulator.account import PartnerAccount
from simulator.wire import aws_json_error

ACCOUNT = moto_app.ACCOUNT
DENIED = aws_json_error("AccessDeniedException", "no", 400)


class Cdk:
    """Stands in for the CDK CLI: records its arguments, and deploys by writing outputs."""

    def __init__(self, outputs: dict[str, str], code: int = 0) -> None:
        self.asked: list[Sequence[str]] = []
        self.environment: dict[str, str] = {}
        self._outputs = outputs
        self._code = code

    def __call__(self, arguments: Sequence[str], environment: Mapping[str, str]) -> int:
        self.asked.append(arguments)
        self.environment = dict(environment)
        if self._code == 0 and "--outputs-file" in arguments:
            file = Path(arguments[arguments.index("--outputs-file") + 1])
            file.write_text(json.dumps({"InvitationNotifier-Sandbox": self._outputs}))
        return self._code


def bootstrapped(version: str, qualifier: str = QUALIFIER) -> None:
    """Leave behind what `cdk bootstrap` does."""
    moto_app.json_call(
        "ssm",
        "AmazonSSM.PutParameter",
        Name=bootstrap_parameter(qualifier),
        Value=version,
        Type="String",
        Overwrite=True,
    )


def outputs(account: PartnerAccount) -> dict[str, str]:
    return {
        "TopicArn": account.aws.topic_arn,
        "FunctionName": "notifier",
        "SlackSecretArn": account.aws.secret_arn,
    }
