"""The dashboard: is it alive, what is pending, when does the next one expire, what went wrong."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from ..config import REGION
from ..function import Function
from .panels import Panels, alarm_states, of_function, troubled_runs

CONSOLE = (
    f"https://{REGION}.console.aws.amazon.com/cloudwatch/home?region={REGION}#dashboards/dashboard/"
)

SHOWN = Duration.days(3)
"""On a Monday it still shows the weekend."""


class Dashboard(Construct):
    """What an operator asks, from top to bottom: what is wrong, what is now, and since when."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        panels: Panels,
        alarms: Sequence[cloudwatch.Alarm],
        function: Function,
        undelivered: sqs.IQueue,
    ) -> None:
        super().__init__(scope, construct_id)
        self.url = f"{CONSOLE}{name}"
        rows = [
            [alarm_states(alarms)],
            panels.now(),
            [panels.alive(), panels.ahead()],
            [panels.told(), panels.troubled()],
            [of_function(function, undelivered), troubled_runs(function)],
        ]
        cloudwatch.Dashboard(
            self, "Dashboard", dashboard_name=name, default_interval=SHOWN, widgets=rows
        )
