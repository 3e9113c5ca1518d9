"""Playing: what pause, step, seek, speed and loop do to the source that plays, and how the bars show it."""

from __future__ import annotations

from handorient.app.controls import PlayerBar
from handorient.app.switch import SourceSwitch
from handorient.app.text import clock
from handorient.capture.images import Images
from handorient.capture.player import Player, PlayerState


class Playing:
    """Passes the person's wishes on to whatever plays now.

    Attributes:
        quiet: hide the player bar; the keys still work.
    """

    def __init__(self, switch: SourceSwitch, bar: PlayerBar) -> None:
        self._switch, self._bar = switch, bar
        self.quiet = False
        self._told_of: Player | None = None
        self._told = 0
        self._held: Player | None = None
        bar.held.connect(lambda held: self._hold() if held else self._let_go())
        bar.stepped.connect(self.step)
        bar.sought.connect(self.seek)
        bar.speed_chosen.connect(self.choose_speed)
        bar.loop_toggled.connect(self.toggle_loop)
        self.show()

    @property
    def player(self) -> Player | None:
        """What plays now. Another thread may take it away between two looks."""
        return self._switch.player

    @property
    def duration_s(self) -> float | None:
        """How long the source is, or None where it has no end or nothing plays."""
        player = self.player
        return None if player is None else player.duration_s

    @property
    def paused(self) -> bool:
        """Whether the picture that is shown stays until the person wants another."""
        still = (PlayerState.PAUSED, PlayerState.ENDED, PlayerState.FAULTED)
        player = self.player
        return player is not None and player.state in still

    def skipped(self) -> str:
        """Which pictures could not be read since this was last asked, in a sentence; empty if none."""
        player = self.player
        if player is not self._told_of:
            self._told_of, self._told = player, 0
        new = [] if player is None else list(player.source.skipped[self._told :])
        self._told += len(new)
        if len(new) > 1:
            return f"{len(new)} pictures cannot be read and are left out, the first of them {new[0]}."
        return f"{new[0]} cannot be read and is left out." if new else ""

    def toggle_pause(self) -> None:
        if (player := self.player) is not None:
            if player.state is PlayerState.RUNNING:
                player.pause()
            else:
                player.play()
        self.show()

    def step(self, pictures: int = 1) -> None:
        """Pause, and show the next picture or, for -1 where the source can seek, the one before."""
        if (player := self.player) is not None:
            player.step(pictures)
        self.show()

    def seek(self, time_s: float) -> None:
        if (player := self.player) is not None:
            player.seek(time_s)
        self.show()

    def _hold(self) -> None:
        """While somebody drags the slider, the picture is the one it is at, and does not run away."""
        player = self.player
        if player is not None and player.state is PlayerState.RUNNING:
            player.pause()
            self._held = player

    def _let_go(self) -> None:
        player, self._held = self._held, None
        if player is not None and player is self.player:
            player.play(again=False)
        self.show()

    def choose_speed(self, speed: float) -> None:
        if (player := self.player) is not None:
            player.speed = speed
        self.show()

    def toggle_loop(self) -> None:
        if (player := self.player) is not None:
            player.loop = not player.loop
        self.show()

    def show(self) -> None:
        """Bring the player bar up to date; there is none for a source without an end."""
        player, duration_s = self.player, self.duration_s
        self._bar.setVisible(duration_s is not None and not self.quiet)
        if player is not None and duration_s is not None:
            position_s = player.position_s
            place, whole = clock(position_s), clock(duration_s)
            if isinstance(player.source, Images):  # time says little of pictures that stand still
                place, whole = f"{player.source.index_at(position_s) + 1}", f"{player.source.frame_count}"
            self._bar.show_player(
                position_s, duration_s, place, whole, self.paused, player.speed, player.loop
            )
