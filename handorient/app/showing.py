"""What is shown: every view gets the same estimate, the leading hand first, mirrored or not."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from PyQt6.QtCore import QObject, pyqtSignal

from handorient.app.settings import MIRROR, RECORDED, Setting, Settings
from handorient.app.stage import Stage
from handorient.app.timeline import TimelineView
from handorient.app.views import Mirrorable, RecordedToo, View
from handorient.capture.camera import Camera
from handorient.capture.images import Images
from handorient.capture.player import Player
from handorient.pipeline import Estimate
from handorient.replay import RecordedHand, Session


class Showing(QObject):
    """Brings estimates to the views.

    Attributes:
        estimate: what is shown, or None before the first picture.
        player: where it comes from, likewise.
        renewed: emitted once the views show what has no numbers yet: another hand, hypothesis or picture.
    """

    renewed = pyqtSignal()

    def __init__(self, fixed: tuple[View, ...], stage: Stage, settings: Settings) -> None:
        """``fixed`` are the views that are always there, beside the panels of ``stage``."""
        super().__init__()
        self.estimate: Estimate | None = None
        self.player: Player | None = None
        self._fixed, self._stage, self._settings = fixed, stage, settings
        self._numbered: int | None = None  # the photograph, or the take, in which ids mean the same hands
        self._chosen: int | None = None
        self._leading: int | None = None
        self._seen = ""
        self._mirrored = False
        settings.changed.connect(self._apply)
        stage.made.connect(self._begin_view)
        stage.seen.connect(self._refresh)
        stage.plots_seen.connect(self._again)

    @property
    def views(self) -> tuple[View, ...]:
        """Every view there is, whether it can be seen or not."""
        return (*self._fixed, *self._stage.views())

    def begin(self, player: Player) -> None:
        """The first estimate of another source is here: start what belongs to a source afresh."""
        self.player, self._numbered = player, None
        self._mirrored = self._shows_camera and self._settings.get(MIRROR)
        for view in self.views:
            self._begin_view(view)

    def show(self, estimate: Estimate, seen: str = "") -> None:
        """Bring an estimate to the views; its network looks at ``seen``, or "": at the same as before."""
        if seen and seen != self._seen:
            self._seen = seen
            if (timeline := self._stage.view(TimelineView)) is not None:
                timeline.clear()  # what follows shall not look like a change over time
        frame, before = estimate.frame, _hypotheses(self.estimate)
        numbered = frame.index if frame.alone else frame.take
        if afresh := numbered != self._numbered:
            self._numbered, self._chosen, self._leading = numbered, None, None
        # Which hand the detector is surer of changes all the time: the plots would jump to and fro.
        hands = sorted(estimate.hands, key=lambda hand: (hand.id != self._chosen, hand.id != self._leading))
        if hands:
            self._leading = hands[0].id
        self.estimate = replace(estimate, hands=tuple(hands))
        source = self.player.source if self.player is not None else None
        recorded: tuple[RecordedHand, ...] = ()
        if isinstance(source, Session) and self._settings.get(RECORDED):
            recorded = source.recorded_hands(estimate)
        for view in self.views:
            if isinstance(view, RecordedToo):
                view.recorded = recorded
            view.show_estimate(self.estimate)
        now = _hypotheses(estimate)
        if afresh or (now and now != before):  # what just came has no number yet, what went leaves its own
            self.renewed.emit()

    def choose_hand(self, number: int) -> None:
        """Show this hand in the plots, for as long as it is in view."""
        self._chosen = number
        self._again()
        self.renewed.emit()

    def next_hand(self) -> None:
        if self.estimate is not None and self.estimate.hands:
            ids = sorted(hand.id for hand in self.estimate.hands)
            self.choose_hand(ids[(ids.index(self.estimate.hands[0].id) + 1) % len(ids)])

    def toggle_mirror(self) -> None:
        """Mirror what is shown, or no longer; of cameras it is remembered."""
        self._mirror(not self._mirrored)
        if self._shows_camera:
            self._settings.set(MIRROR, self._mirrored)

    @property
    def _shows_camera(self) -> bool:
        """Whether the person is looking at themselves, and so expects a mirror."""
        return self.player is not None and isinstance(self.player.source, Camera)

    def _mirror(self, mirrored: bool) -> None:
        self._mirrored = mirrored
        for view in self.views:
            if isinstance(view, Mirrorable):
                view.mirrored = mirrored
        self._again()

    def _again(self) -> None:
        if self.estimate is not None:
            self.show(self.estimate)

    def _apply(self, setting: Setting) -> None:
        if setting is MIRROR and self._shows_camera:
            self._mirror(self._settings.get(MIRROR))
        elif setting is RECORDED:
            self._again()

    def _begin_view(self, view: View) -> None:
        if isinstance(view, Mirrorable):
            view.mirrored = self._mirrored
        if isinstance(view, TimelineView) and self.player is not None:
            source = self.player.source
            view.begin(self.player.duration_s, source.frame_rate, isinstance(source, Images))
        else:
            view.clear()

    def follow_duration(self) -> None:
        """Let the timeline be as long as its source, which may prove shorter than it promised."""
        if (timeline := self._stage.view(TimelineView)) is not None and self.player is not None:
            timeline.span(self.player.duration_s)

    def _refresh(self, view: object) -> None:
        """A panel has come to the front, where nothing may arrive by itself for as long as it is paused."""
        if self.estimate is not None:
            cast(View, view).show_estimate(self.estimate)


def _hypotheses(estimate: Estimate | None) -> set[tuple[int, int]]:
    """Every hypothesis of every hand, by the hand's number and its own."""
    hands = () if estimate is None else estimate.hands
    return {(hand.id, mode.track) for hand in hands for mode in hand.modes}
