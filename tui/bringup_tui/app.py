"""The Textual app: holds what is wanted, and hands what the feed reads to the screens.

All state that changes lives in this class's message handlers, on the screen's own thread.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import App
from textual.binding import Binding, BindingType
from textual.worker import Worker, WorkerState

from .feed import Feed, NightReader, Wanted
from .heartbeat import HeartbeatWatch
from .messages import EventsArrived, NightRead, ReadFailed, SlotRead
from .picture import Picture
from .screens.keys import KeysScreen
from .screens.night import NightScreen
from .screens.slot import SlotScreen
from .theme import BRINGUP, VARIABLES


class NightApp(App[None]):
    """Follows one night after another.

    Args:
        open_reader: makes a read-only reader of the journal; called in another thread.
        night: the night to begin with; None follows whichever is the latest.
        watch: looks after the heartbeat's age.
    """

    TITLE = "bringup"
    CSS_PATH = "app.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "quit", "Quit", id="app.quit", tooltip="Leave this screen; the night goes on"),
        Binding("question_mark", "keys", "Keys", id="app.keys", key_display="?", tooltip="What the keys do"),
    ]

    def __init__(
        self, open_reader: Callable[[], NightReader], night: int | None = None, watch: HeartbeatWatch | None = None
    ) -> None:
        super().__init__()
        self._watch = watch or HeartbeatWatch()
        self._feed = Feed(open_reader, self.post_message)
        self._wanted = Wanted(night)
        self._picture: Picture | None = None
        self._night = NightScreen(self._watch)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The verdicts' colours, for themes that do not name them."""
        return dict(VARIABLES)

    def get_default_screen(self) -> NightScreen:
        """The night."""
        return self._night

    def on_mount(self) -> None:
        """Put on the theme and begin to read."""
        self.register_theme(BRINGUP)
        self.theme = BRINGUP.name
        self._want(self._wanted)
        self.run_worker(self._feed.run, "feed", group="feed", thread=True, exclusive=True, exit_on_error=False)

    def on_unmount(self) -> None:
        """Let the reading thread end, or the process would not."""
        self._feed.stop()

    def _want(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._feed.want(wanted)

    @on(NightRead)
    def _show_night(self, message: NightRead) -> None:
        self._picture = message.picture
        self._watch.saw(message.picture.night)
        for screen in self._following():
            screen.show_night(message.picture)

    @on(EventsArrived)
    def _show_events(self, message: EventsArrived) -> None:
        self._night.add_events(message.events, fresh=message.fresh)

    @on(SlotRead)
    def _show_slot(self, message: SlotRead) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, SlotScreen) and screen.slot == message.slot:
                screen.show_tried(message.tried)

    @on(ReadFailed)
    def _show_failure(self, message: ReadFailed) -> None:
        for screen in self._following():
            screen.show_failure(message.why)

    @on(Worker.StateChanged)
    def _feed_died(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR and event.worker.group == "feed":
            self.post_message(ReadFailed(f"{event.worker.error!r}; quit and start again"))

    def _following(self) -> list[NightScreen | SlotScreen]:
        return [screen for screen in self.screen_stack if isinstance(screen, NightScreen | SlotScreen)]

    @on(NightScreen.SlotChosen)
    def _open_slot(self, message: NightScreen.SlotChosen) -> None:
        if self._picture is not None:
            self._want(Wanted(self._wanted.night, message.slot))
            self.push_screen(SlotScreen(message.slot, self._picture, self._watch), self._close_slot)

    def _close_slot(self, _: None) -> None:
        self._want(Wanted(self._wanted.night))

    @on(NightScreen.NightAsked)
    def _go_to_night(self, message: NightScreen.NightAsked) -> None:
        if self._picture is None:
            return
        nights = self._picture.nights
        place = nights.index(self._picture.night.id) + message.step
        if 0 <= place < len(nights):
            # The latest is followed, so that the next night shows itself when it begins.
            self._want(Wanted(None if place == len(nights) - 1 else nights[place]))
        else:
            self.notify("This is the latest night." if message.step > 0 else "This is the first night.", timeout=3)

    def action_keys(self) -> None:
        """Show what the keys do."""
        told = [active.binding for active in self.screen.active_bindings.values()]
        self.push_screen(KeysScreen(binding for binding in told if binding.show and binding.tooltip))
