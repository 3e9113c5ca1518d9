"""The look: colours, sizes and the one style sheet. Everything drawn takes its colours from here."""

from __future__ import annotations

from PyQt6.QtGui import QColor, QFont, QFontInfo, QPalette
from PyQt6.QtWidgets import QApplication

from handorient import palette

BACKGROUND = "#0b0d10"
PANEL = "#101317"
RAISED = "#1a1f26"
LINE = "#272e37"
TEXT = "#eef1f5"
QUIET = "#a3adba"
FAINT = "#66707e"
ACCENT = "#b3a4ff"
TRUTH = "#ffffff"

BODY_PX = 15
SMALL_PX = 13
LABEL_PX = 19
HEADLINE_PX = 25

_FAMILIES = ["Inter", "Segoe UI", "SF Pro Text", "Helvetica Neue", "Noto Sans", "Open Sans", "DejaVu Sans"]


def mode_colour(track: int) -> QColor:
    """The colour of a hypothesis, the same in every view."""
    return QColor(*palette.mode_colour(track))


def strength(weight: float) -> float:
    """How strong a hypothesis of this weight looks, 0.15 to 1.

    Full from an even split of two on, for two equals are both meant; a weak one keeps a trace.
    """
    return 0.15 + 0.85 * min(1.0, max(0.0, weight / 0.5)) ** 0.8


def font(size_px: int, bold: bool = False) -> QFont:
    """The app's font in pixels, with digits of one width where the font has them."""
    chosen = QFont()
    chosen.setFamilies(_FAMILIES)
    chosen.setPixelSize(size_px)
    chosen.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    if hasattr(chosen, "setFeature"):  # Qt 6.7
        chosen.setFeature(QFont.Tag("tnum"), 1)
    return chosen


def apply(app: QApplication) -> None:
    """Give the whole application the dark look."""
    app.setStyle("Fusion")
    app.setFont(font(BODY_PX))
    colours = QPalette()
    for role, colour in (
        (QPalette.ColorRole.Window, BACKGROUND),
        (QPalette.ColorRole.WindowText, TEXT),
        (QPalette.ColorRole.Base, PANEL),
        (QPalette.ColorRole.AlternateBase, RAISED),
        (QPalette.ColorRole.Text, TEXT),
        (QPalette.ColorRole.Button, RAISED),
        (QPalette.ColorRole.ButtonText, TEXT),
        (QPalette.ColorRole.ToolTipBase, RAISED),
        (QPalette.ColorRole.ToolTipText, TEXT),
        (QPalette.ColorRole.Highlight, ACCENT),
        (QPalette.ColorRole.HighlightedText, BACKGROUND),
        (QPalette.ColorRole.PlaceholderText, FAINT),
    ):
        colours.setColor(role, QColor(colour))
    app.setPalette(colours)
    app.setStyleSheet(_STYLE.replace("FAMILY", QFontInfo(app.font()).family()))


_STYLE = f"""
QWidget {{ font-family: "FAMILY"; font-size: {BODY_PX}px; color: {TEXT}; }}
QMainWindow, QDialog {{ background: {BACKGROUND}; }}
QSplitter::handle {{ background: {BACKGROUND}; }}
QToolTip {{ background: {RAISED}; color: {TEXT}; border: 1px solid {LINE}; padding: 6px 8px; }}

#topBar, #statusBar {{ background: {BACKGROUND}; }}
#headline {{ background: {BACKGROUND}; }}
#panel {{ background: {PANEL}; border: 1px solid {LINE}; border-radius: 10px; }}
#caption {{ color: {QUIET}; font-size: {BODY_PX}px; }}
#quiet {{ color: {QUIET}; }}
#status {{ color: {QUIET}; font-size: {BODY_PX}px; }}

QToolButton {{
    background: transparent; border: 1px solid transparent; border-radius: 8px;
    padding: 6px 12px; color: {TEXT};
}}
QToolButton:hover, QToolButton:focus {{ background: {RAISED}; border-color: {LINE}; }}
QToolButton:pressed {{ background: {LINE}; }}
QToolButton:disabled {{ color: {FAINT}; }}
QToolButton#source {{ background: {RAISED}; border-color: {LINE}; padding: 6px 12px; }}
QToolButton#source:hover, QToolButton#source:focus {{ border-color: {ACCENT}; }}
QToolButton::menu-indicator {{ image: none; width: 0; }}

QMenu {{ background: {RAISED}; border: 1px solid {LINE}; border-radius: 8px; padding: 6px; }}
QMenu::item {{ padding: 7px 22px 7px 14px; border-radius: 6px; }}
QMenu::item:selected {{ background: {LINE}; }}
QMenu::item:disabled {{ color: {FAINT}; }}
QMenu::separator {{ height: 1px; background: {LINE}; margin: 6px 8px; }}

#banner {{ background: #2b1f14; border: 1px solid #5a4122; border-radius: 10px; }}
#banner QLabel {{ color: #ffdcae; }}
#help {{ background: rgba(8, 10, 13, 246); }}
#help QLabel#helpTitle {{ font-size: {HEADLINE_PX}px; }}
#help QLabel#key {{
    background: {RAISED}; border: 1px solid {LINE}; border-radius: 6px; padding: 4px 10px; color: {TEXT};
}}
"""
