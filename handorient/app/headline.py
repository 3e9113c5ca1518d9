"""The headline: what the arrows mean, in one line that needs no manual."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
from PyQt6.QtCore import QEvent, Qt
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QWidget

from handorient.app import theme
from handorient.app.text import LEAST_SHARE
from handorient.pipeline import Estimate, HandEstimate, TrackedMode

#: How large it is written, of its size.
_SHARES = (1.0, 0.85, LEAST_SHARE)
#: What the line takes beside its words.
_BESIDE_PX = 60


def headline(estimate: Estimate, seen: str = "") -> tuple[str, str]:
    """What the network answers for the first hand, and in what: two short texts, the second may be empty.

    ``seen`` is what the network looks at, such as "silhouette".
    """
    if not estimate.hands:
        return "No hand", ""
    hand = estimate.hands[0]
    count, shown = hand.mode_count, len(hand.modes)
    evidence = {"silhouette": "this outline", "landmarks": "these landmarks"}.get(seen, "this picture")
    if count == 1:
        return f"1 hypothesis, {_spread(hand.modes[0])}", f"the network sees one orientation in {evidence}"
    apart = f"{np.degrees(hand.separation_rad):.0f}° apart"
    if count == 2:
        return f"2 hypotheses, {apart}", f"the network finds both in {evidence}, so both are shown"
    what = f"{count} hypotheses, the leading two {apart}"
    if count > shown:
        return what, f"the likeliest {shown} are shown, {sum(mode.weight for mode in hand.modes):.0%} in all"
    return what, f"the network finds all in {evidence}"


def _spread(mode: TrackedMode) -> str:
    return f"±{np.degrees(np.max(mode.std_rad)):.0f}°"


class Headline(QWidget):
    """The line over the views, with the hypotheses' colours and shares at its end; its height is fixed."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("headline")
        self.text = QLabel()
        self.shares = QLabel()
        self.recording = QLabel()
        for label in (self.text, self.shares, self.recording):
            label.setTextFormat(Qt.TextFormat.RichText)
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(18, 0, 18, 4)
        # A long line is cut off rather than widening the window.
        self.text.setMinimumWidth(1)
        row.addWidget(self.text, 1)
        row.addWidget(self.shares)
        row.addWidget(self.recording)
        self._restyle()
        self.say("No picture yet")
        self.show_recording(None)

    def say(self, what: str) -> None:
        """What there is to say while there are no hypotheses; what follows a colon may be left out."""
        self._write([("", what, ""), ("", what.partition(":")[0], "")])

    def show_numbers(self, estimate: Estimate, seen: str = "") -> None:
        """Bring the line up to date; called a few times a second, so that it can be read."""
        hands = estimate.hands
        which = f"{hands[0].landmarks.handedness.capitalize()} hand" if len(hands) > 1 else ""
        what, why = headline(estimate, seen)
        count, side = what.partition(",")[0], which.partition(" ")[0]
        wordings = [(which, what, why), (which, what, why.partition(",")[0]), (which, what, "")]
        self._write([*wordings, (which, count, ""), (side, count, "")], hands)

    def _write(self, wordings: Sequence[tuple[str, str, str]], hands: Sequence[HandEstimate] = ()) -> None:
        """Whose, what and why, of the first hand, in the first of the wordings and sizes that fits."""
        modes = hands[0].modes if hands else ()
        for share, (which, what, why) in product(_SHARES, wordings):
            size_px = round(share * theme.px(theme.HEADLINE_PX))
            self.text.setText(_which(which, hands, size_px) + _rich(what, why, size_px))
            self.shares.setText("&nbsp;&nbsp;".join(_share(mode, size_px) for mode in modes))
            taken = sum(label.sizeHint().width() for label in (self.text, self.shares, self.recording))
            if taken + _BESIDE_PX <= self.width():
                break
        self._row.activate()  # or the shares would be painted once with the room of those before them

    def show_recording(self, elapsed: str | None) -> None:
        """A dot and the time since a session is being written; None: nothing."""
        style = f"font-size:{theme.px(theme.BODY_PX)}px;color:{theme.RECORDING}"
        shown = elapsed is not None
        self.recording.setText(f"<span style='{style}'>&nbsp; ●&nbsp;{elapsed}</span>" if shown else "")
        self.recording.setVisible(shown)

    def changeEvent(self, event: QEvent | None) -> None:
        if event is not None and event.type() == QEvent.Type.StyleChange:
            self._restyle()

    def _restyle(self) -> None:
        self.setFixedHeight(theme.px(theme.HEADLINE_PX) + 29)


def _which(which: str, hands: Sequence[HandEstimate], size_px: int) -> str:
    """The hand that is spoken of, in its colour, where there are more."""
    if not which:
        return ""
    colour = theme.written(theme.hand_colour(hands[0].id, (hand.id for hand in hands))).name()
    style = f"font-size:{size_px}px;color:{colour};font-weight:600"
    return f"<span style='{style}'>{which}</span>&nbsp;&nbsp; "


def _share(mode: TrackedMode, size_px: int) -> str:
    colour = theme.written(theme.mode_colour(mode.track)).name()
    return f"<span style='font-size:{size_px}px;color:{colour}'>●&nbsp;{mode.weight:.0%}</span>"


def _rich(what: str, why: str, size_px: int) -> str:
    smaller = f"font-size:{theme.px(theme.LABEL_PX)}px;color:{theme.chrome.quiet}"
    tail = f"<span style='{smaller}'>&nbsp; — {why}</span>" if why else ""
    return f"<span style='font-size:{size_px}px;font-weight:600'>{what}</span>{tail}"
