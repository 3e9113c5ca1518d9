"""What is taken of a widget as a picture."""

from __future__ import annotations

from PyQt6.QtWidgets import QApplication, QHBoxLayout, QLabel, QWidget
from pytestqt.qtbot import QtBot

from handorient.app.image import picture_of_widget


def test_a_picture_has_room_for_the_texts_of_this_moment(qapp: QApplication, qtbot: QtBot) -> None:
    view, label = QWidget(), QLabel("60%")
    qtbot.addWidget(view)
    row = QHBoxLayout(view)
    row.addWidget(label)
    row.addStretch()
    with qtbot.waitExposed(view):
        view.resize(400, 60)
        view.show()
    label.setText("60% here, and 40% for its mirror")
    assert picture_of_widget(view).size() == view.size() * view.devicePixelRatio()
    assert label.width() >= label.sizeHint().width()
