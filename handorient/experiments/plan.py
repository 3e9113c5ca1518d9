"""What the talk's experiments consist of: which method meets which pictures, and how much of everything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from handorient.errors import UserError

if TYPE_CHECKING:
    from handorient.training.losses import Method  # it would load torch

Pictures = Literal["colour", "silhouette", "heads"]
SplitName = Literal["held-out", "random"]

FOLDS = 5
#: Share of the pictures that the random split tests on, as in the talk.
RANDOM_SHARE = 0.3

#: Networks, by the names of their rows, and the losses that train them.
NETWORKS: dict[str, Method] = {
    "PROPEL": "propel",
    "MSE": "mse",
    "HEATMAP-MSE": "heatmap",
    "MDN": "likelihood",
    "KL": "kl",
    "Bhattacharyya": "bhattacharyya",
}
FORESTS = ("SPORE", "ML-RF MtR", "SL-RF SV")


@dataclass(frozen=True, slots=True)
class Run:
    """One method on one fold of one split of a benchmark's pictures."""

    pictures: Pictures
    split: SplitName
    fold: int
    method: str

    @property
    def name(self) -> str:
        """Of its files."""
        return f"{self.pictures}-{self.split}-{self.fold}-{self.method.lower().replace(' ', '-')}"


@dataclass(frozen=True, slots=True)
class Effort:
    """How much of everything: the benchmark's size, and the trainings.

    Attributes:
        hands, participants: of the synthetic benchmark, as many as in the talk's dataset.
        heads, people: of the other, as many people as the Biwi Kinect head pose database has sequences.
        hand_px, head_px: sides of the pictures.
        epochs: of a network's training.
        folds: of the headline rows.
        trees: of a forest.
    """

    hands: int = 9414
    participants: int = 22
    heads: int = 9600
    people: int = 24
    hand_px: int = 128
    head_px: int = 64
    epochs: int = 15
    folds: int = FOLDS
    trees: int = 100


#: For a quick look that everything works; its figures mean nothing.
QUICK = Effort(
    hands=240, participants=6, heads=240, people=6, hand_px=64, head_px=32, epochs=2, folds=1, trees=5
)


def plan(effort: Effort, heads: bool) -> list[Run]:
    """Every run: the first fold of everything, so that there is a whole table early, then the headline's."""
    headline: list[tuple[Pictures, str]] = [
        ("colour", "PROPEL"),
        ("colour", "MSE"),
        ("colour", "HEATMAP-MSE"),
    ]
    headline += [("silhouette", "PROPEL"), ("silhouette", "MSE"), ("silhouette", "SPORE")]
    if heads:
        headline += [("heads", "PROPEL"), ("heads", "MSE")]
    likelihoods = ("MDN", "KL", "Bhattacharyya")
    others: list[tuple[Pictures, str]] = [("colour", method) for method in likelihoods]
    others += [("silhouette", method) for method in ("HEATMAP-MSE", *likelihoods, *FORESTS[1:])]
    runs = [Run(pictures, "held-out", 0, method) for pictures, method in headline + others]
    runs += [Run(pictures, "random", 0, method) for pictures, method in headline if pictures != "heads"]
    for fold in range(1, effort.folds):
        runs += [Run(pictures, "held-out", fold, method) for pictures, method in headline]
    return runs


def is_tested(run: Run, participant: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which pictures (N,) the run is tested on.

    Held out are whole participants, each in one of :data:`FOLDS` folds; the random split draws pictures.

    Raises:
        UserError: if a fold would hold out nobody.
    """
    if run.split == "random":
        rng = np.random.default_rng((70, 30, run.fold))
        return rng.permutation(len(participant)) < RANDOM_SHARE * len(participant)
    if participant.max() < FOLDS - 1:
        raise UserError(f"The benchmark needs at least {FOLDS} participants, one to hold out in each fold.")
    people = np.random.default_rng(22).permutation(participant.max() + 1)
    return np.isin(participant, people[run.fold :: FOLDS])
