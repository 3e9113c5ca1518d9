"""The colours of hypotheses and hands: Okabe and Ito's, safe for colour-blind eyes."""

RGB = tuple[int, int, int]

#: Orange, sky blue, green, purple, in track order: any two may be left alone with each other, far apart.
MODE_COLOURS: tuple[RGB, ...] = ((230, 159, 0), (86, 180, 233), (0, 158, 115), (204, 121, 167))
#: What no hypothesis wears: yellow and vermillion, for two hands in one picture.
HAND_COLOURS: tuple[RGB, ...] = ((240, 228, 66), (213, 94, 0))


def mode_colour(track: int) -> RGB:
    """The colour of a mode, the same in every view and file."""
    return MODE_COLOURS[track % len(MODE_COLOURS)]
