"""A deployer's machine, and AWS accounts by moto, to which the CDK CLI itself deploys."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from moto.awslambda.models import lambda_backends
from moto.iam.models import get_account_id_from

from simulator import moto_app
from simulator.account import PartnerAccount
from simulator.answers import Answer, Request, json_answer
from simulator.moto_app import REGION
from simulator.runtime import LambdaRuntime
from simulator.server import Server
from toolchain import cdk
from toolchain.package import package

ROOT = Path(__file__).resolve().parents[2]
KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")

_JSII_CACHE = Path.home() / ".cache" / "aws" / "jsii" / "package-cache"
_INVOKED = re.compile(r"/2015-03-31/functions/(?P<name>[^/]+)/invocations")
_SIGNER = re.compile(r"Credential=([^/]+)/")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended, and all that it printed."""

    code: int
    said: str


class Rehearsal:
    """AWS at `url`: moto, except that an invoked function really runs and reads Partner Central."""

    def __init__(self, account: PartnerAccount, home: Path) -> None:
        cdk.installed()
        package()
        self._account = account
        self._home = home
        self._errors: list[Exception] = []
        self._server = Server(self._answer, self._errors)
        self.url = self._server.url

    def close(self) -> None:
        self._server.close()
        if self._errors:
            raise ExceptionGroup("the rehearsal itself failed", self._errors)

    def make(self, target: str, *arguments: str) -> Ended:
        """Do what `make bootstrap` or `make deploy` does, without a terminal."""
        words = ["bootstrap"] if target == "bootstrap" else []
        ended = subprocess.run(
            [sys.executable, "-m", "infra.deploy", *words, *arguments],
            cwd=ROOT,
            env=self._machine(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return Ended(ended.returncode, ended.stdout)

    def client(self, service: str, account: str = moto_app.ACCOUNT) -> Any:
        """Return a client with credentials for an account."""
        keys = self.credentials(f"arn:aws:iam::{account}:role/somebody")
        return self._client(service, keys)

    def credentials(self, role_arn: str) -> dict[str, str]:
        """Return what a process that has assumed a role finds in its environment."""
        sts = self._client("sts", _ANYBODY)
        found = sts.assume_role(RoleArn=role_arn, RoleSessionName="deployer")["Credentials"]
        values = (found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])
        return dict(zip(KEYS, values, strict=True))

    def add_profile(self, name: str, account: str) -> None:
        """Sign in to another account, as a named profile."""
        keys = self.credentials(f"arn:aws:iam::{account}:role/somebody")
        file = self._home / ".aws" / "credentials"
        file.parent.mkdir(exist_ok=True)
        lines = [f"[{name}]", *(f"{key.lower()} = {value}" for key, value in keys.items())]
        file.write_text("\n".join(lines))

    def _client(self, service: str, keys: dict[str, str]) -> Any:
        key, secret, token = keys.values()
        session: Any = boto3.Session(key, secret, token, REGION)
        return session.client(service, endpoint_url=self.url)

    def _machine(self) -> dict[str, str]:
        return _ANYBODY | {
            "PATH": os.environ["PATH"],
            "HOME": str(self._home),
            "PYTHONPATH": os.pathsep.join((str(ROOT / "lambdas"), str(ROOT))),
            "PYTHONDONTWRITEBYTECODE": "1",
            "CDK_OUTPUT": str(self._home / "cdk.out"),
            "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(_JSII_CACHE),  # It would unpack CDK anew.
            "CDK_NOTICES": "false",  # It would fetch them.
            "NO_COLOR": "1",
            **self._aws(),
        }

    def _aws(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }

    def _answer(self, request: Request) -> Answer:
        invoked = _INVOKED.fullmatch(request.path)
        return self._invoke(invoked["name"], request) if invoked else moto_app.forward(request)

    def _invoke(self, name: str, request: Request) -> Answer:
        """Run the handler as deployed, with its role and its variables."""
        signer = _SIGNER.search(request.headers["authorization"])
        assert signer is not None
        account = get_account_id_from(signer[1])
        function = lambda_backends[account][REGION].get_function(name)
        runtime = LambdaRuntime(
            self._account.environment()
            | dict.fromkeys(_of_one_service(self._account), self.url)
            | self._aws()
            | function.environment_vars
            | self.credentials(function.role),
            timeout=function.timeout,
            paced=False,
        )
        invocation = runtime.invoke(json.loads(request.body or b"{}"))
        if invocation.error is None:
            return json_answer(200, invocation.answer)
        failed = json_answer(200, {"errorMessage": str(invocation.error)})
        return Answer(200, failed.body, (*failed.headers, ("X-Amz-Function-Error", "Unhandled")))


_ANYBODY = dict(zip(KEYS, ("AKIAREHEARSED0000000", "made-up", "made-up"), strict=True))


def _of_one_service(account: PartnerAccount) -> list[str]:
    """Return the variables that would point the function to the box's table, topic and secret."""
    return [name for name, value in account.environment().items() if value == account.aws.url]
