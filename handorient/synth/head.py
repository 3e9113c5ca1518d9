"""The synthetic head: turned on its shoulders by yaw, pitch and roll, ready for pictures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from handorient.orientation import rotation
from handorient.synth.head_shape import Head
from handorient.synth.head_surface import head_surface
from handorient.synth.head_texture import head_albedo
from handorient.synth.render import MeshScene, View, project

Array = NDArray[np.float64]


def head_rotation(yaw_rad: float, pitch_rad: float, roll_rad: float) -> Array:
    """Rotation (3, 3) from the head frame to that of a camera in front of the face.

    ``R = Rz(roll) @ Ry(yaw) @ Rx(-pitch)``: nodding comes first and roll last, in the picture, the order in
    which the Biwi head pose database is commonly read. A positive yaw turns the face to the person's left,
    the right of the picture; a positive pitch raises it; a positive roll turns it counter-clockwise in the
    picture. Angles are unique for a yaw within +-90 degrees.
    """
    nod, turn, tilt = rotation(0.0, -pitch_rad), rotation(yaw_rad, 0.0), rotation(0.0, 0.0, roll_rad)
    return np.asarray(tilt @ turn @ nod)


class HeadScene(MeshScene):
    """One person's head, turned on still shoulders by a rotation (3, 3).

    The scene's origin lies between the ears and its axes are those of the shoulders, so a
    :class:`~handorient.synth.render.View` turns the whole body, and the head after it.
    """

    def __init__(self, head: Head, turn: Array) -> None:
        surface = head_surface(head)
        self._face = surface.face
        super().__init__(surface.turned(turn), surface.faces, head_albedo(head))

    def face_box(self, view: View, width: int, height: int) -> Array:
        """Left, top, right and bottom of the face, chin to forehead and ear to ear, in a picture; px."""
        pixels = project(self._vertices[self._face], view, width, height)
        return np.concatenate([pixels.min(0), pixels.max(0)])
