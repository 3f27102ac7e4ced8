"""Pictures: page images and thumbnails as WebP, without any metadata of the original."""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from content_catalog.extraction.reading import Facts, Sink, Unreadable

DAMAGED = "This picture is damaged and cannot be opened."
Picture = Image.Image
PAGE_WIDTH = 1200
THUMB_WIDTH = 160
TALLEST = 6000
# The pixel limit is ours, checked from the header before anything is decoded.
Image.MAX_IMAGE_PIXELS = None
FORMATS = ("PNG", "JPEG", "WEBP")


def read(data: bytes, sink: Sink) -> Facts:
    """Check a picture and hand over its thumbnail. Raises ``Unreadable`` for a broken one."""
    picture, partly = _decode(data, sink, (THUMB_WIDTH * 2, THUMB_WIDTH * 12))
    facts = Facts(page_count=1)
    if partly:
        facts.partly = ("damaged", "This picture is damaged. Part of it is shown.")
    sink.aspect(1, round(picture.width / picture.height, 4))
    if sink.with_pictures:
        hand_over(picture, 1, sink, page=False, thumb=True)
    return facts


def draw(data: bytes, sink: Sink, width: int, thumb: bool) -> None:
    """Hand over the picture as page 1, at most ``width`` pixels wide."""
    picture, _ = _decode(data, sink, (width, TALLEST))
    hand_over(picture, 1, sink, page=True, thumb=thumb)


def hand_over(picture: Picture, number: int, sink: Sink, *, page: bool, thumb: bool) -> None:
    """Encode ``picture`` as page image and thumbnail of page ``number`` and hand them over."""
    if page:
        sink.picture(f"pages/{number}.webp", _webp(picture, 78))
    if thumb:
        height = max(1, min(THUMB_WIDTH * 12, round(picture.height * THUMB_WIDTH / picture.width)))
        small = picture.resize((THUMB_WIDTH, height), Image.Resampling.LANCZOS, reducing_gap=2.0)
        sink.picture(f"thumbs/{number}.webp", _webp(small, 70))


def _decode(data: bytes, sink: Sink, fit: tuple[int, int]) -> tuple[Picture, bool]:
    """The picture within ``fit`` pixels, upright, without metadata; and whether part is missing."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _decode_once(data, sink, fit), False
    except UnidentifiedImageError as error:
        raise Unreadable("damaged", DAMAGED) from error
    except (OSError, SyntaxError, ValueError, EOFError):
        pass
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        return _decode_once(data, sink, fit), True
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise Unreadable("damaged", DAMAGED) from error
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False


def _decode_once(data: bytes, sink: Sink, fit: tuple[int, int]) -> Picture:
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        pixels = image.width * image.height
        if pixels > sink.limits.pixels:
            raise Unreadable(
                "too_large",
                f"This picture has {image.width} × {image.height} pixels. "
                f"The limit is {sink.limits.pixels // 1_000_000} megapixels.",
            )
        image.draft("RGB", fit)
        image.seek(0)  # of a moving picture only the first frame
        upright = ImageOps.exif_transpose(image)
        upright.thumbnail(fit, Image.Resampling.LANCZOS, reducing_gap=2.0)
        return _plain(upright)


def _plain(image: Picture) -> Picture:
    """A copy that has pixels only; what was transparent is white."""
    clean = Image.new("RGB", image.size, "white")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        clean.paste(rgba, mask=rgba.getchannel("A"))
    else:
        clean.paste(image.convert("RGB"))
    return clean


def _webp(picture: Picture, quality: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=quality, method=2)
    return out.getvalue()
