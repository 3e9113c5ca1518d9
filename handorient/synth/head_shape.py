"""People's heads: the measures and the style that make one head differ from another.

Sizes are those of ANSUR II (Gordon et al. 2014, "2012 anthropometric survey of U.S. Army personnel",
NATICK/TR-15/007): head length, head breadth, tragion to top of head, menton to sellion, bizygomatic and
interpupillary breadth, ear length and neck circumference; the last five rounded. All else (jaw, nose, brow,
lips, hair) varies as the eye finds plausible.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from handorient.synth.skeleton import skin_tone

Array = NDArray[np.float64]

MEASURES = (
    "length_mm", "breadth_mm", "top_mm", "face_mm", "cheeks_mm", "pupils_mm", "ear_mm", "neck_mm",
)  # fmt: skip
#: Mean and standard deviation of the measures, of men and of women.
MEN = np.array(
    [
        (199.5, 7.0),
        (154.3, 5.5),
        (131.1, 6.2),
        (121.5, 6.4),
        (142.0, 5.9),
        (64.0, 3.5),
        (65.0, 4.6),
        (398, 26),
    ]
)
WOMEN = np.array(
    [
        (189.8, 7.4),
        (147.8, 5.2),
        (126.5, 6.5),
        (113.5, 6.0),
        (133.0, 5.5),
        (61.7, 3.5),
        (60.0, 4.3),
        (330, 19),
    ]
)
#: Black, dark brown, brown, blond, red and grey hair; sRGB.
HAIR = np.array(
    [
        (0.07, 0.06, 0.06),
        (0.17, 0.11, 0.08),
        (0.33, 0.22, 0.14),
        (0.72, 0.56, 0.34),
        (0.50, 0.22, 0.10),
        (0.62, 0.61, 0.60),
    ]
)
IRIS = np.array([(0.20, 0.12, 0.07), (0.36, 0.24, 0.13), (0.33, 0.46, 0.58), (0.36, 0.45, 0.32)])


@dataclass(frozen=True, slots=True)
class Hair:
    """How hair is worn.

    Attributes:
        thickness_mm: over the skull.
        line_mm, slope: it covers the skull above a plane: its height at the ears, its rise toward the face.
        below_mm: how far long hair falls under the ears; None where it ends at the plane.
        bun: whether it is gathered in one.
    """

    thickness_mm: float
    slope: float = 0.85
    line_mm: float = 15.0
    below_mm: float | None = None
    bun: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """The shape, size and style of one person's head.

    Attributes:
        length_mm, breadth_mm, top_mm: of the skull: glabella to back, side to side, ear (tragion) to top.
        face_mm: chin (menton) to the root of the nose (sellion).
        cheeks_mm, pupils_mm, ear_mm, neck_mm: bizygomatic and interpupillary breadth, ear length, neck girth.
        jaw, chin: breadth of the jaw, and how far the chin comes forward, relative to the average.
        nose: (3,) length, breadth and how far it stands out, relative to the average.
        brow_mm: how far the brow ridge stands out.
        lips, ears: fullness, and how far the ears stand off, relative to the average.
        hair: None where there is none.
        glasses: whether there are any.
        beard: 0 shaven, 1 a full beard.
        tone, hair_tone, iris, clothes: (3,) sRGB, 0 to 1.
        seed: of everything else that is personal, such as the skin's texture.
    """

    length_mm: float
    breadth_mm: float
    top_mm: float
    face_mm: float
    cheeks_mm: float
    pupils_mm: float
    ear_mm: float
    neck_mm: float
    jaw: float
    chin: float
    nose: Array
    brow_mm: float
    lips: float
    ears: float
    hair: Hair | None
    glasses: bool
    beard: float
    tone: Array
    hair_tone: Array
    iris: Array
    clothes: Array
    seed: int

    @classmethod
    def sample(cls, seed: int) -> Head:
        """Person number ``seed`` of the population."""
        rng = np.random.default_rng((1956, seed))
        woman = rng.uniform() < 0.5
        mean, sd = (WOMEN if woman else MEN).T
        measures = mean + sd * rng.standard_normal(8)
        jaw, chin, lips, ears, *nose = 1 + np.array([0.07, 0.3, 0.25, 0.3, 0.10, 0.13, 0.13]) * rng.normal(
            0, 1, 7
        ).clip(-2, 2)
        tone = skin_tone(rng)
        # Fair hair and fair eyes go with fair skin.
        fair = tone.mean() > 0.58
        hair = HAIR[
            rng.choice(6, p=[0.15, 0.25, 0.25, 0.16, 0.06, 0.13] if fair else [0.6, 0.28, 0, 0, 0, 0.12])
        ]
        iris = IRIS[rng.choice(4, p=[0.2, 0.3, 0.3, 0.2] if fair else [0.8, 0.2, 0, 0])]
        whiskers = 0.0 if woman or rng.uniform() < 0.45 else rng.uniform(0.15, 1.0)
        return cls(
            **dict(zip(MEASURES, measures.tolist(), strict=True)),
            jaw=jaw * (0.96 if woman else 1.0),
            chin=chin,
            nose=np.array(nose) * (0.95 if woman else 1.0),
            brow_mm=max(0.0, rng.normal(1.0 if woman else 3.5, 1.2)),
            lips=lips * (1.1 if woman else 0.95),
            ears=ears,
            hair=_hair(rng, woman),
            glasses=bool(rng.uniform() < 0.2),
            beard=whiskers,
            tone=tone,
            hair_tone=(hair * (rng.normal(1, 0.12) + rng.normal(0, 0.02, 3))).clip(0.03, 0.95),
            iris=iris,
            clothes=np.clip(rng.uniform(0.03, 0.9) + rng.normal(0, 0.12, 3), 0.02, 0.95),
            seed=seed,
        )


def _hair(rng: np.random.Generator, woman: bool) -> Hair | None:
    """None, short, with a fringe, in a bun, or long; women wear it longer."""
    style = rng.choice(5, p=[0.0, 0.15, 0.15, 0.2, 0.5] if woman else [0.14, 0.52, 0.22, 0.0, 0.12])
    if style == 0:
        return None
    hair = Hair(rng.uniform(4, 16), 0.85 + rng.normal(0, 0.03), rng.normal(15, 5))
    if style == 2:
        return replace(hair, thickness_mm=rng.uniform(8, 18), slope=rng.uniform(0.5, 0.65))
    if style == 3:
        return replace(hair, thickness_mm=rng.uniform(5, 10), bun=True)
    if style == 4:
        slope = rng.choice([hair.slope, 0.6])
        return replace(hair, thickness_mm=rng.uniform(8, 18), slope=slope, below_mm=rng.uniform(40, 150))
    return hair
