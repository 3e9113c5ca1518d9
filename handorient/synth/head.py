"""The synthetic head: turned on its shoulders by yaw, pitch and roll, ready for pictures."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from handorient.orientation import rotation
from handorient.synth import scene
from handorient.synth.head_shape import Head
from handorient.synth.head_surface import head_surface
from handorient.synth.head_texture import head_albedo
from handorient.synth.render import Light, MeshScene, View, project

Array = NDArray[np.float64]
Image = NDArray[np.uint8]
#: Yaw, pitch and roll.
Angles = tuple[float, float, float]

#: A desk's to a room's distance, mm, and the height of a head that the sizes in frames are chosen for.
NEAR_MM, FAR_MM, HEAD_MM = 500.0, 1500.0, 230.0
#: The square around a face is so many times its larger side. A detector is off by this share of the square's
#: side in place, and of its size (standard deviations).
MARGIN, PLACE_SD, SIZE_SD = 1.5, 0.04, 0.06


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


def head_picture(head: Head, angles_deg: Angles, side_px: int, rng: np.random.Generator) -> Image:
    """A picture (side_px, side_px, 3) of a head in a random place and light, cut around the face.

    ``angles_deg`` are yaw, pitch and roll, relative to the ray from the camera to the head.
    """
    yaw, pitch, roll = np.radians(angles_deg)
    distance = float(rng.uniform(NEAR_MM, FAR_MM))
    focal = rng.uniform(90, 160) * distance / HEAD_MM
    # Shoulders follow the head a little.
    body = np.array([0.25, 0.0, 0.15]) * [yaw, pitch, roll] + np.radians(rng.normal(0, [10, 5, 4]))
    azimuth, elevation, tilt = body.tolist()
    view = View(
        azimuth,
        elevation,
        tilt,
        distance_mm=distance,
        centre=(float(rng.uniform(0.42, 0.58)), float(rng.uniform(0.42, 0.55))),
        field_rad=2 * np.arctan(scene.FRAME_WIDTH / 2 / focal),
    )
    person = HeadScene(head, rotation(*body).T @ head_rotation(yaw, pitch, roll))
    frame = scene.develop(person.render(view, Light.sample(rng), scene.background(rng)).rgb, rng)
    box = person.face_box(view, scene.FRAME_WIDTH, scene.FRAME_HEIGHT)
    return _cut(frame, box, side_px, rng)


def _cut(frame: Image, box_px: Array, side_px: int, rng: np.random.Generator) -> Image:
    """The square around a face's box (left, top, right, bottom), as a detector may find it."""
    size = MARGIN * max(box_px[2] - box_px[0], box_px[3] - box_px[1])
    centre = (box_px[:2] + box_px[2:]) / 2 + size * rng.normal(0, PLACE_SD, 2)
    side = round(size * np.exp(rng.normal(0, SIZE_SD)))
    left, top = (centre - side / 2).round().astype(int) + side
    framed = cv2.copyMakeBorder(frame, side, side, side, side, cv2.BORDER_REPLICATE)
    cut = framed[top : top + side, left : left + side]
    return np.asarray(cv2.resize(cut, (side_px, side_px), interpolation=cv2.INTER_AREA))
