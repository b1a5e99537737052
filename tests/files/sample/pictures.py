"""Pictures as people send them, and as nobody would but to break something."""

import io
import struct
import zlib

from PIL import Image


def as_bytes(image, form, **options):
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def two_colours(size=(40, 20), mode="RGB"):
    """Red on the left, blue on the right."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (size[0] // 2, 0, *size))
    return image.convert(mode)


def telling_jpeg():
    """A picture that says where it was taken, and lies on its side."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it to the right
    exif[0x010F] = "SECRET-CAMERA"
    exif.get_ifd(0x8825)[1] = "SECRET-PLACE"
    return as_bytes(
        two_colours(), "JPEG", exif=exif, comment=b"SECRET-COMMENT", icc_profile=b"SECRET-PROFILE", quality=95
    )


def telling_png():
    from PIL.PngImagePlugin import PngInfo

    notes = PngInfo()
    notes.add_text("Author", "SECRET-AUTHOR")
    notes.add_itxt("XML:com.adobe.xmp", "SECRET-XMP")
    return as_bytes(two_colours(mode="RGBA"), "PNG", pnginfo=notes, icc_profile=b"SECRET-PROFILE")


def telling_gif():
    return as_bytes(two_colours(mode="P"), "GIF", comment=b"SECRET-COMMENT")


def telling_webp():
    return as_bytes(
        two_colours(), "WEBP", exif=b"Exif\0\0SECRET-EXIF", xmp=b"SECRET-XMP", icc_profile=b"SECRET-PROFILE"
    )


def moving(form, frames=3, size=(10, 10), **options):
    """Frames of different colours."""
    first, *others = [Image.new("RGB", size, (number * 40 % 256, number % 256, 255)) for number in range(frames)]
    durations = [100 * (1 + number % 2) for number in range(frames)]
    return as_bytes(first, form, save_all=True, append_images=others, duration=durations, loop=0, **options)


def vast_png(width=20_000, height=20_000):
    """A PNG of 400 million pixels in 50 kilobytes."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    pixels = zlib.compress(b"\0" * ((width // 8 + 1) * height))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def vast_gif():
    """A GIF of four thousand million pixels in 35 bytes."""
    frame = b"," + struct.pack("<HHHHB", 0, 0, 65535, 65535, 0) + b"\x02\x02\x4c\x01\x00;"
    return b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff" + frame


def gif_that_grows():
    """A GIF whose header says 10 by 10, and whose second frame is larger than the whole."""
    frame = b"," + struct.pack("<HHHHB", 0, 0, 9000, 9000, 0) + b"\x02\x02\x4c\x01\x00"
    small = b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x4c\x01\x00"
    return b"GIF89a" + struct.pack("<HHBBB", 10, 10, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff" + small + frame + b";"
