"""What people paste is read as what they mean."""

from __future__ import annotations

import pytest

from cli.asked import invitation_id

ID = "engi-0123456789abc"
ARN = f"arn:aws:partnercentral:us-east-1::catalog/AWS/engagement-invitation/{ID}"


@pytest.mark.parametrize(
    ("pasted", "id_"),
    [
        (ID, ID),
        (f"  {ID}\n", ID),
        (f"\u201c{ID}\u201d.", ID),
        (f"<{ID}>", ID),
        (ARN, ID),
        (f"{ARN} ", ID),
        (f"https://us-east-1.console.aws.amazon.com/partnercentral/invitations/{ID}?tab=1#top", ID),
        (f"https://x.example/open?id=arn%3Aaws%3A%2F{ID}%2F", ID),
        (" other-form-1 ", "other-form-1"),
    ],
)
def test_an_id_is_found_in_what_was_pasted(pasted: str, id_: str) -> None:
    assert invitation_id(pasted) == id_
