"""Sessions of the page "Motion" whose run has ended."""

import time

from explorer.pages.motion.session import MotionSession


def settled(session: MotionSession, seconds: float = 60) -> MotionSession:
    end = time.monotonic() + seconds
    while session.run.busy and time.monotonic() < end:
        time.sleep(0.02)
    assert not session.run.busy, session.run.message
    return session


def moved(**chosen) -> MotionSession:
    session = MotionSession()
    session.select(chosen)
    return settled(session)
