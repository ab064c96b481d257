"""Partner Central's model, as it ships: what it lists may be named in the configuration."""

from __future__ import annotations

import functools

from botocore.loaders import Loader


@functools.cache
def values(shape: str) -> tuple[str, ...]:
    """Return the values of one of the model's enumerations."""
    model = Loader().load_service_model("partnercentral-selling", "service-2")
    return tuple(model["shapes"][shape]["enum"])
