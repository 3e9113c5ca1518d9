from __future__ import annotations

import errno
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from handorient import __version__, recording
from handorient.capture.camera import Camera
from handorient.errors import UserError
from handorient.matroska import MatroskaWriter
from handorient.recording import Recorder, session_facts, snapshot
from handorient.records import estimate_record, read_records
from handorient.replay import Session
from handorient.sources import open_source

from .capture.media import FakeCapture
from .estimates import estimate

FACTS = {"source": {"name": "test"}, "input": "landmarks"}
PATIENCE_S = 20.0


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    recorder = Recorder(tmp_path / "sessions", FACTS)
    yield recorder
    recorder.close()


def record(recorder: Recorder, count: int) -> None:
    """One after the other, so that none is dropped."""
    for index in range(count):
        recorder.add(estimate(index, 100.0 + index / 25))
        wait_for(lambda index=index: recorder.frames > index or recorder.failed is not None)


def wait_for(condition: Callable[[], bool]) -> None:
    end_s = time.perf_counter() + PATIENCE_S
    while not condition():
        assert time.perf_counter() < end_s
        time.sleep(0.001)


def lines(folder: Path) -> list[dict]:
    return list(read_records(folder / "estimates.jsonl"))


def test_what_was_estimated_is_written_to_the_bit(recorder: Recorder) -> None:
    record(recorder, 5)
    recorder.close()
    assert recorder.frames == 5
    assert recorder.dropped == 0
    assert recorder.failed is None
    for index, line in enumerate(lines(recorder.folder)):
        shown = json.loads(json.dumps(estimate_record(estimate(index, 100.0 + index / 25))))
        for key in ("hands", "ms", "path", "truth_deg"):
            assert line[key] == shown[key]


def test_times_are_those_of_the_capture_and_the_place_in_the_source_is_kept(recorder: Recorder) -> None:
    """As where a looped clip starts over: its own index and time go back, the recording's do not."""
    for index, captured_s in [(7, 100.0), (8, 100.04), (0, 100.1), (1, 100.14)]:
        recorder.add(estimate(index, captured_s))
    recorder.close()
    found = lines(recorder.folder)
    assert [line["frame"] for line in found] == [0, 1, 2, 3]
    assert [line["t_s"] for line in found] == pytest.approx([0.0, 0.04, 0.1, 0.14])
    assert [line["source_frame"] for line in found] == [7, 8, 0, 1]
    assert [line["source_t_s"] for line in found] == pytest.approx([7 / 30, 8 / 30, 0.0, 1 / 30], abs=1e-6)


def test_the_facts_are_there_from_the_start(recorder: Recorder) -> None:
    record(recorder, 1)
    facts = json.loads((recorder.folder / "session.json").read_text())
    assert facts["handorient"] == __version__
    assert facts["source"] == {"name": "test"}
    assert time.time() - 60 < datetime.fromisoformat(facts["started"]).timestamp()


def test_one_picture_is_called_one_picture(recorder: Recorder) -> None:
    assert recorder.kept == "0 pictures"
    record(recorder, 1)
    assert recorder.kept == "1 picture"
    record(recorder, 3)
    assert recorder.kept == "3 pictures"


def test_a_picture_is_recorded_once_though_two_networks_saw_it(recorder: Recorder) -> None:
    for _ in range(3):
        recorder.add(estimate(0, 100.0))
    recorder.close()
    assert recorder.frames == 1


def test_nobody_waits_for_a_slow_disk_and_what_it_misses_is_counted(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = threading.Event()
    write = Recorder._write

    def slow(self: Recorder, *args: object) -> None:
        disk.wait(PATIENCE_S)
        write(self, *args)

    monkeypatch.setattr(Recorder, "_write", slow)
    for index in range(3 * recording.MOST_WAITING):
        recorder.add(estimate(index, 100.0 + index))  # would wait for ever if it waited at all
    disk.set()
    recorder.close()
    assert recorder.dropped >= 2 * recording.MOST_WAITING - 1
    assert recorder.frames + recorder.dropped == 3 * recording.MOST_WAITING
    assert [line["frame"] for line in lines(recorder.folder)] == list(range(recorder.frames))


def test_a_disk_that_hangs_is_not_waited_for_for_ever(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "CLOSE_S", 0.1)
    disk = threading.Event()
    monkeypatch.setattr(Recorder, "_write", lambda self, estimate: disk.wait(PATIENCE_S))
    recorder.add(estimate(0, 100.0))
    assert not recorder.close()
    disk.set()
    wait_for(recorder.close)
    assert recorder.frames == 1


class SmallDisk(MatroskaWriter):
    """Has room for ten pictures and a half."""

    def _write(self, data: bytes) -> None:
        room = 12_000 - self._file.tell()
        super()._write(data[: max(0, room)])
        if len(data) > room:
            raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_ends_the_recording_with_a_sentence_and_keeps_what_was_written(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "MatroskaWriter", SmallDisk)
    record(recorder, 40)
    assert recorder.failed is not None
    assert "No space left" in recorder.failed and str(recorder.folder) in recorder.failed
    assert 3 < recorder.frames < 40
    recorder.close()
    with Session(recorder.folder) as session:
        frames = list(iter(session.read, None))
    assert len(frames) == recorder.frames
    assert frames[-1].rgb.mean() == pytest.approx(estimate(recorder.frames - 1, 0.0).frame.rgb.mean(), abs=2)


def test_a_bug_ends_the_recording_and_not_the_app(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: object) -> dict:
        raise ZeroDivisionError

    monkeypatch.setattr(recording, "estimate_record", broken)
    recorder.add(estimate(0, 100.0))
    recorder.close()
    assert recorder.failed is not None and "details are in the terminal" in recorder.failed
    assert "Nothing was kept" in recorder.failed and not recorder.folder.exists()
    assert "ZeroDivisionError" in caplog.text


CRASH = """
import sys, time
from pathlib import Path
from handorient.recording import Recorder
from tests.estimates import estimate
recorder = Recorder(Path(sys.argv[1]), {"input": "landmarks"})
for index in range(3):
    recorder.add(estimate(index, 100.0 + index / 25))
while recorder.frames < 3 and recorder.failed is None:
    time.sleep(0.001)
print("recorded", flush=True)
time.sleep(60)
"""


def test_a_killed_program_leaves_a_session_that_replays(tmp_path: Path) -> None:
    command = [sys.executable, "-c", CRASH, str(tmp_path)]
    root = Path(__file__).parents[1]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "recorded\n"
        process.kill()
    assert process.returncode in (-getattr(signal, "SIGKILL", 1), 1)
    (folder,) = tmp_path.iterdir()
    source = open_source(str(folder))
    assert isinstance(source, Session)
    with source:
        frames = list(iter(source.read, None))
        assert len(frames) == 3, "what counts as written is on the disk"
        for frame in frames:
            then = source.recorded(frame.index)
            assert then is not None
            assert frame.rgb.mean() == pytest.approx(10 + 2 * then["source_frame"] % 240, abs=2)


def test_nobody_waits_for_a_disk_that_is_slow_to_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk, make = threading.Event(), Path.mkdir

    def slow(self: Path, *args: object, **kwargs: object) -> None:
        disk.wait(PATIENCE_S)
        make(self, *args, **kwargs)

    monkeypatch.setattr(Path, "mkdir", slow)
    recorder = Recorder(tmp_path / "sessions", FACTS)
    recorder.add(estimate(0, 100.0))
    assert not (tmp_path / "sessions").exists() and recorder.folder == tmp_path / "sessions"
    disk.set()
    assert recorder.close() and recorder.failed is None and recorder.frames == 1
    assert recorder.folder.parent == tmp_path / "sessions" and len(lines(recorder.folder)) == 1


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    recorder = Recorder(tmp_path / "file" / "sessions", FACTS)
    assert recorder.close() and not recorder.frames
    assert recorder.failed is not None and recorder.failed.startswith("The recording could not be started")


def test_a_session_that_cannot_be_begun_leaves_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a disk with room for a folder and no more."""
    monkeypatch.setattr(recording, "ESTIMATES", "x" * 300)
    recorder = Recorder(tmp_path, FACTS)
    recorder.add(estimate(0, 100.0))
    assert recorder.close() and not recorder.frames
    assert recorder.failed is not None and recorder.failed.startswith("The recording could not be started")
    assert not list(tmp_path.iterdir())


def test_two_recordings_of_the_same_second_have_folders_of_their_own(tmp_path: Path) -> None:
    recorders = [Recorder(tmp_path, FACTS) for _ in range(3)]
    for recorder in recorders:  # one that ends without a picture takes its folder away again
        wait_for(lambda begun=recorder: begun.folder != tmp_path)
    for recorder in recorders:
        recorder.close()
        recorder.close()
    assert len({recorder.folder for recorder in recorders}) == 3


def test_the_facts_name_the_source_and_fingerprint_the_weights(tmp_path: Path) -> None:
    weights = tmp_path / "hand-landmarks.safetensors"
    weights.write_bytes(b"abc")
    facts = session_facts(
        Camera(0, connect=lambda index: FakeCapture()), "landmarks", weights, {"mirror": True}
    )
    assert facts["source"]["uri"] == "camera:0"
    assert facts["weights"]["sha256"].startswith("ba7816bf8f01cfea")
    assert facts["settings"] == {"mirror": True}
    with pytest.raises(UserError, match="cannot be read"):
        session_facts(Camera(0), "landmarks", tmp_path / "none", {})


def test_a_snapshot_is_the_picture_and_the_mixture_side_by_side(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    first, second = (snapshot(folder, estimate(3, 1.0), b"png") for _ in range(2))
    assert first != second
    assert first.suffix == ".png" and first.read_bytes() == b"png"
    written = json.loads(first.with_suffix(".json").read_text())
    assert written == json.loads(json.dumps(estimate_record(estimate(3, 1.0))))
    assert written["hands"][0]["mixture"]["mean_deg"] == [[40.0, 20.0], [-40.0, -20.0]]


def test_a_snapshot_that_cannot_be_written_is_a_sentence_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, *args: object, **options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(UserError, match="No space left on device"):
        snapshot(tmp_path, estimate(3, 1.0), b"png")
    assert list(tmp_path.iterdir()) == []
