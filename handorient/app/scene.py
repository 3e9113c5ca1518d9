"""The 3D view: for every hypothesis a ghost of the hand, a solid arrow and a cone for its spread."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from OpenGL import GL
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor, QMatrix4x4, QVector3D
from PyQt6.QtWidgets import QLabel
from pyqtgraph.opengl import (
    GLLinePlotItem,
    GLMeshItem,
    GLViewWidget,
    MeshData,
)
from pyqtgraph.opengl.shaders import FragmentShader, ShaderProgram, VertexShader

from handorient.app import theme
from handorient.app.glyph import arrow_mesh, cone_mesh, hand_mesh
from handorient.orientation import hand_rotation, side_of
from handorient.pipeline import Estimate, HandEstimate, TrackedMode
from handorient.tracking import MOST_MODES

#: From where the scene is seen: near the camera, above it and to the side.
VIEW_AZIMUTH_DEG, VIEW_ELEVATION_DEG, VIEW_DISTANCE, VIEW_FOV_DEG = -42.0, 30.0, 7.6, 27.0
_CENTRE = QVector3D(-0.1, -0.55, -0.14)

_ARROW_LENGTH = 1.75
_CONE_LENGTH = 1.95
_TRUTH_RADIUS = 0.16
#: A wider cone says nothing more, and would swallow the view.
_WIDEST_RAD = np.radians(50.0)
_FLOOR = -1.1
_CAMERA_AT = 2.3
_LABEL_AT = QVector3D(0.0, -_CAMERA_AT - 0.1, -0.4)

#: Camera frame -> scene: X right, Z toward the camera becomes -y, Y up becomes z.
_TO_SCENE = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])

_VERTEX = """
    uniform mat4 u_mvp;
    uniform mat3 u_normal;
    attribute vec4 a_position;
    attribute vec3 a_normal;
    attribute vec4 a_color;
    varying vec4 v_color;
    varying vec3 v_normal;
    void main() {
        v_normal = u_normal * a_normal;
        v_color = a_color;
        gl_Position = u_mvp * a_position;
    }
"""
_HEAD = """
    #ifdef GL_ES
    precision mediump float;
    #endif
    varying vec4 v_color;
    varying vec3 v_normal;
"""
# Lit from the upper left, with a soft sky above and a small highlight.
_SOLID = """
    void main() {
        vec3 n = normalize(v_normal);
        vec3 light = normalize(vec3(-0.45, 0.65, 0.62));
        float lambert = max(dot(n, light), 0.0);
        float shine = pow(max(dot(n, normalize(light + vec3(0.0, 0.0, 1.0))), 0.0), 28.0);
        vec3 rgb = v_color.rgb * (0.34 + 0.14 * n.y + 0.66 * lambert) + vec3(0.22 * shine);
        gl_FragColor = vec4(rgb, 1.0);
    }
"""
# Like glass: what is seen edge on is denser, so that the shape reads though one looks through it.
_GLASS = """
    void main() {
        float facing = abs(normalize(v_normal).z);
        float rim = pow(1.0 - facing, 1.6);
        gl_FragColor = vec4(v_color.rgb * (0.75 + 0.35 * rim), v_color.a * (0.22 + 0.78 * rim));
    }
"""
_VEIL = """
    void main() { gl_FragColor = v_color; }
"""


def _shader(name: str, fragment: str) -> ShaderProgram:
    return ShaderProgram(name, [VertexShader(_VERTEX), FragmentShader(_HEAD + fragment)])


class _Translucent(GLMeshItem):
    """A mesh that leaves the depth buffer alone: shells inside each other all stay visible."""

    def paint(self) -> None:
        GL.glDepthMask(False)
        try:
            super().paint()
        finally:
            GL.glDepthMask(True)


class _Hypothesis:
    """The items of one mode: made once, then only moved, coloured, shown and hidden."""

    def __init__(self, view: GLViewWidget, hand: MeshData, arrow: MeshData, cone: MeshData) -> None:
        self.arrow = GLMeshItem(meshdata=arrow, shader=_shader("solid", _SOLID), glOptions="opaque")
        self.ghost = _Translucent(meshdata=hand, shader=_shader("glass", _GLASS), glOptions="translucent")
        self.cone = _Translucent(
            meshdata=cone, shader=_shader("veil", _VEIL), glOptions="translucent", computeNormals=False
        )
        turns = np.linspace(0, 2 * np.pi, 65)
        circle = np.stack([np.cos(turns), np.sin(turns), np.ones_like(turns)], 1)
        self.rim = GLLinePlotItem(pos=circle, antialias=True, glOptions="translucent")
        self.items = (self.arrow, self.cone, self.rim, self.ghost)
        for depth, item in zip((0, 10, 11, 20), self.items, strict=True):
            item.setDepthValue(depth)
            item.setVisible(False)
            view.addItem(item)

    def hide(self) -> None:
        for item in self.items:
            item.setVisible(False)

    def show(self, mode: TrackedMode, hand: HandEstimate, mirrored: bool) -> None:
        turn = _turn(mode.azimuth_rad, mode.elevation_rad, hand, mirrored)
        strength = theme.strength(mode.weight)
        colour = theme.mode_colour(mode.track)

        self.ghost.setTransform(_matrix(turn @ side_of(hand.facing)))
        self.ghost.setColor(_rgba(colour, 0.10 + 0.55 * strength))

        girth = 0.4 + 0.6 * strength
        length = _ARROW_LENGTH * (0.7 + 0.3 * strength)
        self.arrow.setTransform(_matrix(turn @ np.diag([girth * _ARROW_LENGTH] * 2 + [length])))
        self.arrow.setColor(_faded(colour, strength))

        # A step in elevation moves the arrow by cos(azimuth) of it: the normal lies near the turning axis.
        reach = mode.std_rad * (1.0, abs(np.cos(mode.azimuth_rad)))
        opening = np.tan(np.minimum(reach, _WIDEST_RAD))
        self.cone.setTransform(_matrix(turn @ np.diag([*opening, 1.0]) * _CONE_LENGTH))
        self.cone.setColor(_rgba(colour, 0.06 + 0.14 * strength))
        self.rim.setTransform(self.cone.transform())
        self.rim.setData(color=_rgba(colour, 0.25 + 0.5 * strength))
        for item in self.items:
            item.setVisible(True)


class SceneView(GLViewWidget):
    """The first hand's hypotheses in space, seen from beside the camera; drag to look around.

    Attributes:
        mirrored: show the scene as a mirror would, to agree with a mirrored picture.
        hypotheses: the items of each mode that can be shown, in no lasting order.
    """

    def __init__(self) -> None:
        super().__init__()
        self.mirrored = False
        self.setMinimumSize(240, 120)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setBackgroundColor(theme.PANEL)
        self._add_surroundings()
        self._label = QLabel("camera", self)
        self._label.setObjectName("caption")
        self._label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        meshes = [MeshData(*mesh) for mesh in (hand_mesh(), arrow_mesh(), cone_mesh())]
        self.hypotheses = [_Hypothesis(self, *meshes) for _ in range(MOST_MODES)]
        turns = np.linspace(0, 2 * np.pi, 65)
        ring = _TRUTH_RADIUS * np.stack([np.cos(turns), np.sin(turns), 0 * turns], 1)
        ring[:, 2] = _ARROW_LENGTH
        self.truth = GLLinePlotItem(
            pos=ring,
            color=_rgba(QColor(theme.TRUTH), 0.95),
            width=2.5,
            antialias=True,
            glOptions="translucent",
        )
        self.truth.setDepthValue(15)
        self.truth.setVisible(False)
        self.addItem(self.truth)
        self.reset_camera()

    def reset_camera(self) -> None:
        self.opts["fov"] = VIEW_FOV_DEG
        self.setCameraPosition(
            pos=_CENTRE, distance=VIEW_DISTANCE, elevation=VIEW_ELEVATION_DEG, azimuth=VIEW_AZIMUTH_DEG
        )

    def show_estimate(self, estimate: Estimate) -> None:
        if not self.isVisible():
            return
        modes = estimate.hands[0].modes if estimate.hands else ()
        for hypothesis, mode in zip(self.hypotheses, modes, strict=False):
            hypothesis.show(mode, estimate.hands[0], self.mirrored)
        for hypothesis in self.hypotheses[len(modes) :]:
            hypothesis.hide()
        truth = estimate.frame.truth
        self.truth.setVisible(bool(estimate.hands) and truth is not None)
        if estimate.hands and truth is not None:
            turn = _turn(truth.azimuth_rad, truth.elevation_rad, estimate.hands[0], self.mirrored)
            self.truth.setTransform(_matrix(turn))

    def clear(self) -> None:
        for hypothesis in self.hypotheses:
            hypothesis.hide()
        self.truth.setVisible(False)

    def projectionMatrix(self, region: tuple, viewport: tuple) -> QMatrix4x4:
        # pyqtgraph fixes the horizontal angle; fixing the smaller one keeps the scene inside any shape.
        _, _, width, height = viewport
        matrix = QMatrix4x4()
        half = np.tan(np.radians(self.opts["fov"]) / 2) * min(1.0, width / max(height, 1)) ** -1
        matrix.perspective(2 * float(np.degrees(np.arctan(half))), width / max(height, 1), 0.1, 100.0)
        return matrix

    def _add_surroundings(self) -> None:
        """What makes a direction readable: a floor, and where the camera stands."""
        turns = np.linspace(0, 2 * np.pi, 97)
        for radius, alpha in ((0.6, 0.09), (1.2, 0.12), (1.8, 0.16)):
            ring = np.stack([radius * np.cos(turns), radius * np.sin(turns), np.full(97, _FLOOR)], 1)
            self._add_line(ring, alpha)
        spokes = [(1.8 * x, 1.8 * y, _FLOOR) for x, y in ((-1, 0), (1, 0), (0, -1), (0, 1))]
        self._add_line(np.array(spokes), 0.10, mode="lines")
        dashes = np.arange(0.0, _CAMERA_AT, 0.07)
        self._add_line(np.stack([0 * dashes, -dashes, 0 * dashes], 1), 0.30, mode="lines")
        self._add_line(_camera_wires(), 0.55, mode="lines")

    def paintGL(self) -> None:
        super().paintGL()
        # A label of Qt's own, for text painted inside OpenGL is lost when the window's picture is taken.
        place = (self.currentProjection() * self.currentModelView()).map(_LABEL_AT)
        x, y = (1 + place.x()) / 2 * self.width(), (1 - place.y()) / 2 * self.height()
        self._label.adjustSize()
        self._label.move(round(x - self._label.width() / 2), round(y - self._label.height() / 2))

    def _add_line(self, points: NDArray[np.float64], alpha: float, mode: str = "line_strip") -> None:
        line = GLLinePlotItem(
            pos=points, mode=mode, color=(1.0, 1.0, 1.0, alpha), antialias=True, glOptions="translucent"
        )
        line.setDepthValue(-10)
        self.addItem(line)


def _turn(
    azimuth_rad: float, elevation_rad: float, hand: HandEstimate, mirrored: bool
) -> NDArray[np.float64]:
    """Canonical hand coordinates -> scene (3, 3), for a hand whose crop has these angles."""
    window = hand.crop.window
    flip = np.diag([-1.0 if mirrored else 1.0, 1.0, 1.0])
    return _TO_SCENE @ flip @ hand_rotation(azimuth_rad, elevation_rad, window.roll_rad, window.mirrored)


def _camera_wires() -> NDArray[np.float64]:
    """Pairs of points (N, 3): a small wire camera that looks at the hand."""
    lens = np.array([0.0, -_CAMERA_AT - 0.3, 0.0])
    corners = [np.array([x * 0.24, -_CAMERA_AT, z * 0.16]) for x, z in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    pairs = [point for corner in corners for point in (lens, corner)]
    pairs += [point for i in range(4) for point in (corners[i], corners[(i + 1) % 4])]
    return np.array(pairs)


def _matrix(linear: NDArray[np.float64]) -> QMatrix4x4:
    full = np.eye(4)
    full[:3, :3] = linear
    return QMatrix4x4(*full.ravel().tolist())


def _rgba(colour: QColor, alpha: float) -> tuple[float, float, float, float]:
    return colour.redF(), colour.greenF(), colour.blueF(), alpha


def _faded(colour: QColor, strength: float) -> tuple[float, float, float, float]:
    """An opaque colour, the nearer to the background the weaker: opaque meshes hide each other rightly."""
    keep = 0.35 + 0.65 * strength
    ground = QColor(theme.PANEL)
    mixed = [
        keep * a + (1 - keep) * b for a, b in zip(colour.getRgbF()[:3], ground.getRgbF()[:3], strict=True)
    ]
    return mixed[0], mixed[1], mixed[2], 1.0
