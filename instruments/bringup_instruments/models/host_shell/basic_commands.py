"""The commands that any machine has: cat, ls, echo, uname, id, uptime and their like.

Neighbours: `commands` names them, `file_tree` has the files.
"""

from __future__ import annotations

from datetime import UTC, datetime

from .call import Call
from .file_tree import File, FileTrouble, Folder

KERNEL = "6.1.0-bringup"
NODE = "sled"


def architecture(call: Call) -> str:
    """Of the host's processor, as uname tells it."""
    return "aarch64" if "arm" in call.machine.sled.parameters.machine.processor.lower() else "x86_64"


def cat(call: Call) -> None:
    """Print files, or what came by a pipe."""
    if not call.arguments:
        call.say(*(call.given or []))
    for path in call.arguments:
        try:
            call.say(*call.machine.files.read(path).splitlines())
        except FileTrouble as trouble:
            call.fail(f"cat: {path}: {trouble}")


def ls(call: Call) -> None:
    """List folders; `-1`, `-l` and `-a` change nothing: it is one name a line on a serial console."""
    paths = [one for one in call.arguments if not one.startswith("-")] or ["."]
    for path in paths:
        try:
            node = call.machine.files.find(path)
        except FileTrouble as trouble:
            call.fail(f"ls: cannot access '{path}': {trouble}", 2)
            continue
        if len(paths) > 1 and isinstance(node, Folder):
            call.say(f"{path}:")
        call.say(*([path] if isinstance(node, File) else node.entries()))


def echo(call: Call) -> None:
    """Print the words."""
    call.say(" ".join(call.arguments[1:] if call.arguments[:1] == ["-n"] else call.arguments))


def tee(call: Call) -> None:
    """Write what comes by a pipe to files, and print it."""
    appends = call.arguments[:1] == ["-a"]
    lines = call.given or []
    call.say(*lines)
    for path in call.arguments[appends:]:
        try:
            call.machine.files.write(path, "".join(f"{line}\n" for line in lines), appends)
        except FileTrouble as trouble:
            call.fail(f"tee: {path}: {trouble}")


def uname(call: Call) -> None:
    """Say what system this is."""
    known = {"-s": "Linux", "-n": NODE, "-r": KERNEL, "-v": "#1 SMP", "-m": architecture(call), "-o": "GNU/Linux"}
    wanted = call.arguments or ["-s"]
    letters = [f"-{letter}" for word in wanted for letter in word.lstrip("-")]
    if any(not word.startswith("-") for word in wanted) or not all(one in known or one == "-a" for one in letters):
        call.fail(f"uname: invalid option -- '{' '.join(wanted)}'")
        return
    call.say(" ".join(known.values() if "-a" in letters else (value for one, value in known.items() if one in letters)))


def identity(call: Call) -> None:
    """Who is logged in."""
    call.say("uid=0(root) gid=0(root) groups=0(root)")


def hostname(call: Call) -> None:
    """The node's name."""
    call.say(NODE)


def uptime(call: Call) -> None:
    """How long the kernel has been running."""
    minutes = int(call.machine.up_s // 60)
    busy = 1.0 if call.machine.sled.running else 0.0
    stamp = datetime.fromtimestamp(call.machine.utc(call.at_s), UTC)
    call.say(
        f" {stamp:%H:%M:%S} up {minutes // 60:2d}:{minutes % 60:02d},  1 user,  "
        f"load average: {busy:.2f}, {busy:.2f}, {busy:.2f}"
    )


def date(call: Call) -> None:
    """The time by the host's clock, or `+%s`, seconds since 1970."""
    now_s = call.machine.utc(call.at_s)
    if call.arguments == ["+%s"]:
        call.say(str(int(now_s)))
    else:
        call.say(f"{datetime.fromtimestamp(now_s, UTC):%a %b %e %H:%M:%S UTC %Y}")


def pwd(call: Call) -> None:
    """Where relative paths begin."""
    call.say(call.machine.files.resolve("."))


def true(call: Call) -> None:
    """Succeed."""
    call.status = 0


def false(call: Call) -> None:
    """Fail."""
    call.status = 1
