"""VISA locks (VPP-4.3, 3.6): who may use a device while another session holds it.

One `AccessLock` per device, shared by every library instance in the process. Waiting is on the lab's clock.
Neighbours: `library.py` asks it before every operation.
"""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from weakref import WeakKeyDictionary

from bringup_instruments.scpi import MessageDevice


class AccessLock:
    """The lock of one device; session handles are unique in the process."""

    def __init__(self) -> None:
        self.held = False  # read without the mutex on every operation
        # Re-entrant: a collected manager closes its sessions, at any allocation, in whatever thread that is.
        self._mutex = threading.RLock()
        self._owner: int | None = None
        self._depth = 0
        self._key: str | None = None
        self._sharers: Counter[int] = Counter()

    def admits(self, session: int) -> bool:
        """Whether a session may use the device now."""
        with self._mutex:
            if self._owner is not None:
                return self._owner == session
            return not self._sharers or session in self._sharers

    def take_exclusive(self, session: int) -> bool:
        """Lock for one session, which may do so again; False while another one holds it."""
        with self._mutex:
            others_share = any(sharer != session for sharer in self._sharers)
            if self._owner not in (None, session) or (others_share and session not in self._sharers):
                return False
            self._owner = session
            self._depth += 1
            self.held = True
            return True

    def take_shared(self, session: int, key: str | None) -> str | None:
        """Lock for all sessions that know the key; the key, or None while it cannot be had."""
        with self._mutex:
            if self._owner not in (None, session) or (self._sharers and key not in (self._key, None)):
                return None
            if self._sharers and key is None and session not in self._sharers:
                return None
            if not self._sharers:
                self._key = key or uuid.uuid4().hex
            self._sharers[session] += 1
            self.held = True
            return self._key

    def release(self, session: int) -> bool:
        """Undo the session's latest lock; False if it has none."""
        with self._mutex:
            if self._owner == session:
                self._depth -= 1
                if self._depth == 0:
                    self._owner = None
            elif session in self._sharers:
                self._sharers[session] -= 1
                self._sharers = +self._sharers
            else:
                return False
            self._settle()
            return True

    def forget(self, session: int) -> None:
        """Undo all locks of a session that closes."""
        with self._mutex:
            if self._owner == session:
                self._owner, self._depth = None, 0
            self._sharers.pop(session, None)
            self._settle()

    def state(self, session: int) -> int:
        """VI_ATTR_RSRC_LOCK_STATE: 0 none, 1 exclusive, 2 shared, as this session sees it."""
        with self._mutex:
            if self._owner is not None:
                return 1
            return 2 if session in self._sharers else 0

    def _settle(self) -> None:
        self.held = self._owner is not None or bool(self._sharers)


_locks: WeakKeyDictionary[MessageDevice, AccessLock] = WeakKeyDictionary()
_locks_mutex = threading.RLock()


def lock_of(device: MessageDevice) -> AccessLock:
    """The one lock of a device."""
    with _locks_mutex:
        return _locks.setdefault(device, AccessLock())
