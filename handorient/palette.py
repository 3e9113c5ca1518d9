"""The colours of the hypotheses: Okabe and Ito's, safe for colour-blind eyes, in track order."""

RGB = tuple[int, int, int]

#: Orange, sky blue, green, vermillion.
MODE_COLOURS: tuple[RGB, ...] = ((230, 159, 0), (86, 180, 233), (0, 158, 115), (213, 94, 0))


def mode_colour(track: int) -> RGB:
    """The colour of a mode, the same in every view and file."""
    return MODE_COLOURS[track % len(MODE_COLOURS)]
