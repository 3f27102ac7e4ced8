"""Page images and thumbnails: size, kind, and nothing of the original's metadata."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from content_catalog.extraction import MediaKind, page_image, thumbnail, word_boxes
from content_catalog.extraction.derived import keep_picture


def test_pdf_pages_become_webp_of_1200_and_160(files, pool, tmp_path) -> None:
    path = files.pdf("One", "Two", "Three")
    pool.extract(path, MediaKind.PDF, derived_dir=tmp_path)
    assert thumbnail(tmp_path, 1).is_file()
    assert not page_image(tmp_path, 1).exists()
    drawn = pool.render_images(path, MediaKind.PDF, tmp_path, [1, 2, 9])
    assert drawn.numbers == (1, 2)
    for place, width in ((page_image(tmp_path, 2), 1200), (thumbnail(tmp_path, 2), 160)):
        with Image.open(place) as image:
            assert image.format == "WEBP"
            assert image.width == width
            assert image.height / image.width == pytest.approx(792 / 612, abs=0.01)


def test_a_missing_page_is_drawn_when_asked_for(files, pool, tmp_path) -> None:
    path = files.pdf("One", "Two")
    assert pool.render_page(path, MediaKind.PDF, 2, tmp_path) == page_image(tmp_path, 2)
    made = page_image(tmp_path, 2).stat().st_mtime_ns
    pool.render_page(path, MediaKind.PDF, 2, tmp_path)
    assert page_image(tmp_path, 2).stat().st_mtime_ns == made
    assert pool.render_page(path, MediaKind.PDF, 3, tmp_path) is None


def test_U14_pictures_made_by_us_carry_no_metadata(files, pool, tmp_path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned
    exif[0x013B] = "Author of the picture"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 0.0)
    path = files.image("x.jpg", (400, 200), exif=exif, icc_profile=b"profile" * 50)
    original = path.read_bytes()
    assert b"Author of the picture" in original
    pool.extract(path, MediaKind.JPG, derived_dir=tmp_path)
    pool.render_images(path, MediaKind.JPG, tmp_path)
    for made in (page_image(tmp_path, 1), thumbnail(tmp_path, 1)):
        with Image.open(made) as image:
            assert not image.getexif()
            assert not {"exif", "xmp", "icc_profile"} & set(image.info)
            assert image.height > image.width  # shown upright
        assert b"Author" not in made.read_bytes()
    assert path.read_bytes() == original


def test_transparent_parts_become_white(files, pool, tmp_path) -> None:
    out = io.BytesIO()
    Image.new("RGBA", (50, 50), (0, 0, 0, 0)).save(out, "PNG")
    path = files.write("x.png", out.getvalue())
    pool.render_images(path, MediaKind.PNG, tmp_path)
    with Image.open(page_image(tmp_path, 1)) as image:
        assert image.convert("RGB").getpixel((10, 10)) == (255, 255, 255)


def test_U08_of_a_moving_picture_the_first_frame_is_taken(files, pool, tmp_path) -> None:
    out = io.BytesIO()
    frames = [Image.new("RGB", (40, 40), (255, 0, 0))]
    frames += [Image.new("RGB", (40, 40), (0, 0, n % 256)) for n in range(200)]
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:], duration=10)
    path = files.write("x.webp", out.getvalue())
    assert pool.extract(path, MediaKind.WEBP, derived_dir=tmp_path).message is None
    with Image.open(thumbnail(tmp_path, 1)) as image:
        red, _, blue = image.convert("RGB").getpixel((20, 20))
        assert red > 200
        assert blue < 60


@pytest.mark.parametrize("name", ["../x.webp", "pages/0.webp", "pages/1.html", "/tmp/1.webp"])
def test_U16_a_picture_under_a_foreign_name_is_not_kept(tmp_path, name) -> None:
    with pytest.raises(ValueError, match="not a picture"):
        keep_picture(tmp_path, name, b"RIFF\x10\x00\x00\x00WEBPVP8 ")
    with pytest.raises(ValueError, match="not a picture"):
        keep_picture(tmp_path, "pages/1.webp", b"<html>")
    assert list(tmp_path.rglob("*")) == []


def test_broken_boxes_are_no_boxes(tmp_path) -> None:
    (tmp_path / "boxes").mkdir()
    (tmp_path / "boxes" / "1.json").write_text('[["word", 1')
    assert word_boxes(tmp_path, 1) == []
