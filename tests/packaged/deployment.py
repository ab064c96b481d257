"""What CDK would deploy: the asset out of its output folder, and what the template says of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolchain import cdk

cdk.point_jsii_at_node()

from aws_cdk import App

from infra.config import Config
from infra.stack import NotifierStack
from notifier.settings import Settings
from simulator.account import PartnerAccount
from tests.infra.templates import Template, environment, properties


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """The asset as CDK staged it, and the function's properties with its environment as it is."""

    asset: Path
    template: Template

    @property
    def function(self) -> Template:
        return properties(self.template, "AWS::Lambda::Function")

    def variables(self, account: PartnerAccount) -> dict[str, str]:
        """Return the template's variables, and what only leads the SDK to the account.

        A setting that the template forgets is missing here too.
        """
        there = account.environment()
        settings = Settings.from_env(there).to_env()
        leading = {name: value for name, value in there.items() if name not in settings}
        referenced = {
            "AWS::DynamoDB::Table": account.aws.table_name,
            "AWS::SNS::Topic": account.aws.topic_arn,
            "AWS::SecretsManager::Secret": account.aws.secret_arn,
        }
        return leading | environment(self.template, referenced)


def deployment(outdir: Path, context: Mapping[str, object]) -> Deployment:
    """Synthesize as `cdk deploy` does, with a copy of every asset."""
    app = App(analytics_reporting=False, outdir=str(outdir))
    stack = NotifierStack(app, config=Config.from_context(context))
    app.synth()
    template = _read(outdir / stack.template_file)
    manifest = _read(outdir / f"{stack.artifact_id}.assets.json")
    code = properties(template, "AWS::Lambda::Function")["Code"]
    return Deployment(asset=outdir / _uploaded_as(manifest, code["S3Key"]), template=template)


def _uploaded_as(manifest: Mapping[str, Any], key: str) -> str:
    """Return the folder of which CDK makes the archive with this name in its bucket."""
    (folder,) = {
        file["source"]["path"]
        for file in manifest["files"].values()
        for destination in file["destinations"].values()
        if destination["objectKey"] == key and file["source"]["packaging"] == "zip"
    }
    return str(folder)


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return content
