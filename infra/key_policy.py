"""What a customer-managed key's own policy must allow before the stack can use the key.

The stack does not own the key, so it cannot change its policy. Roles are allowed to use it by IAM
policies, if the key's policy delegates to IAM, as a default key policy does. Services that act on
their own behalf are allowed by the key's policy alone.
"""

from __future__ import annotations

from typing import Any

from .config import REGION


def statements(*, account: str, stack: str) -> list[dict[str, Any]]:
    """Return the statements that the policy of `kms_key_arn` needs, as JSON.

    `account` is where the stack is deployed, `stack` its name.
    """
    return [
        _let_iam_decide(account),
        _let_alarms_publish(account),
        _let_events_reach_the_queue(),
        _let_logs_be_written(account, stack),
    ]


def _let_iam_decide(account: str) -> dict[str, Any]:
    return {
        "Sid": "IamPoliciesDecide",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }


def _let_alarms_publish(account: str) -> dict[str, Any]:
    # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    return {
        "Sid": "AlarmsPublish",
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceAccount": account}},
    }


def _let_events_reach_the_queue() -> dict[str, Any]:
    # No condition: EventBridge's requests to KMS carry neither source account nor source ARN.
    # The queue's policy, which names one rule, restricts what it may encrypt.
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
    return {
        "Sid": "EventsReachTheQueue",
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
        "Resource": "*",
    }


def _let_logs_be_written(account: str, stack: str) -> dict[str, Any]:
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    group = f"arn:aws:logs:{REGION}:{account}:log-group:{stack}-*"
    return {
        "Sid": "LogsAreWritten",
        "Effect": "Allow",
        "Principal": {"Service": f"logs.{REGION}.amazonaws.com"},
        "Action": [
            "kms:Encrypt*",
            "kms:Decrypt*",
            "kms:ReEncrypt*",
            "kms:GenerateDataKey*",
            "kms:Describe*",
        ],
        "Resource": "*",
        "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": group}},
    }
