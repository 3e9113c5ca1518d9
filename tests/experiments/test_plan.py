"""Who is held out, and what is run."""

import numpy as np
import pytest

from handorient.errors import UserError
from handorient.experiments.plan import FOLDS, Effort, Run, is_tested, plan

PEOPLE = np.repeat(np.arange(22), 4)


def test_each_participant_is_held_out_once_and_never_trained_on():
    tests = [is_tested(Run("colour", "held-out", fold, "PROPEL"), PEOPLE) for fold in range(FOLDS)]
    assert (np.sum(tests, 0) == 1).all()
    for test in tests:
        assert not set(PEOPLE[test]) & set(PEOPLE[~test])
        assert 4 <= len(set(PEOPLE[test])) <= 5


def test_the_random_split_tests_on_three_tenths_and_shares_its_people():
    test = is_tested(Run("colour", "random", 0, "PROPEL"), PEOPLE)
    assert test.mean() == pytest.approx(0.3, abs=0.01)
    assert len(set(PEOPLE[test]) & set(PEOPLE[~test])) > 15
    assert (test == is_tested(Run("colour", "random", 0, "MSE"), PEOPLE)).all(), "the same for every method"


def test_the_plan_has_no_run_twice_and_five_folds_of_the_headline():
    runs = plan(Effort(), heads=True)
    assert len({run.name for run in runs}) == len(runs)
    folds = [
        run.fold for run in runs if (run.pictures, run.split, run.method) == ("colour", "held-out", "MSE")
    ]
    assert sorted(folds) == list(range(FOLDS))
    assert not any(run.pictures == "heads" for run in plan(Effort(), heads=False))


def test_too_few_people_to_hold_some_out_in_every_fold_is_said() -> None:
    with pytest.raises(UserError, match="at least 5 participants"):
        is_tested(Run("colour", "held-out", 0, "PROPEL"), np.array([0, 1, 2, 3, 3]))
