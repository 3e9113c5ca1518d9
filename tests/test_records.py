from __future__ import annotations

import csv
from pathlib import Path

import pytest

from handorient.errors import UserError
from handorient.records import CSV_COLUMNS, estimate_record, placed_records, read_records, write_csv

from .estimates import estimate


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_table_has_a_row_for_each_mode_of_each_hand(tmp_path: Path) -> None:
    estimates = [estimate(0, 0.0, hands=0), estimate(1, 0.1), estimate(2, 0.2, ((1.0, 5.0, -7.5),), hands=2)]
    write_csv(map(estimate_record, estimates), tmp_path / "a.csv")
    table = rows(tmp_path / "a.csv")
    assert list(table[0]) == list(CSV_COLUMNS)
    assert [(row["frame"], row["hand"], row["track"]) for row in table] == [
        ("1", "1", "0"),
        ("1", "1", "1"),
        ("2", "1", "0"),
        ("2", "2", "0"),
    ]
    lone = table[2]
    assert (lone["azimuth_deg"], lone["elevation_deg"], lone["weight"]) == ("5.0", "-7.5", "1.0")
    assert (lone["azimuth_std_deg"], lone["elevation_std_deg"]) == ("6.0", "6.0")
    assert (table[0]["modes"], lone["modes"]) == ("2", "1")
    assert (lone["handedness"], lone["facing"], lone["path"]) == ("right", "palm", "")
    normal = [float(lone[f"normal_{axis}"]) for axis in "xyz"]
    assert sum(n * n for n in normal) == pytest.approx(1.0, abs=1e-3)


def test_a_photograph_whose_name_is_not_in_utf_8_has_its_rows(tmp_path: Path) -> None:
    record = estimate_record(estimate(0, 0.0)) | {"path": "/d\udce9mo.png"}
    write_csv([record], tmp_path / "a.csv")
    assert rows(tmp_path / "a.csv")[0]["path"] == "/d\\udce9mo.png"


@pytest.mark.parametrize("torn", ['{"frame": 1, "ha', '{"frame": 1}', "\0\0\0\0\n", "7\n", 9999 * "[" + "\n"])
def test_reading_stops_at_a_line_that_is_not_whole(torn: str, tmp_path: Path) -> None:
    path = tmp_path / "estimates.jsonl"
    path.write_text('{"frame": 0}\n' + torn)
    assert list(read_records(path)) == [{"frame": 0}]


def test_a_line_amid_others_that_cannot_be_read_is_told_and_one_at_the_end_is_not(tmp_path: Path) -> None:
    path = tmp_path / "estimates.jsonl"
    path.write_bytes(b'{"frame": 0}\n\0\xff\n{"frame": 2}\n7\n{"frame": 4}\n{"fra')
    read = [(0, {"frame": 0}), (13, None), (16, {"frame": 2}), (29, None), (31, {"frame": 4})]
    assert list(placed_records(path)) == read
    assert list(read_records(path)) == [{"frame": 0}, {"frame": 2}, {"frame": 4}]


def test_a_missing_file_of_estimates_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        list(read_records(tmp_path / "estimates.jsonl"))


def test_the_truth_is_written_where_it_is_known() -> None:
    assert estimate_record(estimate(0, 0.0))["truth_deg"] == pytest.approx([28.648, -14.324])
