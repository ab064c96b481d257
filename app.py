"""The CDK app: context -> Config -> one stack, checked by cdk-nag. It calls no AWS service."""

import json
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "lambdas")]

from toolchain import cdk

cdk.point_jsii_at_node()

from aws_cdk import App

from infra import checked, context, nag
from infra.config import Config
from infra.refusal import ConfigError
from infra.stack import NotifierStack
from infra.subscriptions import LANDED
from toolchain.cache import BuildError

try:
    app = App(
        analytics_reporting=False,
        context=context.from_files(HERE),
        post_cli_context=context.from_arguments(sys.argv[1:]),
    )
    config = Config.from_context(app.node.get_all_context())
    checked.refuse_another(config, os.environ)
    NotifierStack(
        app,
        config=config,
        account=os.environ.get("CDK_DEFAULT_ACCOUNT"),
        landed=json.loads(os.environ.get(LANDED) or "{}"),
    )
    nag.check(app)
    app.synth()
    sys.stderr.writelines(f"warning: {line}\n" for line in config.advice)
except (ConfigError, BuildError) as error:
    sys.exit(str(error))
