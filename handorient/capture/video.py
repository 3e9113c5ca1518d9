"""Video files, with the true frame rate, the container's own frame times, and exact seeking."""

from __future__ import annotations

import logging
import time
from bisect import bisect_right
from pathlib import Path

import cv2

from handorient.capture.frame import Frame
from handorient.capture.opencv import as_rgb, opencv_name
from handorient.capture.source import SeekableSource, shown_at, shown_at_rate, usual_rate
from handorient.errors import UserError

log = logging.getLogger(__name__)

#: Where a container states no rate, or only its clock's resolution as browsers' recordings do.
ASSUMED_RATE = 30.0
_FASTEST_RATE = 999.0

#: OpenCV jumps to the last keyframe that is at least 16 frames before the place it is asked for, and decodes
#: on; one more, for its place may be rounded down. A frame this near is reached as soon without a jump.
_RUN_UP = 17
#: What ends before this share of its duration is damaged.
_WHOLE = 0.9
#: Two times that differ by less, in seconds, are the same frame's.
_SAME_S = 5e-4
#: A stated rate is an average over pauses where the usual one is more than so many times higher. Up to there
#: it is the better one, for many containers round times to the millisecond.
_STEADY = 1.25
#: Frames that come faster, in frames per second, are bursts and not what is usual.
_FASTEST_USUAL = 240.0


class VideoFile(SeekableSource):
    """A video, upright and in square pixels; a damaged one ends at its last readable frame."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name
        self.uri = str(path)
        self.frame_rate = ASSUMED_RATE
        self._capture: cv2.VideoCapture | None = None
        self._pixel_aspect = 1.0
        # From the first frame to the end of the last, 0 if nobody knows. Until the end was met it may
        # include what stands on the container's own clock at the first frame.
        self._length_s = self._late_s = 0.0
        self._counted = 0  # the frames up to the end, once it was met
        self._next = 0  # the index of the frame that the next grab decodes
        self._grabbed: float | None = None  # the time of frame _next - 1, if nobody has read it yet
        self._first_s = self._last_s = 0.0  # as OpenCV tells the first, and of the last one since the first
        self._times_s: list[float] | None = None  # of all frames; empty where the container cannot tell
        self._hidden = 0  # how many frames there are before the first one, once the times are known
        self._keys = [0]  # the indices of the frames where decoding can begin, once the times are known

    def open(self) -> None:
        # FFmpeg would draw some text files as a terminal. Only one container begins without a zero byte.
        head = first_bytes(self.path)
        if b"\0" not in head and not head.startswith(b"YUV4MPEG2 "):
            raise UserError(f"{self.path} is a text file, not a video: choose another file.")
        self._start()
        if self._capture is None:
            raise UserError(
                f"{self.path} cannot be read as a video: it is damaged, incomplete or of an unknown kind; "
                "copy it again or convert it to MP4."
            )
        # Frames per second and how many there are, by OpenCV; 0 or less for what is unknown.
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        count = int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT))
        if not self._grab():
            self.close()
            raise UserError(
                f"{self.path} contains no readable picture: it is damaged, or of a kind that cannot be read "
                "here, such as AV1; copy it again or convert it to H.264."
            )
        if not self._counted:
            self._measure(rate, count)

    def _start(self) -> None:
        """Begin at the first frame; there is no capture if the file is no video."""
        self.close()
        capture = cv2.VideoCapture(opencv_name(self.path), cv2.CAP_FFMPEG)
        self._capture = capture if capture.isOpened() else None
        capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)  # some builds of OpenCV leave it off
        self._pixel_aspect = _pixel_aspect(capture)
        self._next, self._grabbed, self._last_s = 0, None, 0.0

    def _measure(self, rate: float, count: int) -> None:
        """Set rate, count and length as stated, or where that cannot be so, from the frames' own times."""
        believed = 0 < rate <= _FASTEST_RATE
        if believed:
            self.frame_rate = rate
        if believed and count > 0:  # most often it is the duration times the rate: as good as the rate
            assert self._capture is not None
            self.frame_count, self._length_s = count, count / rate
            # A huge negative number where it has none.
            late_s = max(0.0, self._capture.get(cv2.CAP_PROP_PTS) / rate)
            self._late_s = late_s if late_s < self._length_s else 0.0  # a clock that ran for hours before
            return
        times_s = self._all_times()
        if times_s:
            self.frame_count = len(times_s)
        if len(times_s) > 1 and not believed:
            self.frame_rate = (len(times_s) - 1) / (times_s[-1] - times_s[0])

    def usual_rate(self) -> float:
        times_s = self._all_times()
        usual = usual_rate(times_s) if len(times_s) > 1 else 0.0
        return usual if _STEADY * self.frame_rate < usual <= _FASTEST_USUAL else self.frame_rate

    def read(self) -> Frame | None:
        if self._capture is None:
            return None
        if self._grabbed is None and not self._grab():
            self._end()
            return None
        time_s, self._grabbed = self._grabbed or 0.0, None
        decoded, bgr = self._capture.retrieve()
        if not decoded:
            return None
        return Frame(self._next - 1, time_s, time.perf_counter(), as_rgb(bgr, self._pixel_aspect))

    def _end(self) -> None:
        """Whatever the file promised, count and length are known now; if it ends too early, say so once."""
        if self._counted or self.given_up:
            return
        length_s = self._last_s + 1 / self.frame_rate
        promised_s = self._length_s - self._late_s
        missing_s = _WHOLE * promised_s - length_s
        if missing_s > 0:
            self._all_times()  # so that it is known how many are hidden, which were promised with the others
            missing_s -= self._hidden / self.frame_rate
        if missing_s > 0:
            log.warning(
                "%s ends after %d of %d pictures: it may be damaged", self.name, self._next, self.frame_count
            )
        # A promise that may be true also tells how long the last frame lasts.
        self._length_s = promised_s if _WHOLE * promised_s <= length_s <= promised_s else length_s
        self.frame_count = self._counted = self._next
        if self._times_s is not None:
            self._times_s = self._as_counted(self._times_s)

    def close(self) -> None:
        if self._capture is not None:
            self._capture.release()
            self._capture = None

    @property
    def duration_s(self) -> float | None:
        if times_s := self._times_s:  # looked at once: a seek in another thread may empty it
            return times_s[-1] + 1 / self.frame_rate
        return self._length_s or None

    def index_at(self, time_s: float) -> int:
        if time_s <= 0:
            return 0  # for which nobody needs to know the others' times
        if times_s := self._all_times():
            return shown_at(times_s, time_s)
        return shown_at_rate(self.frame_rate, self.frame_count or 0, time_s)

    def seek(self, index: int) -> None:
        if self._capture is None:
            return
        ahead = index - self._next
        behind = ahead < -1 or (ahead == -1 and self._grabbed is None)
        if behind or (ahead > _RUN_UP and self._key_before(index - _RUN_UP) > self._next):
            self._jump(index)
        self._grab_until(index)
        times_s = self._times_s
        if not times_s or self._grabbed is None:
            return
        if index >= len(times_s) or abs(self._grabbed - times_s[index]) > _SAME_S:
            self._times_s = []  # what the container says is not so: count instead
            self._start()
            self._grab_until(index)

    def _grab_until(self, index: int) -> None:
        while self._next <= index:
            if not self._grab():
                self._grabbed = None  # past the end
                return

    def _jump(self, index: int) -> None:
        """Go to frame ``index`` or before it, and know where that is.

        FFmpeg jumps to keyframes, and OpenCV decodes on from there, counting as if the stated rate were true.
        So it is asked for a place just behind a keyframe, where there is little to miscount, and where it
        landed is read off the frame's time.
        """
        if index < _RUN_UP:
            self._start()
            return
        times_s = self._all_times()
        back = _RUN_UP
        before = index - back
        while self._capture is not None and (key := self._key_before(before)) > 0:
            place = times_s[key] * self._capture.get(cv2.CAP_PROP_FPS)
            self._capture.set(cv2.CAP_PROP_POS_FRAMES, round(place) + _RUN_UP)
            self._grabbed = None
            if not self._capture.grab():
                break
            time_s = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000 - self._first_s
            landed = shown_at(times_s, time_s)
            if landed <= index and abs(times_s[landed] - time_s) <= _SAME_S:
                self._next, self._grabbed, self._last_s = landed + 1, time_s, time_s
                return
            before, back = key - back, 4 * back
        self._start()

    def _key_before(self, index: int) -> int:
        """The last frame up to ``index`` where decoding can begin."""
        index = min(index, len(self._all_times()) - 1)  # a damaged file's keys may be more than its frames
        return self._keys[max(0, bisect_right(self._keys, index) - 1)]

    def _grab(self) -> bool:
        """Decode the next frame, without making a picture of it yet."""
        if self.given_up or self._capture is None or not self._capture.grab():
            return False
        time_s = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        if self._next == 0:  # not at 0 where those before it were cut off, or stamps are those of decoding
            self._first_s, time_s = max(0.0, time_s), 0.0
        elif not (time_s := time_s - self._first_s) > self._last_s:  # missing, repeated or NaN
            time_s = self._last_s + 1 / self.frame_rate
        self._grabbed = self._last_s = time_s
        self._next += 1
        return True

    def _all_times(self) -> list[float]:
        """The time of every frame, in their order; empty where the container does not tell them apart."""
        if self._times_s is None:
            # Packets as they are, not decoded: a gigabyte takes as long as reading it.
            packets = cv2.VideoCapture(opencv_name(self.path), cv2.CAP_FFMPEG, (cv2.CAP_PROP_FORMAT, -1))
            stamps: list[float] = []
            key_times_s: set[float] = set()
            while not self.given_up and packets.grab():
                stamps.append(packets.get(cv2.CAP_PROP_POS_MSEC) / 1000)
                if packets.get(cv2.CAP_PROP_LRF_HAS_KEY_FRAME):
                    key_times_s.add(stamps[-1])
            count = packets.get(cv2.CAP_PROP_FRAME_COUNT)
            packets.release()
            times_s = sorted(set(stamps))
            # What lies before the start of an edited video shares the time 0, and is not shown.
            self._hidden = max(0, stamps.count(0.0) - 1)
            told = self._hidden < len(times_s) == len(stamps) - self._hidden
            if not told or abs(times_s[0] - self._first_s) > _SAME_S:
                times_s = []
            if count > 0:  # without a duration OpenCV only forgets what it has decoded, and does not jump
                keys = {index for index, time_s in enumerate(times_s) if time_s in key_times_s}
                self._keys = sorted({0} | keys)
            self._times_s = self._as_counted([time_s - times_s[0] for time_s in times_s])
        return self._times_s

    def _as_counted(self, times_s: list[float]) -> list[float]:
        """These times as far as there are frames, once that is known; none if there are more frames."""
        return times_s[: self._counted or None] if len(times_s) >= self._counted else []


def _pixel_aspect(capture: cv2.VideoCapture) -> float:
    """How many times wider than high the upright picture's pixels are; 1 where nothing is stated."""
    width, height = capture.get(cv2.CAP_PROP_SAR_NUM), capture.get(cv2.CAP_PROP_SAR_DEN)
    if not (width > 0 and height > 0):
        return 1.0
    # It is stated of the picture before it is turned.
    return height / width if capture.get(cv2.CAP_PROP_ORIENTATION_META) % 180 else width / height


def first_bytes(path: Path) -> bytes:
    """What a video's file begins with.

    Raises:
        UserError: if it cannot be read, or is empty.
    """
    if path.is_dir():
        raise UserError(f"{path} is a folder, not a video: choose a file in it.")
    try:
        with path.open("rb") as file:
            head = file.read(1024)
    except FileNotFoundError:
        raise UserError(f"There is no video {path}: check the name.") from None
    except OSError as error:
        raise UserError(f"{path} cannot be opened ({error.strerror}): check its permissions.") from None
    if not head:
        raise UserError(f"{path} is empty: copy or record the video again.")
    return head
