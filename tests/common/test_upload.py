"""Files to upload with aiohttp."""

from aiohttp.payload import PAYLOAD_REGISTRY

from adapters.common.upload import Upload


def test_aiohttp_gets_the_length_without_a_copy() -> None:
    picture = bytes(1000)
    upload = Upload(picture)
    assert PAYLOAD_REGISTRY.get(upload).size == 1000
    with upload.getbuffer() as view:
        assert view.obj is picture  # a view of BytesIO is of a copy


def test_a_closed_upload_releases_its_bytes() -> None:
    upload = Upload(b"red fox")
    assert (upload.read(3), upload.read(), upload.seek(0), upload.read()) == (b"red", b" fox", 0, b"red fox")
    upload.close()
    assert upload.closed
    assert not upload.getbuffer()
