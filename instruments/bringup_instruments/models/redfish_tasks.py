"""Actions of a Redfish unit that take their time: 202, a Task that can be watched, and a monitor that ends.

Source: DMTF DSP0266 1.20, 12.2 (asynchronous operations). Neighbours: `bmc_power.py` begins and ends tasks,
`redfish_unit.py` serves them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .redfish_log import Calendar
from .redfish_messages import MESSAGES, message_id
from .redfish_problem import Payload
from .redfish_service import ROOT, Resource, link, members_payload

SERVICE = f"{ROOT}/TaskService"
TASKS = f"{SERVICE}/Tasks"
MOST = 32
"""Tasks that are kept; the oldest that have ended go first (estimate)."""


@dataclass(slots=True)
class Task:
    """One action under way, or ended.

    Attributes:
        trouble: key and arguments of the message that it failed with.
    """

    number: int
    target: str
    began_s: float
    ended_s: float | None = None
    trouble: tuple[str, ...] = ()

    @property
    def uri(self) -> str:
        """Of the Task resource."""
        return f"{TASKS}/{self.number}"


class Tasks:
    """Of one unit.

    Args:
        calendar: the unit's.
        now: the lab's time.
    """

    def __init__(self, calendar: Calendar, now: Callable[[], float]) -> None:
        self._calendar = calendar
        self._now = now
        self._tasks: dict[int, Task] = {}
        self._last = 0

    def begin(self, target: str) -> Task:
        """An action was accepted."""
        self._last += 1
        task = self._tasks[self._last] = Task(self._last, target, self._now())
        ended = [number for number, one in self._tasks.items() if one.ended_s is not None]
        for number in ended[: max(0, len(self._tasks) - MOST)]:
            del self._tasks[number]
        return task

    def end(self, task: Task, at_s: float, *trouble: str) -> None:
        """It is done, or it failed with a message; a second end changes nothing."""
        if task.ended_s is None:
            task.ended_s, task.trouble = at_s, trouble

    def resources(self) -> dict[str, Resource]:
        """The service and its collection; a task is found by `find`."""
        return {SERVICE: Resource(self._service), TASKS: Resource(self._collection)}

    def find(self, uri: str) -> Resource | None:
        """A task, or its monitor, by URI."""
        found = [task for task in self._tasks.values() if uri in (task.uri, f"{task.uri}/Monitor")]
        if not found:
            return None
        task, is_monitor = found[0], uri != found[0].uri
        running = 202 if is_monitor else 200
        return Resource(lambda: self._told(task), status=lambda: running if task.ended_s is None else 200)

    def _service(self) -> Payload:
        return {
            "@odata.type": "#TaskService.v1_3_0.TaskService",
            "Id": "TaskService",
            "Name": "Tasks",
            "ServiceEnabled": True,
            "DateTime": self._calendar.date(self._now()),
            "CompletedTaskOverWritePolicy": "Oldest",
            "LifeCycleEventOnTaskStateChange": False,
            "Status": {"State": "Enabled", "Health": "OK"},
            "Tasks": link(TASKS),
        }

    def _collection(self) -> Payload:
        return members_payload("TaskCollection", "Tasks", [task.uri for task in self._tasks.values()])

    def _told(self, task: Task) -> Payload:
        told: Payload = {
            "@odata.type": "#Task.v1_7_4.Task",
            "@odata.id": task.uri,
            "Id": str(task.number),
            "Name": f"Task {task.number}",
            "TaskState": "Running" if task.ended_s is None else "Exception" if task.trouble else "Completed",
            "TaskStatus": "Critical" if task.trouble else "OK",
            "StartTime": self._calendar.date(task.began_s),
            "TaskMonitor": f"{task.uri}/Monitor",
            "Payload": {"TargetUri": task.target, "HttpOperation": "POST", "HttpHeaders": []},
            "Messages": [],
        }
        if task.ended_s is not None:
            told["EndTime"] = self._calendar.date(task.ended_s)
        if task.trouble:
            key, *arguments = task.trouble
            message = MESSAGES[key]
            told["Messages"] = [
                {
                    "MessageId": message_id(key),
                    "Message": message.said(*arguments),
                    "MessageArgs": arguments,
                    "MessageSeverity": message.severity,
                }
            ]
        return told
