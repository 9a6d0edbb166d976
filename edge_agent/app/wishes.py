"""What is wanted of the running device: to go on, also with another configuration, to end, or to restart. Pure.

The end is a state that nothing leaves. Whatever is wished after it, and however that which runs ends, nothing follows.
"""

from __future__ import annotations

from ..config.model import Config
from ..vocabulary.frozen import frozen


@frozen
class Following:
    """What is to run next. `instead`: of a configuration that turned out to be wrong in use. `again`: the same."""

    config: Config
    instead: bool = False
    again: bool = False


class Wishes:
    """`config`: the first that runs."""

    def __init__(self, config: Config) -> None:
        self._in_use = config
        self._good: Config | None = None  # has run, and can again
        self._wanted: Config | None = None
        self._leaving = False
        self.stopping = False
        self.restarting = False  # it ends once nobody talks, and whoever watches over it starts it again

    def stop(self) -> None:
        self.stopping = True

    def restart(self) -> None:
        self.restarting = True

    def reload(self, config: Config) -> None:
        """Run this once nobody talks; of several, the last."""
        self._wanted = config

    def again(self) -> None:
        """Run what is in use once more, once nobody talks."""
        self._wanted = self._wanted or self._in_use

    @property
    def waiting(self) -> bool:
        """Whether another configuration waits until nobody talks."""
        return self._wanted is not None and not self._leaving

    def leave(self, idle: bool) -> bool:
        """Whether what runs must be told to end now, since it is to go on in another way; true once. `idle`: nobody
        talks."""
        if self.stopping or self._leaving or not (self._wanted or self.restarting) or not idle:
            return False
        self._leaving = True
        return True

    def follow(self, failed: bool) -> Following | None:
        """What runs after what was in use has ended, or `failed`: it cannot be used. None: nothing."""
        wanted, self._wanted, self._leaving = self._wanted, None, False
        if not failed:
            self._good = self._in_use
        if self.stopping or self.restarting:
            return None
        if wanted:
            following = Following(wanted, again=wanted is self._in_use)
        elif failed and self._good and self._good is not self._in_use:
            following = Following(self._good, instead=True)
        else:
            return None
        self._in_use = following.config
        return following
