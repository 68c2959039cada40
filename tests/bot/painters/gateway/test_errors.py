"""The shapes of errors, and how they are classified."""

from typing import Any

import pytest

from bot.painters.gateway.errors import ApiError, Refusal, classify, find_error

PROMPT = "a red fox in snow"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"error": {"code": 402, "type": "billing", "message": "pay"}}, ("402", "billing", "", "pay")),
        ({"error": {"message": "no", "type": None, "param": "n", "code": None}}, ("", "", "n", "no")),
        ({"error": "no"}, ("", "", "", "no")),
        ({"message": "no", "code": "busy"}, ("busy", "", "", "no")),
        ({"detail": "no"}, ("", "", "", "no")),
        ([{"error": {"code": 400, "message": "no", "status": "X"}}], ("400", "", "", "no")),
        ({"error": {"code": "with spaces in it", "type": ["x"], "message": 7}}, ("", "", "", "")),
    ],
)
def test_every_shape_of_error_is_found(answer: Any, expected: tuple[str, ...]) -> None:
    code, kind, param, text = expected
    assert find_error(answer, PROMPT) == ApiError(code=code, type=kind, param=param, text=text)


@pytest.mark.parametrize("answer", [None, {}, [], "", 7, {"error": {}}, {"error": True}, {"data": []}, [[]]])
def test_an_answer_without_an_error_has_none(answer: Any) -> None:
    assert find_error(answer, PROMPT) is None


@pytest.mark.parametrize(
    ("status", "text", "refusal"),
    [
        (400, "Invalid value for 'n'.", "n"),
        (400, "n must be 1", "n"),
        (422, "n=4 is not supported", "n"),
        (400, "This model does not support n > 1", "n"),
        (400, "Unknown parameter: 'n'.", "n"),
        (400, "Only one image can be drawn at a time", "n"),
        (400, "Invalid size '1x1'", "request"),
        (400, "Unknown parameter: 'name'", "request"),
        (429, "This text violates no content policy", "busy"),
        (401, "safety system", "key"),
        (404, "Not Found", "model"),
        (400, "billing hard limit has been reached", "key"),
        (403, "model access denied: the model x does not exist", "model"),
        (500, "insufficient balance", "doubt"),
        (503, "insufficient balance", "busy"),
    ],
)
def test_a_text_is_classified_by_its_words_and_status(status: int, text: str, refusal: Refusal) -> None:
    assert classify(status, ApiError(text=text)) == refusal


@pytest.mark.parametrize(
    ("prompt", "text", "expected"),
    [
        ("fox", "the fox, a foxtrot", "the [prompt], a foxtrot"),
        ("A  Fox", "drawing a fox failed", "drawing [prompt] failed"),
        ("a fox in deep snow", "cannot draw: A FOX IN DEEP sn", ""),
        ("", "size is wrong", "size is wrong"),
        ("fox", "bad key sk-cg-1234abcd!", "bad key [key]!"),
    ],
)
def test_a_text_repeats_no_prompt_and_no_key(prompt: str, text: str, expected: str) -> None:
    error = find_error({"error": text}, prompt)
    assert error is not None
    assert error.text == expected
