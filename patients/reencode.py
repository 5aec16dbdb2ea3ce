"""A program of its own: reads a picture from its input and writes it anew, so that nothing but pixels survives.

    python -m patients.reencode < sent > size-and-jpeg

It runs apart from the server, with limits on memory and time, because a picture is the one thing we read that somebody
else's program wrote. What kind of file it is its content says, never its name. Exit 3: no picture; 4: too many pixels.
"""

import resource
import sys
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

KINDS = ("JPEG", "PNG", "WEBP")
MOST_PIXELS = 50_000_000
LONGEST_SIDE = 2400  # pixels; enough to compare two visits
MOST_MEMORY, MOST_SECONDS = 1 << 30, 15
NO_PICTURE, TOO_LARGE = 3, 4


def limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))


def anew(sent: bytes) -> bytes:
    """Width and height in a line, then the picture as a JPEG: upright, at most LONGEST_SIDE long, no metadata."""
    Image.MAX_IMAGE_PIXELS = None  # the size is judged before anything is decoded
    with Image.open(BytesIO(sent), formats=KINDS) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise SystemExit(TOO_LARGE)
        picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        upright = ImageOps.exif_transpose(picture).convert("RGB")
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    plain = Image.frombytes("RGB", upright.size, upright.tobytes())
    kept = BytesIO()
    plain.save(kept, "JPEG", quality=88, optimize=True)
    return b"%d %d\n" % plain.size + kept.getvalue()


def main() -> None:
    limit()
    sent = sys.stdin.buffer.read()
    try:
        kept = anew(sent)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, MemoryError):
        raise SystemExit(NO_PICTURE) from None
    sys.stdout.buffer.write(kept)


if __name__ == "__main__":
    main()
