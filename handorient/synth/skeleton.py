"""People and poses: 21 joints of a right hand, placed where MediaPipe puts its landmarks.

Coordinates are millimetres in the hand frame of :mod:`handorient.orientation` (x toward the index side,
y toward the fingers, z out of the palm).

Sizes: hand length from ANSUR II (Gordon et al. 2014: men 193 +- 9.9 mm, women 181 +- 9.6 mm). Segment
variation: Buryanov and Kotiuk, "Proportions of hand segments", Int. J. Morphol. 28(3), 2010 (standard
deviations of 6 to 12% of a bone's length, of which about half is common to the hand). Mean positions are
the detector's: its knuckles lie off the anatomical joint centres, and its finger to palm ratio (0.96) and
knuckle breadth to palm ratio (0.72) on open real hands are what a network will meet.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from handorient.hand.landmarks import FINGERS
from handorient.orientation import palm_frame

Array = NDArray[np.float64]

#: Wrist -> middle knuckle over hand length.
PALM_SHARE = 0.455
#: Thumb base (CMC), then index to little knuckle (MCP), in palm lengths, wrist at the origin. The knuckle
#: row is an arch: ring and little come forward.
BASES = np.array(
    [
        (0.377, 0.090, 0.10),
        (0.254, 0.961, 0.02),
        (0.0, 1.0, 0.0),
        (-0.209, 0.946, 0.03),
        (-0.408, 0.815, 0.08),
    ]
)
#: Lengths of the three movable bones of each finger, thumb first, in palm lengths.
BONES = np.array(
    [
        (0.440, 0.380, 0.282),
        (0.410, 0.254, 0.216),
        (0.437, 0.268, 0.250),
        (0.404, 0.258, 0.209),
        (0.332, 0.215, 0.184),
    ]
)
#: Between the landmarks of two tips that touch, palm lengths.
TIPS_APART = 0.12
PINCHES_TRIED = 40
#: Bone numbering of :class:`Posed`: 0 the forearm, 1..4 the metacarpals (index to little), then three
#: bones a finger, thumb first.
FOREARM, METACARPALS, PHALANGES = 0, 1, 5
BONE_COUNT = 20
#: Directions in which spread fingers point, from the palm's long axis toward the index side, radians.
SPREAD = np.radians([18.0, 2.0, -8.0, -25.0])


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """The shape, size and style of one person's hand.

    Attributes:
        palm_mm: wrist -> middle knuckle.
        bases: (5, 3) thumb base and four knuckles, palm lengths.
        bones: (5, 3) bone lengths, palm lengths.
        girth: (5,) thickness of the fingers relative to the average.
        palm_depth, palm_width, wrist_width: thickness and breadths relative to the average.
        tone: (3,) sRGB of the skin, 0 to 1.
        seed: of everything else that is personal, such as the skin's texture.
    """

    palm_mm: float
    bases: Array
    bones: Array
    girth: Array
    palm_depth: float
    palm_width: float
    wrist_width: float
    tone: Array
    seed: int

    def __post_init__(self) -> None:
        for values in (self.bases, self.bones, self.girth, self.tone):
            values.setflags(write=False)  # what is made of a person is remembered for it

    @classmethod
    @cache  # of one and the same person skin and texture are made once
    def average(cls) -> Person:
        """The mean person."""
        ones = np.ones(5)
        return cls(91.0, BASES, BONES, ones, 1.0, 1.0, 1.0, np.array([0.80, 0.60, 0.50]), 0)

    @classmethod
    def sample(cls, seed: int) -> Person:
        """Person number ``seed`` of the population."""
        rng = np.random.default_rng((9414, seed))
        mean, sd = ((193.0, 9.9), (181.0, 9.6))[rng.integers(2)]
        bases = BASES * (1 + 0.04 * rng.standard_normal((5, 3)))
        bases[:, 0] *= 1 + 0.06 * rng.standard_normal()
        bases[0] += 0.03 * rng.standard_normal(3)  # shares of coordinates near 0 would be nothing
        bases[2] = BASES[2]
        bases[1:, 2] += rng.normal([0.0, 0.0, 0.01, 0.02], [0.02, 0.0, 0.02, 0.04])
        reach = 1 + 0.06 * rng.standard_normal()
        bones = BONES * reach * (1 + 0.04 * rng.standard_normal((5, 1)) + 0.03 * rng.standard_normal((5, 3)))
        girth = (1 + 0.09 * rng.standard_normal()) * (1 + 0.03 * rng.standard_normal(5))
        tone = skin_tone(rng)
        depth, width, wrist = 1 + np.array([0.10, 0.05, 0.09]) * rng.standard_normal(3)
        return cls(
            PALM_SHARE * rng.normal(mean, sd),
            bases,
            bones,
            girth,
            depth,
            width,
            wrist,
            tone,
            seed,
        )


def skin_tone(rng: np.random.Generator) -> Array:
    """sRGB (3,), 0 to 1, of somebody's skin."""
    # Between the lightest and the darkest swatch of the Monk skin tone scale, unevenly lit by hue.
    shade = rng.uniform() ** 1.3
    tone = (1 - shade) * np.array([0.93, 0.76, 0.67]) + shade * np.array([0.28, 0.18, 0.14])
    return (tone * (1 + 0.04 * rng.standard_normal(3))).clip(0.05, 0.97)


@dataclass(frozen=True, slots=True)
class Pose:
    """How the fingers are held; angles in radians, 0 everywhere is a flat hand with straight fingers.

    Attributes:
        flexion: (4, 3) index to little, at the knuckle, middle and end joint; positive toward the palm.
        spread: (4,) direction of each finger from the palm's long axis, positive toward the index side.
        thumb: direction of the thumb's first bone away from the palm's long axis in the palm plane, its
            lift out of that plane, then flexion at the middle and the end joint.
        arch: (2,) how far the ring and little metacarpals fold forward (negative: back).
        wrist: flexion (toward the palm) and deviation (toward the index side) of the hand on the forearm.
    """

    flexion: Array
    spread: Array
    thumb: Array
    arch: Array
    wrist: Array

    @classmethod
    def open(cls, spread: float = 0.9, flexion_rad: float = 0.14) -> Pose:
        """A relaxed open hand; ``spread`` 0 is fingers side by side, 1 fully fanned out."""
        flexion = flexion_rad * np.array([1.0, 1.2, 0.7]) * np.array([0.9, 1.0, 1.1, 1.3])[:, None]
        thumb = np.radians([29 + 14 * spread, 14.0, 2.0, -8.0])
        return cls(flexion, SPREAD * spread, thumb, np.radians([2.0, 5.0]), np.zeros(2))

    @classmethod
    def sample(cls, rng: np.random.Generator) -> Pose:
        """A random pose: open hands, hands that grasp or pinch, and gestures of open and closed fingers.

        Ranges: resting flexion 5 to 15 degrees a joint, growing toward the little finger; active ranges
        90/110/75 degrees at knuckle, middle and end joint. The knuckles of some open hands are bent back, for
        they can be by 45 degrees (American Academy of Orthopaedic Surgeons, "Joint motion: method of
        measuring and recording", 1965). A grasp bends knuckles and middle joints each by its own, the two
        largest synergies of Santello et al. 1998, "Postural hand synergies for tool use"; the end joint
        follows the middle one by two thirds, and the bend may grow or fade toward the little finger. Four
        gestures in ten are seen on the way, their fingers closed only in part; a closed finger draws its open
        neighbours along (Zatsiorsky et al. 2000, "Enslaving effects in multi-finger force production"). Bent
        fingers do not fan out.
        """
        kind = rng.choice(["open", "grasp", "pinch", "gesture"], p=[0.42, 0.22, 0.06, 0.30])
        ease = np.array([0.85, 1.0, 1.1, 1.3])[:, None]
        flexion = np.radians(rng.normal([6, 9, 8], [9, 5, 3])) * ease
        flexion = flexion + np.radians(rng.normal(0, [6, 5, 3], (4, 3)))
        if kind == "grasp":
            knuckle, middle = rng.uniform(0, 75), rng.uniform(0, 90)
            bent = np.radians([knuckle, middle, middle * 2 / 3]) * rng.normal(1, 0.15, (4, 1))
            toward_little = 1 + rng.normal(0, 0.2) * np.array([-1.5, -0.5, 0.5, 1.5])[:, None]
            flexion = flexion + bent * toward_little.clip(0.2) * rng.normal(1, 0.1, (4, 3))
        elif kind == "gesture":
            closed = (rng.uniform(size=(4, 1)) < rng.uniform(0.2, 1.1)).astype(np.float64)
            if rng.uniform() < 0.4:
                closed *= (rng.uniform(0.25, 1.0) + rng.normal(0, 0.12, (4, 1))).clip(0, 1)
            padded = np.pad(closed, ((1, 1), (0, 0)))
            closed = np.maximum(closed, rng.uniform(0, 0.35) * np.maximum(padded[:-2], padded[2:]))
            # Knuckles bend little in some fists and all the way in others; the fingers are curled up in all.
            fist = np.radians([rng.uniform(40, 90), rng.uniform(85, 112), rng.uniform(45, 75)])
            flexion = flexion + closed * (fist * rng.normal(1, 0.07, (4, 3)) - flexion)
        flexion = flexion.clip([-0.5, -0.25, -0.25], [1.6, 2.0, 1.35])
        fan = rng.uniform(-0.15, 1.15)
        spread = SPREAD * fan + np.radians(rng.normal(-1, 3) + rng.normal(0, 2.5, 4))
        spread = spread * np.cos(flexion[:, 0]).clip(0, 1)
        thumb = np.radians(rng.normal([12 + 34 * rng.uniform(), 14, 4, -6], [8, 11, 10, 14]))
        if (kind == "gesture" and rng.uniform() < 0.6) or (kind == "grasp" and rng.uniform() < 0.4):
            thumb = np.radians(rng.normal([12, 38, 30, 35], [8, 8, 12, 15]))
        # A hand pressed flat opens the arch, a grasp deepens it.
        arch = np.radians(rng.normal([2.5, 5.0], [3.0, 5.0]) + (kind == "grasp") * rng.uniform(0, [3.0, 6.0]))
        pose = cls(flexion, spread, thumb, arch, np.radians(rng.normal([0, 3], [14, 9])))
        return pose._pinching(rng) if kind == "pinch" else pose

    def _pinching(self, rng: np.random.Generator) -> Pose:
        """The same hand with the tips of thumb and index finger together, the others bent a little."""
        flexion = self.flexion + np.radians(rng.uniform(0, 40)) * np.array([1.0, 1.0, 0.5])
        average, tries = Person.average(), []
        for _ in range(PINCHES_TRIED):
            knuckle, middle = rng.uniform(20, 75), rng.uniform(20, 80)
            index = np.radians([knuckle, middle, middle * rng.uniform(0.2, 0.7)])
            thumb = np.radians(rng.uniform([5, 15, 0, -10], [40, 50, 35, 50]))
            pose = replace(self, flexion=np.vstack([index, flexion[1:]]), thumb=thumb)
            joints = _chain(average, pose)[0]
            apart = np.linalg.norm(joints[FINGERS[0][-1]] - joints[FINGERS[1][-1]]) / average.palm_mm
            tries.append((abs(float(apart) - TIPS_APART), pose))
        return min(tries, key=lambda tried: tried[0])[1]


@dataclass(frozen=True, slots=True)
class Posed:
    """A person's hand in a pose.

    Attributes:
        joints: (21, 3) mm in the hand frame, the palm's centre at the origin.
        turns: (20, 3, 3) rotation of each bone from the neutral pose.
        origins, anchors: (20, 3) a point of each bone in the neutral pose, and where it has gone.
    """

    joints: Array
    turns: Array
    origins: Array
    anchors: Array


def _about_x(angle: float) -> Array:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])


def _about_z(angle: float) -> Array:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


NEUTRAL = Pose(np.zeros((4, 3)), SPREAD, np.radians([42.0, 14.0, 0.0, 0.0]), np.zeros(2), np.zeros(2))


def _chain(person: Person, pose: Pose) -> tuple[Array, Array]:
    """Joints (21, 3) in mm, wrist at the origin, and each bone's axes (20, 3, 3), y along the bone."""
    scale = person.palm_mm
    joints, axes = np.zeros((21, 3)), np.tile(np.eye(3), (BONE_COUNT, 1, 1))
    axes[FOREARM] = _about_z(-pose.wrist[1]) @ _about_x(-pose.wrist[0])
    for finger in range(4):
        fold = pose.arch[finger - 2] if finger >= 2 else 0.0
        palm = _about_x(fold)
        axes[METACARPALS + finger] = palm
        chain = FINGERS[finger + 1]
        joints[chain[1]] = scale * palm @ person.bases[finger + 1]
        turn = palm @ _about_z(-pose.spread[finger])
        for k in range(3):
            turn = turn @ _about_x(pose.flexion[finger, k])
            axes[PHALANGES + 3 * (finger + 1) + k] = turn
            joints[chain[k + 2]] = joints[chain[k + 1]] + turn[:, 1] * scale * person.bones[finger + 1, k]
    joints[1] = scale * person.bases[0]
    away, lift, *bends = pose.thumb
    # The thumb's nail looks sideways: its flexion axis is turned 50 degrees out of the palm's.
    turn = _about_z(-away) @ _about_x(lift)
    roll = np.radians(50.0)
    twist = np.array([[np.cos(roll), 0, np.sin(roll)], [0, 1, 0], [-np.sin(roll), 0, np.cos(roll)]]).T
    turn = turn @ twist
    for k in range(3):
        if k:
            turn = turn @ _about_x(bends[k - 1])
        axes[PHALANGES + k] = turn
        joints[k + 2] = joints[k + 1] + turn[:, 1] * scale * person.bones[0, k]
    return joints, axes


def _starts(joints: Array) -> Array:
    """Where each bone begins (20, 3)."""
    finger_bones = [joints[chain[k]] for chain in FINGERS for k in (1, 2, 3)]
    return np.array([joints[0]] * (1 + 4) + finger_bones)


def place(person: Person, pose: Pose) -> Posed:
    """The person's joints in this pose, and how each bone got there from the neutral pose."""
    neutral_joints, neutral_axes = _chain(person, NEUTRAL)
    joints, axes = _chain(person, pose)
    frame, centre = palm_frame(joints)
    turns = frame.T @ axes @ neutral_axes.transpose(0, 2, 1)
    return Posed(
        (joints - centre) @ frame, turns, _starts(neutral_joints), (_starts(joints) - centre) @ frame
    )


def neutral_joints(person: Person) -> Array:
    """(21, 3) mm, wrist at the origin: the pose in which the surface is built."""
    return _chain(person, NEUTRAL)[0]


def neutral_axes(person: Person) -> Array:
    """(5, 3, 3, 3) axes of the fingers' bones in the neutral pose: finger, bone, then columns x, y, z."""
    return _chain(person, NEUTRAL)[1][PHALANGES:].reshape(5, 3, 3, 3)
