"""The screens: a night in another process, followed read-only through its journal.

The way of a fact: `bringup.store`'s reader → `feed` (a thread) → `messages` → `app` → `screens` → `widgets`.
Nothing here talks to a driver or moves a knob, and only `plugin` may be imported without loading Textual.
"""
