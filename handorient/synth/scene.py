"""Random surroundings and random cameras: what makes a rendered frame as untidy as a filmed one."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import skimage.data
from numpy.typing import NDArray

from handorient.synth.render import Sleeve, View

Image = NDArray[np.uint8]

#: Angles that training covers, degrees: beyond them a palm is seen edge on.
AZIMUTH_DEG, ELEVATION_DEG = 80.0, 65.0
FRAME_WIDTH, FRAME_HEIGHT = 400, 300
#: Length of a hand that View's numbers are chosen for, mm.
HAND_MM = 180.0


@lru_cache(maxsize=1)
def _photographs() -> tuple[Image, ...]:
    """Hand-free photographs that scikit-image's wheel carries."""
    names = ("astronaut", "brick", "camera", "chelsea", "coffee", "grass", "gravel", "rocket")
    pictures = [getattr(skimage.data, name)() for name in names]
    return tuple(p if p.ndim == 3 else cv2.cvtColor(p, cv2.COLOR_GRAY2RGB) for p in pictures)


def background(rng: np.random.Generator) -> Image:
    """A (FRAME_HEIGHT, FRAME_WIDTH, 3) background: a plain wall, a photograph, or blurred shapes."""
    kind = rng.choice(3, p=[0.35, 0.35, 0.30])
    size = (FRAME_WIDTH, FRAME_HEIGHT)
    base = rng.uniform(20, 250) + rng.normal(0, 12, 3)
    if rng.uniform() < 0.15:  # wood, walls and faces come in the colours of skin
        base = np.array([205, 155, 125]) * rng.uniform(0.4, 1.15) + rng.normal(0, 8, 3)
    if kind == 1:
        source = _photographs()[rng.integers(len(_photographs()))]
        height = int(rng.integers(source.shape[0] // 2, source.shape[0] + 1))
        width = min(int(height * 4 / 3), source.shape[1])
        top, left = rng.integers(source.shape[0] - height + 1), rng.integers(source.shape[1] - width + 1)
        part = cv2.resize(source[top : top + height, left : left + width], size)
        part = cv2.GaussianBlur(part, (0, 0), rng.uniform(0.3, 3))[:, :: rng.choice([-1, 1])]
        out = np.float32(part * rng.uniform(0.5, 1.2, 3) * rng.uniform(0.7, 1.1))
    else:
        corners = base + rng.normal(0, 25, (2, 2, 1))
        out = np.float32(cv2.resize(corners, size, interpolation=cv2.INTER_LINEAR))
        if kind == 2:
            for _ in range(rng.integers(3, 14)):
                centre = (int(rng.integers(FRAME_WIDTH)), int(rng.integers(FRAME_HEIGHT)))
                axes = (int(rng.integers(8, 120)), int(rng.integers(8, 120)))
                colour = [float(c) for c in rng.uniform(0, 255) + rng.normal(0, 40, 3)]
                if rng.uniform() < 0.5:
                    cv2.ellipse(out, centre, axes, float(rng.uniform(0, 180)), 0, 360, colour, -1)
                else:
                    cv2.rectangle(out, centre, (centre[0] + axes[0], centre[1] + axes[1]), colour, -1)
            out = np.float32(cv2.GaussianBlur(out, (0, 0), rng.uniform(0.5, 6)))
    return np.asarray(np.clip(out, 0, 255), np.uint8)


def skin_coloured(tone: NDArray[np.float64], rng: np.random.Generator) -> Image:
    """A background (FRAME_HEIGHT, FRAME_WIDTH, 3) of about the person's own colour, sRGB (3,) from 0 to 1.

    An arm, a face, a wall: blotches of one size, light from one side, and a few rounded shapes.
    """
    size = (FRAME_WIDTH, FRAME_HEIGHT)
    blotches = rng.standard_normal((FRAME_HEIGHT, FRAME_WIDTH), np.float32)
    blotches = cv2.GaussianBlur(blotches, (0, 0), float(np.exp(rng.uniform(np.log(2), np.log(30)))))
    blotches *= rng.uniform(0.01, 0.1) / max(float(blotches.std()), 1e-6)
    light = 1 + blotches + cv2.resize(rng.normal(0, 0.12, (2, 2)).astype(np.float32), size)
    for _ in range(rng.integers(4)):
        shape = np.zeros(light.shape, np.float32)
        centre = (int(rng.integers(FRAME_WIDTH)), int(rng.integers(FRAME_HEIGHT)))
        axes = (int(rng.integers(20, 150)), int(rng.integers(20, 150)))
        cv2.ellipse(shape, centre, axes, float(rng.uniform(0, 180)), 0, 360, float(rng.normal(0, 0.15)), -1)
        light += cv2.GaussianBlur(shape, (0, 0), rng.uniform(0.5, 4))
    colour = tone * rng.uniform(0.65, 1.15) + rng.normal(0, 0.025, 3)
    return (255 * np.clip(colour * light[..., None], 0, 1)).astype(np.uint8)


def sleeve(rng: np.random.Generator) -> Sleeve | None:
    """A sleeve for about half of the forearms."""
    if rng.uniform() < 0.5:
        return None
    return Sleeve(rng.uniform(8, 90), np.clip(rng.uniform(0.03, 0.9) + rng.normal(0, 0.12, 3), 0.02, 0.95))


def view(rng: np.random.Generator) -> View:
    """A hand anywhere in the frame, 30 cm to 2 m away, either side of either hand."""
    distance = float(np.exp(rng.uniform(np.log(300), np.log(2000))))
    focal = rng.uniform(75, 190) * distance / HAND_MM
    return View(
        azimuth_rad=np.radians(rng.uniform(-AZIMUTH_DEG, AZIMUTH_DEG)),
        elevation_rad=np.radians(rng.uniform(-ELEVATION_DEG, ELEVATION_DEG)),
        # Most hands point up; from above a desk they point anywhere.
        roll_rad=np.radians(rng.normal(0, 35) if rng.uniform() < 0.75 else rng.uniform(-180, 180)),
        facing="palm" if rng.uniform() < 0.5 else "back",
        mirrored=bool(rng.uniform() < 0.5),
        distance_mm=distance,
        centre=(float(rng.uniform(0.35, 0.65)), float(rng.uniform(0.4, 0.6))),
        field_rad=2 * np.arctan(FRAME_WIDTH / 2 / focal),
    )


def develop(rgb: Image, rng: np.random.Generator) -> Image:
    """What a camera does to the light: exposure, white balance, blur, noise, compression."""
    out = rgb.astype(np.float32) / 255
    out = np.clip(out * rng.uniform(0.75, 1.2) * (1 + rng.normal(0, 0.03, 3)), 0, 1) ** rng.uniform(0.75, 1.3)
    if rng.uniform() < 0.4:
        out = cv2.GaussianBlur(out, (0, 0), rng.uniform(0.4, 1.1))
    noise = rng.standard_normal(out.shape, np.float32) * np.float32(rng.uniform(0.002, 0.03))
    out = (np.clip(out + noise, 0, 1) * 255).astype(np.uint8)
    _, data = cv2.imencode(".jpg", out, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(45, 96))])
    return cv2.imdecode(data, cv2.IMREAD_COLOR)
