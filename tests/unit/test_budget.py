"""What still fits into the time that a run has left."""

from __future__ import annotations

import pytest

from notifier.run.budget import SEND_TIME, WRITE_TIME, Budget


@pytest.mark.parametrize("writes", [1, 3])
def test_a_message_fits_with_all_the_writes_that_record_it(writes: int) -> None:
    """However slow they are: what is sent is recorded in the same run."""
    needed = SEND_TIME + writes * WRITE_TIME
    assert not Budget(lambda: needed).fits_message(writes)
    assert Budget(lambda: needed + 1).fits_message(writes)
    assert not Budget(lambda: WRITE_TIME).fits_write()
    assert Budget(lambda: WRITE_TIME + 1).fits_write()


def test_half_of_the_time_is_half_of_what_was_left_then() -> None:
    """Whatever happened before."""
    left = iter([60.0, 31.0, 30.0])
    has_time = Budget(lambda: next(left)).half()
    assert (has_time(), has_time()) == (True, False)
