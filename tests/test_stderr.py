"""What is said on stderr: work goes on where nobody can read it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ANALYSIS = """
import sys
from pathlib import Path
from handorient import cli
from handorient.analysis import analyze
from tests.capture.clips import Clip
from tests.test_analysis import Blind

def work(options):
    with open(sys.argv[1], "w") as file:
        print(analyze(Clip(3), Blind(), Path(sys.argv[2]))["frames"], file.fileno())
    return 0

cli._doctor = work
sys.exit(cli.main(["doctor"]))
"""


def run(end: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run Python with a stderr that is a full disk, a pipe without a reader, or not there at all."""
    reading, err = os.pipe()
    os.close(reading)
    if end == "full":
        err = os.open("/dev/full", os.O_WRONLY)
    shell = ["sh", "-c", 'exec "$@" 2>&-', "sh"] if end == "none" else []
    root = Path(__file__).parents[1]
    done = subprocess.run(
        [*shell, sys.executable, *words], stdout=subprocess.PIPE, stderr=err, text=True, cwd=root
    )
    os.close(err)
    return done


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no full device")
ENDS = pytest.mark.parametrize("end", ["full", "unread", "none"])


@ENDS
def test_an_analysis_whose_bar_nobody_can_read_is_done_all_the_same(tmp_path: Path, end: str) -> None:
    done = run(end, "-c", ANALYSIS, str(tmp_path / "file"), str(tmp_path / "out"))
    assert done.returncode == 0
    frames, number = done.stdout.split()
    assert frames == "3" and (tmp_path / "out" / "summary.json").is_file()
    assert int(number) > 2, "what libraries log would end in this file"


@ENDS
def test_bad_input_has_its_exit_code_though_its_sentence_is_lost(tmp_path: Path, end: str) -> None:
    done = run(end, "-m", "handorient", "bench", str(tmp_path / "nowhere.mp4"))
    assert (done.returncode, done.stdout) == (2, "")
