"""The stack that runs the notifier.

jsii starts Node when aws_cdk is first imported. Whoever needs aws_cdk comes through this package
first, so this is where jsii is told which Node to start.
"""

from __future__ import annotations

from toolchain.node import point_jsii_at_node

point_jsii_at_node()
