"""The look: colours, sizes and the one style sheet. Everything drawn takes its colours from here.

The views themselves are always dark, for the density's colours begin at black; the bars, menus and dialogs
around them, the chrome, are dark or light.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtGui import QColor, QFont, QFontInfo, QPalette
from PyQt6.QtWidgets import QApplication

from handorient import palette

# The views' colours.
BACKGROUND = "#0b0d10"
PANEL = "#101317"
RAISED = "#1a1f26"
LINE = "#272e37"
TEXT = "#eef1f5"
QUIET = "#a3adba"
FAINT = "#66707e"
ACCENT = "#b3a4ff"
TRUTH = "#ffffff"
RECORDING = "#ff5a4f"

BODY_PX = 15
SMALL_PX = 13
LABEL_PX = 19
HEADLINE_PX = 25
#: What a window's title takes of a screen that is too small for it.
TITLE_PX = 40
#: How much larger everything written is when it is presented to a room, on the smallest of its screens.
PRESENTED, _SMALLEST_PX = 1.4, (1024, 768)

#: Of large text on its ground.
_LEAST_CONTRAST = 3.0

_FAMILIES = ["Inter", "Segoe UI", "SF Pro Text", "Helvetica Neue", "Noto Sans", "Open Sans", "DejaVu Sans"]


@dataclass(frozen=True, slots=True)
class Chrome:
    """The colours of what surrounds the views."""

    background: str
    raised: str
    line: str
    text: str
    quiet: str
    faint: str
    accent: str
    veil: str  # behind the help
    banner: tuple[str, str, str]  # ground, edge, text


DARK = Chrome(
    background=BACKGROUND,
    raised=RAISED,
    line=LINE,
    text=TEXT,
    quiet=QUIET,
    faint=FAINT,
    accent=ACCENT,
    veil="rgba(8, 10, 13, 246)",
    banner=("#2b1f14", "#5a4122", "#ffdcae"),
)
LIGHT = Chrome(
    background="#eef0f3",
    raised="#ffffff",
    line="#cdd3db",
    text="#14181d",
    quiet="#4d5866",
    faint="#8a94a1",
    accent="#5b45c9",
    veil="rgba(238, 240, 243, 248)",
    banner=("#fff3df", "#e0b877", "#5a3a06"),
)

#: What :func:`apply` was called with last.
chrome: Chrome = DARK
scale: float = 1.0


def px(size_px: int) -> int:
    """A size of text as it is written now: larger while presenting."""
    return round(size_px * scale)


def presented(screen: QSize) -> float:
    """How much larger everything written is when it is presented on so much of a screen.

    It grows with that, for the last row sees no more of a large one than of a small one.
    """
    width, height = _SMALLEST_PX
    return PRESENTED * max(1.0, min(screen.width() / width, screen.height() / height))


def hand_colour(id: int, ids: Iterable[int]) -> QColor:
    """The accent of a hand, of the ``ids`` in view: the one that came first has the first, and so on."""
    order = sorted(ids).index(id)
    return QColor(*palette.HAND_COLOURS[order % len(palette.HAND_COLOURS)])


def mode_colour(track: int) -> QColor:
    """The colour of a hypothesis, the same in every view."""
    return QColor(*palette.mode_colour(track))


def written(colour: QColor) -> QColor:
    """A colour of the views as text on a bar: on a light one as much darker as it takes to be read."""
    while chrome is LIGHT and _contrast(colour, QColor(chrome.background)) < _LEAST_CONTRAST:
        colour = colour.darker(108)
    return colour


def _contrast(first: QColor, second: QColor) -> float:
    """The contrast ratio of WCAG 2.2, 1 to 21."""
    luminances = []
    for colour in (first, second):
        channels = (colour.redF(), colour.greenF(), colour.blueF())
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        luminances.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])
    dark, light = sorted(luminances)
    return (light + 0.05) / (dark + 0.05)


def strength(weight: float) -> float:
    """How strong a hypothesis of this weight looks, 0.15 to 1.

    Full from an even split of two on, for two equals are both meant; a weak one keeps a trace.
    """
    return 0.15 + 0.85 * min(1.0, max(0.0, weight / 0.5)) ** 0.8


def font(size_px: int, bold: bool = False) -> QFont:
    """The app's font at :func:`px` of a size, with digits of one width where the font has them."""
    chosen = QFont()
    chosen.setFamilies(_FAMILIES)
    chosen.setPixelSize(px(size_px))
    chosen.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    if hasattr(chosen, "setFeature"):  # Qt 6.7
        chosen.setFeature(QFont.Tag("tnum"), 1)
    return chosen


def apply(app: QApplication, theme: str = "system", scaled: float = 1.0) -> None:
    """Give the application its look: ``theme`` is dark, light or system, text is ``scaled`` times as large.

    Widgets hear of it as a change of style; those that draw text by themselves ask again for its size.
    """
    global chrome, scale
    hints = app.styleHints()
    prefers_light = hints is not None and hints.colorScheme() is Qt.ColorScheme.Light
    chrome = LIGHT if theme == "light" or (theme == "system" and prefers_light) else DARK
    scale = scaled
    app.setStyle("Fusion")
    app.setFont(font(BODY_PX))
    colours = QPalette()
    for role, colour in (
        (QPalette.ColorRole.Window, chrome.background),
        (QPalette.ColorRole.WindowText, chrome.text),
        (QPalette.ColorRole.Base, chrome.raised),
        (QPalette.ColorRole.AlternateBase, chrome.background),
        (QPalette.ColorRole.Text, chrome.text),
        (QPalette.ColorRole.Button, chrome.raised),
        (QPalette.ColorRole.ButtonText, chrome.text),
        (QPalette.ColorRole.ToolTipBase, chrome.raised),
        (QPalette.ColorRole.ToolTipText, chrome.text),
        (QPalette.ColorRole.Highlight, chrome.accent),
        (QPalette.ColorRole.HighlightedText, chrome.background),
        (QPalette.ColorRole.PlaceholderText, chrome.faint),
    ):
        colours.setColor(role, QColor(colour))
    app.setPalette(colours)
    app.setStyleSheet(_style(chrome, QFontInfo(app.font()).family()))


def _style(c: Chrome, family: str) -> str:
    ground, edge, ink = c.banner
    return f"""
QWidget {{ font-family: "{family}"; font-size: {px(BODY_PX)}px; color: {c.text}; }}
QMainWindow, QDialog {{ background: {c.background}; }}
QSplitter::handle, QMainWindow::separator {{ background: {c.background}; }}
QMainWindow::separator {{ width: 10px; height: 10px; }}
QToolTip {{ background: {c.raised}; color: {c.text}; border: 1px solid {c.line}; padding: 6px 8px; }}

#topBar, #headline {{ background: {c.background}; }}
#quiet, #status {{ color: {c.quiet}; }}

QToolButton {{
    background: transparent; border: 1px solid transparent; border-radius: 8px;
    padding: {px(6)}px {px(12)}px; color: {c.text};
}}
QToolButton:hover {{ background: {c.raised}; border-color: {c.line}; }}
QToolButton:pressed, QToolButton:checked {{ background: {c.line}; }}
QToolButton:disabled {{ color: {c.faint}; }}
QToolButton#menu {{ background: {c.raised}; border-color: {c.line}; }}
QToolButton#menu:hover {{ border-color: {c.accent}; }}
QToolButton#recording {{ color: {RECORDING}; font-weight: 600; }}
QToolButton:focus, QToolButton#menu:focus {{ border-color: {c.accent}; }}
/* Its buttons are as small as their icons, some of which are black. */
QFileDialog QToolButton {{ padding: 0; background: {c.faint}; }}
QToolButton::menu-indicator {{ image: none; width: 0; }}

QMenu {{ background: {c.raised}; border: 1px solid {c.line}; border-radius: 8px; padding: 6px; }}
QMenu::item {{ padding: {px(7)}px {px(22)}px {px(7)}px {px(14)}px; border-radius: 6px; }}
QMenu::item:selected {{ background: {c.line}; }}
QMenu::item:disabled {{ color: {c.faint}; }}
QMenu::indicator {{ width: {px(16)}px; height: {px(16)}px; margin-left: {px(8)}px; }}
QMenu::separator {{ height: 1px; background: {c.line}; margin: 6px 8px; }}

#banner {{ background: {ground}; border: 1px solid {edge}; border-radius: 10px; }}
#banner QLabel {{ color: {ink}; }}
#help {{ background: {c.veil}; }}
#help QLabel {{ font-size: {px(BODY_PX + 2)}px; }}
#help QLabel#helpTitle {{ font-size: {px(HEADLINE_PX)}px; }}
#help QLabel#helpGroup {{ color: {c.accent}; font-weight: 600; }}
#help QLabel#key {{
    background: {c.raised}; border: 1px solid {c.line}; border-radius: 6px; padding: 3px 9px;
}}

#panel {{ background: {PANEL}; border: 1px solid {LINE}; border-radius: 10px; }}
#dockTitle {{
    background: {PANEL}; border: 1px solid {LINE}; border-bottom: 0;
    border-top-left-radius: 10px; border-top-right-radius: 10px;
}}
#dockBody {{
    background: {PANEL}; border: 1px solid {LINE}; border-top: 0;
    border-bottom-left-radius: 10px; border-bottom-right-radius: 10px;
}}
#panel QWidget, #dockTitle QWidget, #dockBody QWidget {{ color: {TEXT}; }}
#panel QLabel#caption, #dockTitle QLabel#caption, #dockBody QLabel#caption,
#panel QLabel#quiet, #dockBody QLabel#quiet {{ color: {QUIET}; }}
#panel QToolButton:hover, #dockTitle QToolButton:hover, #dockBody QToolButton:hover {{
    background: {RAISED}; border-color: {LINE};
}}
#panel QToolButton:focus, #dockTitle QToolButton:focus, #dockBody QToolButton:focus {{
    border-color: {ACCENT};
}}
#panel QToolButton:checked, #dockBody QToolButton:checked {{ background: {LINE}; }}
#player QToolButton {{ padding: 6px 8px; }}
#panel QToolButton:disabled, #dockBody QToolButton:disabled {{ color: {FAINT}; }}
#dockTitle QToolButton {{ padding: 2px 7px; color: {QUIET}; }}

QSlider:horizontal {{ min-height: {px(14)}px; }}
QSlider::groove:horizontal {{ height: {px(4)}px; border-radius: {px(2)}px; background: {LINE}; }}
QSlider::sub-page:horizontal {{ border-radius: {px(2)}px; background: {ACCENT}; }}
QSlider::handle:horizontal {{
    background: {TEXT}; width: {px(14)}px; height: {px(14)}px; margin: -{px(5)}px 0; border-radius: {px(7)}px;
}}
QSlider::handle:horizontal:focus {{ border: {px(4)}px solid {ACCENT}; width: {px(6)}px; height: {px(6)}px; }}
QSlider::sub-page:horizontal:disabled, QSlider::handle:horizontal:disabled {{ background: {FAINT}; }}

QCheckBox::indicator {{ width: {px(16)}px; height: {px(16)}px; }}

QTabBar {{ qproperty-drawBase: 0; }}
QTabBar::tab {{
    background: {c.background}; color: {c.quiet}; border: 1px solid {c.line}; border-radius: 7px;
    padding: {px(4)}px {px(14)}px; margin: 4px 6px 0 0;
}}
QTabBar::tab:selected {{ background: {c.raised}; color: {c.text}; }}
QTabBar::tab:selected:focus {{ border-color: {c.accent}; }}
"""
