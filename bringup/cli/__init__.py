"""The command line. Command modules import the rest of the tool inside their functions: `--help` stays quick."""

from __future__ import annotations

import sys

from ..errors import Aborted, BringupError


def main() -> None:
    """Run the command line; every failure is one message and a typed exit code, never a traceback."""
    try:
        from .app import build_app

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
    except Exception as problem:
        _end(f"{type(problem).__name__}: {problem}\nThis is a defect of bringup. {_kept()}", BringupError.exit_code)


def _kept() -> str:
    """Where the traceback was written, for whoever mends it."""
    import tempfile
    import traceback

    try:
        with tempfile.NamedTemporaryFile("w", prefix="bringup-defect-", suffix=".txt", delete=False) as file:
            traceback.print_exc(file=file)
    except OSError:
        return traceback.format_exc()
    return f"Its details are in {file.name}: please send them along."


def _end(message: str, exit_code: int) -> None:
    from ..terminal_text import harmless

    for line in message.splitlines():
        print(f"bringup: {harmless(line)}", file=sys.stderr)  # noqa: T201 - this is the command line
    sys.exit(exit_code)
