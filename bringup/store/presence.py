"""Whether the process that began a night still lives: a lock file that the system drops with the process.

A process id would not do: after the power cut that killed the night, the rebooted controller may have given the
same id to something else, and the night would seem to run for ever.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from bringup.errors import JournalError


class Presence:
    """The nights that this process has begun in one journal and not ended yet."""

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self._held: dict[int, FileLock] = {}

    def hold(self, night_id: int) -> bool:
        """Take a night for this process; False if a living process (or this one) has it.

        Raises:
            JournalError: no lock file can be made beside the journal.
        """
        lock = FileLock(self._file(night_id), thread_local=False)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            return False
        except (OSError, NotImplementedError) as error:
            raise JournalError(
                f"journal {self._journal}: cannot lock {self._file(night_id)} ({error}). The journal's folder must be "
                "writable and on a local disk"
            ) from error
        self._held[night_id] = lock
        return True

    def release(self, night_id: int) -> None:
        """Let a night go and take its lock file away."""
        lock = self._held.pop(night_id, None)
        if lock is not None:
            lock.release()
            # Another process may have it open just now; a file that stays behind locks nothing.
            with suppress(OSError):
                self._file(night_id).unlink(missing_ok=True)

    def release_all(self) -> None:
        """Let every night go."""
        for night_id in tuple(self._held):
            self.release(night_id)

    def _file(self, night_id: int) -> Path:
        return self._journal.with_name(f"{self._journal.name}-night{night_id}.lock")
