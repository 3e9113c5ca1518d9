"""Sentences over the picture: which, where, and for how long."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from PyQt6.QtCore import QPoint, QRect, QRectF, Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication

from handorient.app import lab, picture, theme
from handorient.errors import UserError
from tests.app.conftest import NO_WEIGHTS


def test_the_hint_for_newcomers_is_shown_until_it_was_closed_once(open_window, qtbot, settings):
    window = open_window()
    window.show_hint()
    assert window.hint.isVisible() and "?" in window.hint.label.text()
    foot = window.hint.parentWidget()
    qtbot.waitUntil(lambda: foot.y() >= window.stage.geometry().bottom())  # it covers no view
    window.presentation.toggle()
    assert not window.hint.isVisible(), "an audience is no newcomer"
    window.presentation.toggle()
    assert window.hint.isVisible()
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert not window.hint.isVisible() and window.isVisible()
    window.show_hint()
    assert not window.hint.isVisible()


def test_sentences_that_come_together_are_shown_together_the_newest_last(open_window):
    window = open_window()
    window.complain("No room.")
    one = window.banner.height()
    for sentence in ("No disk.", "No cable.", "No light."):
        window.complain(sentence)
    assert window.banner.label.text() == "No disk.\nNo cable.\nNo light." and window.banner.height() > one
    window.banner.show_message("No disk.")
    assert window.banner.label.text() == "No cable.\nNo light.\nNo disk.", "and none twice"
    window.banner.dismiss()
    window.complain("No hurry.")
    assert window.banner.label.text() == "No hurry."


def test_a_message_goes_once_it_has_been_read_and_a_hint_waits(open_window, qtbot, monkeypatch):
    window = open_window()
    monkeypatch.setattr("handorient.app.messages.NOTICE_MS", 50)
    monkeypatch.setattr("handorient.app.messages.READ_MS", 0)
    window.complain("No room.")
    window.show_hint()
    qtbot.waitUntil(lambda: not window.banner.isVisible())
    assert window.hint.isVisible()


LONG = (
    "Nothing was recorded: the disk is full. Make room on it, or choose another folder in the settings.",
    "Exported 732 estimates to a folder of the videos, and none to the disk that was taken away by somebody.",
    "The camera stopped: check its cable, then press Space to open it again, or choose another source.",
)


def test_messages_cover_a_third_while_presenting_and_none_is_lost_unseen(open_window, qtbot, monkeypatch):
    window, shown = open_window(), []
    for sentence in LONG:
        window.complain(sentence)
    QTest.keyClick(window, "P")
    window.resize(1024, 768)
    qtbot.waitUntil(lambda: window.picture.height() > 350 and theme.scale == theme.PRESENTED)
    banner = window.banner
    qtbot.waitUntil(lambda: banner.height() <= 0.34 * window.picture.height())
    assert banner.label.text() == LONG[2], "the newest, and whole"
    assert banner.label.height() >= banner.label.heightForWidth(banner.label.width())
    assert not banner.close_button.isVisible(), "a room clicks on nothing"
    monkeypatch.setattr("handorient.app.messages.READ_MS", 0)
    monkeypatch.setattr("handorient.app.messages.NOTICE_MS", 100)
    say = banner.label.setText
    monkeypatch.setattr(banner.label, "setText", lambda text: say(text) or shown.append(text))
    banner.show_message(LONG[2])
    qtbot.waitUntil(banner.isHidden)
    assert shown[-2:] == [LONG[1], LONG[0]], "one after another"
    QTest.keyClick(window, "P")
    window.complain("No room.")
    assert banner.close_button.isVisible() and banner.label.text() == "No room."


def test_a_message_that_could_be_noticed_does_not_come_again(open_window, monkeypatch):
    window = open_window(None)
    QTest.keyClick(window, "P")
    window.resize(1024, 768)
    now_s = [100.0]
    monkeypatch.setattr("handorient.app.messages.time", SimpleNamespace(perf_counter=lambda: now_s[0]))
    window.complain(LONG[0])
    now_s[0] += 4.1
    for sentence in LONG[1:]:
        window.complain(sentence)
    assert window.banner.label.text() == LONG[2]
    window.banner.dismiss()
    assert window.banner.label.text() == LONG[1] and window.banner.isVisible()
    window.banner.dismiss()
    assert not window.banner.isVisible()


def test_what_waited_to_be_said_of_another_source_is_not_said(open_window):
    window = open_window()
    QTest.keyClick(window, "P")
    window.resize(1024, 768)
    for sentence in LONG:
        window.complain(sentence)
    window.open("fake")
    assert not window.banner.isVisible()
    window.complain("No room.")
    window.banner.dismiss()
    assert not window.banner.isVisible(), "none of the others waited"


@pytest.mark.parametrize("size", [(1024, 768), (1920, 1080)])
def test_a_message_is_smaller_over_a_small_picture_but_no_smaller_than_at_a_desk(open_window, qtbot, size):
    window = open_window(None)
    window.resize(*size)
    for key in "2P":
        QTest.keyClick(window, key)
    window.resize(*size)
    lab = window.stage.docks["Ambiguity lab"]
    qtbot.waitUntil(lambda: lab.isAncestorOf(window.picture) and window.picture.isVisible())
    window.complain(" ".join(LONG))
    font_px = window.banner.label.fontInfo().pixelSize()
    assert theme.BODY_PX <= font_px < theme.px(theme.BODY_PX)
    window.banner.dismiss()
    window.complain("No room.")
    assert window.banner.label.fontInfo().pixelSize() == theme.px(theme.BODY_PX)


def no_networks(*_: object) -> None:
    raise UserError(NO_WEIGHTS)


@pytest.mark.parametrize(
    ("keys", "deep"), [("", 8), ("2", 8), ("4", 8), ("P", 8), ("PH", 8), ("P4", 8), ("P2", 1)]
)
def test_a_message_lies_over_nothing_but_the_picture_and_over_no_percentage(
    open_window, qtbot, pipeline, monkeypatch, keys, deep
):
    window, boxes = open_window("clip"), []
    pipeline.modes = ((0.6, 0.0, 60.0), (0.4, 5.0, -60.0))  # one arrow up and one down
    monkeypatch.setattr(picture, "_draw_label", lambda painter, box, text, colour: boxes.append(box))
    monkeypatch.setattr(lab, "comparer", no_networks)  # they would load into the next test
    window.show_hint()
    for key in keys:
        QTest.keyClick(window, key)
    if keys == "P2":
        window.resize(window.screen().size())  # as the full screen does
    window.complain(f"The disk is full. Recorded so far: 12 pictures, in {'/folder' * deep}.")
    QApplication.processEvents()
    place = window.picture.mapFrom(window, window.banner.mapTo(window, QPoint()))
    message = QRect(place, window.banner.size())
    assert window.picture.rect().contains(message)
    boxes.clear()
    window.show_numbers()
    window.picture.grab()
    assert len(boxes) == 2 and not any(box.intersects(QRectF(message)) for box in boxes)


def test_a_short_message_takes_one_line_and_no_more_room_than_that(open_window):
    window = open_window()
    window.complain("No room.")
    short, line = window.banner.size(), window.banner.label.fontMetrics()
    assert window.banner.label.height() < 2 * line.height()
    assert 0 < window.banner.label.width() - line.horizontalAdvance("No room.") < 10
    window.banner.dismiss()
    window.complain("No room for so many more words than that.")
    assert window.banner.height() == short.height() and window.banner.width() > short.width()


def test_the_hint_makes_room_for_the_lab_that_it_led_to_and_comes_again(open_window, settings):
    window = open_window()
    window.show_hint()
    QTest.keyClick(window, "2")
    assert not window.hint.isVisible() and not settings.hinted
