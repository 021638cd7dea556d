"""The command line. Command modules import the rest of the tool inside their functions: `--help` stays quick."""

from __future__ import annotations

import sys

from ..errors import Aborted, BringupError


def main() -> None:
    """Run the command line; every expected failure is one message and a typed exit code, never a traceback."""
    from .app import build_app

    try:
        build_app()()
    except Aborted as problem:
        _end(f"aborted: {problem}", problem.exit_code)
    except BringupError as problem:
        _end(str(problem), problem.exit_code)
    except KeyboardInterrupt:
        _end("aborted: Ctrl-C; nothing was energized", Aborted.exit_code)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output went away: nobody is left to tell
        sys.exit(0)


def _end(message: str, exit_code: int) -> None:
    print(f"bringup: {message}", file=sys.stderr)  # noqa: T201 - this is the command line
    sys.exit(exit_code)
