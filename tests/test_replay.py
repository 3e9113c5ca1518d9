from __future__ import annotations

import errno
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from handorient import replay
from handorient.analysis import analyze
from handorient.capture.images import Images, decoded
from handorient.errors import UserError
from handorient.matroska import picture_places
from handorient.pipeline import Pipeline
from handorient.recording import Recorder, session_facts
from handorient.records import Record, box_px, estimate_record, record_at
from handorient.replay import Agreement, Session
from handorient.resources import shipped_weights
from handorient.sources import open_source

from .capture.media import picture, write_image
from .estimates import Modes, estimate


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A session of six frames, of which the fourth came late."""
    recorder = Recorder(tmp_path, {"input": "landmarks"})
    for index, captured_s in enumerate([100.0, 100.1, 100.2, 100.9, 101.0, 101.1]):
        recorder.add(estimate(index, captured_s))
    recorder.close()
    return recorder.folder


def test_a_session_is_a_source_with_the_times_of_its_capture(folder: Path) -> None:
    source = open_source(str(folder))
    assert isinstance(source, Session)
    assert source.uri == str(folder)
    assert open_source(str(folder / "session.json")).uri == str(folder)
    with source:
        frames = list(iter(source.read, None))
        assert source.facts["input"] == "landmarks"
        assert source.frame_rate == pytest.approx(10), "the usual one: a pause is no slow stretch"
        assert source.duration_s == pytest.approx(1.1 + 0.1)
    assert [frame.time_s for frame in frames] == pytest.approx([0.0, 0.1, 0.2, 0.9, 1.0, 1.1])
    assert [frame.rgb.mean() for frame in frames] == pytest.approx([10, 12, 14, 16, 18, 20], abs=1)


def test_a_long_pause_while_recording_is_no_long_pause_in_the_replay(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, {})
    for index, captured_s in enumerate([100.0, 100.1, 700.1, 700.2]):
        recorder.add(estimate(index, captured_s))
    recorder.close()
    with Session(recorder.folder) as session:
        times_s = [frame.time_s for frame in iter(session.read, None)]
        assert session.duration_s == pytest.approx(5.3)
    assert times_s == pytest.approx([0.0, 0.1, 5.1, 5.2])


def test_a_session_of_nothing_but_long_pauses_has_the_rate_that_they_are_cut_to(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, {})
    for index in range(7):
        recorder.add(estimate(index, 100.0 + 10 * index))
    recorder.close()
    with Session(recorder.folder) as session:
        assert session.frame_rate == pytest.approx(0.2)
        assert session.duration_s == pytest.approx(7 * 5)


def test_it_knows_what_was_estimated_then_to_the_bit(folder: Path) -> None:
    with Session(folder) as session:
        for index in (0, 5, 3):
            then = session.recorded(index)
            assert then is not None
            assert then["hands"] == json.loads(json.dumps(estimate_record(estimate(index, 0.0))["hands"]))
        assert session.recorded(6) is None
        assert session.recorded(-1) is None


def test_what_was_read_with_a_frame_is_not_read_again_for_as_long_as_the_frame_is_new(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []

    def counting(path: Path, place: int) -> Record | None:
        read.append(place)
        return record_at(path, place)

    monkeypatch.setattr(replay, "record_at", counting)
    monkeypatch.setattr(replay, "_KEPT", 4)
    with Session(folder) as session:
        for _ in range(2):
            assert len(list(iter(session.read, None))) == 6
            read.clear()
            for index in (5, 4, 3, 2):
                assert session.recorded_hands(estimate(index, 0.0))
            assert read == []
            assert session.recorded_hands(estimate(1, 0.0)) and len(read) == 1
            session.start_over()


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"hands": [{}]},
        {"hands": None},
        {"hands": [{"modes": []}]},
        {"truth_deg": [1.0], "path": 3},
        {"truth_deg": "left", "path": ["a"]},
    ],
)
def test_what_somebody_made_of_a_line_is_not_taken_for_an_estimate(folder: Path, broken: dict) -> None:
    path = folder / "estimates.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    lines[1] = json.dumps({"t_s": json.loads(lines[1])["t_s"]} | broken) + "\n"
    path.write_text("".join(lines))
    with Session(folder) as session:
        assert session.recorded(0) is not None and session.recorded(1) is None
        assert session.recorded_hands(estimate(1, 0.0)) == ()
        frames = list(iter(session.read, None))
    assert len(frames) == 6 and frames[0].truth is not None
    assert frames[1].truth is None and frames[1].path is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("normal", [0.0, 1.0]),
        ("normal", [0.0, 0.0, 1.0, 0.0]),
        ("std_deg", [6.0]),
        ("box_px", [10.0, 10.0, 0.0, 40.0]),
        ("box_px", [10.0, 10.0, 40.0, -1.0]),
        ("track", float("inf")),
        ("azimuth_deg", float("nan")),
    ],
)
def test_a_frame_whose_numbers_make_no_sense_is_left_out(folder: Path, name: str, value: object) -> None:
    path = folder / "estimates.jsonl"
    first, second, *others = path.read_text().splitlines(keepends=True)
    record = json.loads(second)
    (hand,) = record["hands"]
    (hand if name in hand else hand["modes"][0])[name] = value
    path.write_text("".join([first, json.dumps(record) + "\n", *others]))
    with Session(folder) as session:
        assert [session.recorded(index) is None for index in range(6)] == [False, True] + 4 * [False]


@pytest.mark.parametrize("time", ["NaN", "Infinity"])
def test_times_that_are_none_are_damage(folder: Path, time: str) -> None:
    path = folder / "estimates.jsonl"
    *lines, last = path.read_text().splitlines(keepends=True)
    t_s = json.loads(last)["t_s"]
    path.write_text(
        "".join(lines)
        + last.replace(f'"t_s": {t_s}', f'"t_s": {time}').replace(f'"t_s":{t_s}', f'"t_s":{time}')
    )
    assert time in path.read_text()
    with pytest.raises(UserError, match="damaged"), Session(folder):
        pass


def test_a_recorded_hand_is_the_one_that_is_where_it_was_or_is_lost(folder: Path) -> None:
    today = estimate(3, 0.0)
    (hand,) = today.hands
    with Session(folder) as session:
        (then,) = session.recorded_hands(today)
        assert then.today == hand.id
        for mode, expected in zip(then.modes, hand.modes, strict=True):
            assert mode.track == expected.track
            for name in ("weight", "azimuth_rad", "elevation_rad", "std_rad", "normal"):
                assert getattr(mode, name) == pytest.approx(getattr(expected, name), abs=1e-4)
        elsewhere = replace(hand.landmarks, points_px=hand.landmarks.points_px + np.array([500, 0]))
        for hands in ((), (replace(hand, landmarks=elsewhere),)):
            (lost,) = session.recorded_hands(replace(today, hands=hands))
            assert lost.today is None and lost.box_px == pytest.approx(box_px(hand), abs=0.1)
        path = folder / "estimates.jsonl"
        path.write_text(path.read_text().replace("normal", "nothing"))
        assert not session.recorded_hands(today)


@pytest.mark.parametrize("kept", [0.0, 0.5], ids=["all of it", "its end"])
def test_a_picture_that_cannot_be_read_is_skipped_and_its_number_left_out(
    folder: Path, caplog: pytest.LogCaptureFixture, kept: float
) -> None:
    pictures = folder / "picture.mkv"
    place, size, _ = list(picture_places(pictures))[2]
    with pictures.open("r+b") as file:
        file.seek(place + round(kept * size))
        file.write(bytes(size - round(kept * size)))
    with Session(folder) as session:
        for _ in range(2):
            assert [frame.index for frame in iter(session.read, None)] == [0, 1, 3, 4, 5]
            session.start_over()
        session.seek(2)
        frame = session.read()
        assert frame is not None and frame.index == 1, "a step back gets past it"
    assert caplog.messages == [f"skipped picture 2 of {folder}: it cannot be read"]


def test_pictures_of_nearly_the_same_moment_keep_their_own_estimates(tmp_path: Path) -> None:
    """Recorded in a hurry, they have times in the file that are not quite their own."""
    recorder = Recorder(tmp_path, {})
    for index in range(20):
        recorder.add(estimate(index, 100.0 + (0.0004 * index if index < 10 else 0.1 * index + 0.0005)))
    recorder.close()
    with Session(recorder.folder) as session:
        frames = list(iter(session.read, None))
        assert [session.recorded(frame.index)["frame"] for frame in frames] == list(range(20))
        assert [frame.rgb.mean() for frame in frames] == pytest.approx(range(10, 50, 2), abs=1)
        assert session.skipped == []


def test_a_picture_that_is_sought_is_decoded_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    monkeypatch.setattr(replay, "decoded", lambda data: read.append(len(data)) or decoded(data))
    with Session(folder) as session:
        session.seek(3)
        assert [frame.index for frame in iter(session.read, None)] == [3, 4, 5]
    assert len(read) == 3


class Unplugged(io.BytesIO):
    """A file on a disk that is no longer there."""

    def read(self, size: int | None = -1) -> bytes:
        raise OSError(errno.EIO, "Input/output error")


@pytest.mark.parametrize("index", [0, 3])
def test_a_disk_that_vanishes_while_a_session_plays_is_said_in_one_sentence(folder: Path, index: int) -> None:
    with Session(folder) as session:
        session._file = Unplugged()
        with pytest.raises(UserError, match=f"{folder.name} could not be read to its end: Input/output"):
            session.seek(index)
            session.read()


def test_another_round_reads_no_estimates_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Session(folder) as session:
        assert len(list(iter(session.read, None))) == 6
        monkeypatch.setattr(replay, "placed_records", None)
        session.start_over()
        assert len(list(iter(session.read, None))) == 6


def test_one_that_is_given_up_while_it_opens_reads_no_further(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, lines = Session(folder), []

    def endless(_: Path) -> Iterator[tuple[int, dict]]:
        while len(lines) < 1000:
            lines.append({"t_s": len(lines)})
            session.given_up = len(lines) == 3
            yield 0, lines[-1]

    monkeypatch.setattr(replay, "placed_records", endless)
    with pytest.raises(UserError, match="was given up"):
        session.open()
    assert len(lines) == 3


def test_a_session_whose_estimates_vanish_plays_on_without_them(folder: Path) -> None:
    with Session(folder) as session:
        (folder / "estimates.jsonl").unlink()
        assert session.recorded(0) is None
        assert len(list(iter(session.read, None))) == 6


def test_the_truth_of_a_demo_is_replayed_with_it(folder: Path) -> None:
    with Session(folder) as session:
        frame = session.read()
    assert frame is not None and frame.truth is not None
    assert (frame.truth.azimuth_rad, frame.truth.elevation_rad) == pytest.approx((0.5, -0.25), abs=1e-4)


def test_the_frame_shown_at_a_time_is_the_one_captured_before(folder: Path) -> None:
    with Session(folder) as session:
        assert [session.index_at(t) for t in (-1.0, 0.0, 0.15, 0.85, 0.9, 99.0)] == [0, 0, 1, 2, 3, 5]


def test_a_folder_of_images_is_no_session(tmp_path: Path) -> None:
    write_image(tmp_path / "a.png", picture())
    assert isinstance(open_source(str(tmp_path)), Images)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("session.json", "{", "is damaged"),
        ("session.json", "[]", "is damaged"),
        ("estimates.jsonl", "", "ended before its first picture"),
        ("estimates.jsonl", '{"no": "time"}\n', "is damaged"),
        ("estimates.jsonl", "nothing\nof it\ncan be read\n", "is damaged"),
        ("estimates.jsonl", '{"t_s": 1.0}\n{"t_s": 1.0}\n', "is damaged"),
        ("picture.mkv", "", "ended before its first picture"),
        ("picture.mkv", None, "has no picture.mkv: put it back, or choose another"),
        ("estimates.jsonl", None, "has no estimates.jsonl: put it back, or open picture.mkv in it"),
        ("session.json", None, "has no session.json: put it back, or open picture.mkv in it"),
    ],
)
def test_a_broken_session_says_so_in_one_sentence(
    name: str, content: str | None, sentence: str, folder: Path
) -> None:
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_text(content)
    with pytest.raises(UserError, match=sentence):
        Session(folder).open()


def test_a_session_without_its_facts_is_called_that_and_its_pictures_play_by_themselves(folder: Path) -> None:
    (folder / "session.json").unlink()
    with pytest.raises(UserError, match=f"The session {folder} has no session.json: put it back"):
        open_source(str(folder))
    with open_source(str(folder / "picture.mkv")) as video:
        assert len(list(iter(video.read, None))) == 6


def compare(then: Modes, now: Modes, hands_then: int = 1, hands_now: int = 1) -> dict:
    agreement = Agreement()
    agreement.add(
        estimate_record(estimate(0, 0.0, then, hands_then)), estimate_record(estimate(0, 0.0, now, hands_now))
    )
    return agreement.summary()


def test_the_same_estimates_differ_by_nothing() -> None:
    two = ((0.6, 40.0, 20.0), (0.4, -40.0, -20.0))
    assert compare(two, two, 2, 2) == {
        "frames": 1,
        "hands_in_both": 2,
        "hands_only_recorded": 0,
        "hands_only_today": 0,
        "mean_angle_deg": 0.0,
        "median_angle_deg": 0.0,
        "share_with_as_many_modes": 1.0,
    }


def test_the_heaviest_modes_are_compared_and_hands_without_a_partner_counted() -> None:
    found = compare(((0.6, 30.0, 0.0), (0.4, -30.0, 0.0)), ((1.0, 40.0, 0.0),), hands_now=2)
    assert found["mean_angle_deg"] == pytest.approx(10.0, abs=0.01)
    assert found["share_with_as_many_modes"] == 0.0
    assert (found["hands_in_both"], found["hands_only_recorded"], found["hands_only_today"]) == (1, 0, 1)
    gone = compare(((1.0, 0.0, 0.0),), ((1.0, 0.0, 0.0),), hands_now=0)
    assert gone["hands_only_recorded"] == 1
    assert gone["mean_angle_deg"] is None


def test_a_real_clip_recorded_and_analysed_again_says_nearly_the_same(real, tmp_path: Path) -> None:
    clip = open_source(str(real("video/mp_hand_landmarker_test.mp4")))
    weights = shipped_weights("landmarks")
    shown = []
    with Pipeline.load(weights) as pipeline, clip:
        recorder = Recorder(tmp_path / "sessions", session_facts(clip, pipeline.input, weights, {}))
        for _ in range(40):
            frame = clip.read()
            assert frame is not None
            shown.append(pipeline.process(frame))
            recorder.add(shown[-1])
        recorder.close()
    assert (recorder.frames, recorder.dropped, recorder.failed) == (40, 0, None)

    session = Session(recorder.folder)
    with Pipeline.load(weights) as pipeline:
        summary = analyze(session, pipeline, tmp_path / "results")
    for index, estimate_shown in enumerate(shown):
        then = session.recorded(index)
        assert then is not None
        assert then["hands"] == json.loads(json.dumps(estimate_record(estimate_shown)["hands"]))
    assert summary["recorded"]["weights"]["file"] == weights.name
    compared = summary["compared"]
    assert compared["frames"] == 40
    assert compared["hands_in_both"] >= 0.95 * sum(len(one.hands) for one in shown) > 0
    # JPEG changes the pictures a little, and where two hypotheses weigh the same it changes which leads.
    assert compared["median_angle_deg"] < 4.0
    assert compared == json.loads((tmp_path / "results" / "summary.json").read_text())["compared"]
    table = (tmp_path / "results" / "estimates.csv").read_text().splitlines()
    assert len(table) == 1 + sum(
        len(hand["modes"])
        for line in (tmp_path / "results" / "estimates.jsonl").read_text().splitlines()
        for hand in json.loads(line)["hands"]
    )
    assert np.mean([len(one.hands) for one in shown]) > 0.9
