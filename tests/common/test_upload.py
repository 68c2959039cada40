"""Files as HTTP clients are handed them."""

from aiohttp.payload import PAYLOAD_REGISTRY

from adapters.common.upload import Upload


def test_aiohttp_learns_the_length_without_a_copy() -> None:
    picture = bytes(1000)
    upload = Upload(picture)
    assert PAYLOAD_REGISTRY.get(upload).size == 1000
    with upload.getbuffer() as seen:
        assert seen.obj is picture  # BytesIO's own shows a copy that it makes


def test_what_was_read_is_sent_and_let_go() -> None:
    upload = Upload(b"red fox")
    assert (upload.read(3), upload.read(), upload.seek(0), upload.read()) == (b"red", b" fox", 0, b"red fox")
    upload.close()
    assert upload.closed
    assert not upload.getbuffer()
