"""The CDK app: context -> Config -> one stack, checked by cdk-nag. It calls no AWS service."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "lambdas")]

from infra import checked, context, nag  # noqa: E402  isort: skip  (names Node before aws_cdk starts it)
from aws_cdk import App  # noqa: E402

from infra.config import Config, ConfigError  # noqa: E402
from infra.stack import NotifierStack  # noqa: E402
from toolchain.package import PackageError  # noqa: E402

try:
    app = App(
        analytics_reporting=False,
        context=context.from_files(HERE),
        post_cli_context=context.from_arguments(sys.argv[1:]),
    )
    config = Config.from_context(app.node.get_all_context())
    checked.refuse_another(config, os.environ)
    NotifierStack(app, config=config, account=os.environ.get("CDK_DEFAULT_ACCOUNT"))
    nag.check(app)
    app.synth()
    sys.stderr.writelines(f"warning: {line}\n" for line in config.advice)
except (ConfigError, PackageError) as error:
    sys.exit(str(error))
