"""What the feed tells the app, as past facts."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from bringup.events import Event

from .picture import Picture, Tried


@dataclass
class NightRead(Message):
    """The night was read, because something was committed or another night was asked for."""

    picture: Picture


@dataclass
class EventsArrived(Message):
    """Events that were not told before; `fresh` if they are the first of a night, so that older ones go."""

    events: tuple[Event, ...]
    fresh: bool


@dataclass
class SlotRead(Message):
    """The latest attempts in one slot were read, newest first."""

    slot: str
    tried: tuple[Tried, ...]


@dataclass
class ReadFailed(Message):
    """The journal could not be read; `why` is for a person."""

    why: str
