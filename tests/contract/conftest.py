"""The stand-ins, and the libraries' own clients for them: each answers once, or fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import boto3
import pytest
from botocore.config import Config

from simulator.account import PartnerAccount

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_partnercentral_selling import PartnerCentralSellingAPIClient
    from types_boto3_secretsmanager import SecretsManagerClient
    from types_boto3_sns import SNSClient


class NewClient(Protocol):
    def __call__(self, service: str, url: str, **config: Any) -> Any: ...


@pytest.fixture(scope="session")
def client() -> NewClient:
    """Return what makes a service's client; `config` goes to botocore's Config."""
    new: Any = boto3.client

    def made(service: str, url: str, **config: Any) -> Any:
        return new(
            service,
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id="made-up",
            aws_secret_access_key="made-up",
            config=Config(retries={"total_max_attempts": 1}, **config),
        )

    return made


@pytest.fixture
def untouched(box: PartnerAccount) -> PartnerAccount:
    """Return the account as new: nobody subscribed, no secret, no invitation."""
    box.reset()
    return box


@pytest.fixture(scope="session")
def dynamodb(box: PartnerAccount, client: NewClient) -> DynamoDBClient:
    made: DynamoDBClient = client("dynamodb", box.aws.url)
    return made


@pytest.fixture(scope="session")
def sns(box: PartnerAccount, client: NewClient) -> SNSClient:
    made: SNSClient = client("sns", box.aws.url)
    return made


@pytest.fixture(scope="session")
def secrets(box: PartnerAccount, client: NewClient) -> SecretsManagerClient:
    made: SecretsManagerClient = client("secretsmanager", box.aws.url)
    return made


@pytest.fixture(scope="session")
def api(box: PartnerAccount, client: NewClient) -> PartnerCentralSellingAPIClient:
    made: PartnerCentralSellingAPIClient = client("partnercentral-selling", box.partner_central.url)
    return made
