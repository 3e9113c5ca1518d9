"""Sentences over the picture: which, where, and for how long."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import QPoint, QRect, QRectF, Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication

from handorient.app import lab, picture
from handorient.errors import UserError
from tests.app.conftest import NO_WEIGHTS


def test_the_hint_for_newcomers_is_shown_until_it_was_closed_once(open_window, qtbot, settings):
    window = open_window()
    window.show_hint()
    assert window.hint.isVisible() and "?" in window.hint.label.text()
    qtbot.waitUntil(lambda: window.hint.y() >= window.stage.geometry().bottom())  # it covers no view
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
