"""What the tests of analyses share."""

from handorient.pipeline import Estimate

#: The files of every analysis.
RESULTS = {"estimates.jsonl", "estimates.csv", "annotated.mp4", "summary.json"}


class Blind:
    """A pipeline that sees no hand."""

    input = "landmarks"

    def process(self, frame):
        return Estimate(frame, (), {"total": 1.0})


def contents(folder):
    """What is in a folder, hidden or not: each file's bytes by its name."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}
