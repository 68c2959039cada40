"""The shapes of errors, and how they are classified."""

from typing import Any

import pytest

from bot.painters.gateway.errors import ApiError, Refusal, classify, find_error, read_error

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
        (404, "Not Found", "request"),
        (400, "billing hard limit has been reached", "key"),
        (403, "model access denied: the model x does not exist", "model"),
        (500, "insufficient balance", "doubt"),
        (503, "insufficient balance", "busy"),
    ],
)
def test_a_text_is_classified_by_its_words_and_status(status: int, text: str, refusal: Refusal) -> None:
    assert classify(status, ApiError(text=text)) == refusal


STATUSES = [200, 400, 403, 404, 408, 409, 422, 451, 499, 500, 502, 503, 504, 524, 529]
VERDICTS: list[dict[str, Any]] = [
    *(
        {"error": {"code": code, "message": "no"}}
        for code in (
            "content_policy_violation",
            "moderation_blocked",
            "sensitive_words_detected",
            "prompt_blocked",
            "content_filter",
            "ContentFilter",
            "content-filter",
            "ResponsibleAIPolicyViolation",
            "DataInspectionFailed",
            "PROHIBITED_CONTENT",
            "IMAGE_SAFETY",
        )
    ),
    {"error": {"code": None, "type": "image_generation_user_error", "message": ""}},
    {"error": {"code": "400", "message": "no", "innererror": {"code": "ResponsibleAIPolicyViolation"}}},
    {"error": {"code": 400, "status": "INVALID_ARGUMENT", "details": [{"reason": "IMAGE_SAFETY"}]}},
    {"error": {"error": {"code": "moderation_blocked", "message": "no"}}},
    {"errors": [{"code": 7, "message": "blocked by our safety filter"}]},
    {"error": {"code": "500", "message": '{"error":{"code":"moderation_blocked","message":"no"}}'}},
    {"detail": "sensitive_words_detected"},
    {"promptFeedback": {"blockReason": "SAFETY"}},
    *(
        {"error": {"code": "500", "message": text}}
        for text in (
            "The response was filtered: it triggered Azure OpenAI's content management policy.",
            "All images were filtered out because they violated Vertex AI's usage guidelines.",
            "Your prompt was rejected by content filters.",
            "Your request was rejected as a result of our safety system.",
            "Invalid prompt: your prompt was flagged as potentially violating our usage policy.",
            "It violates Google's Responsible AI practices.",
            "This may violate our guardrails concerning similarity to third-party content.",
            "user sensitive words detected",
            "The prompt was blocked.",
            "输入内容包含敏感词",
        )
    ),
]


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("answer", VERDICTS, ids=str)
def test_a_verdict_on_the_prompt_is_one_with_any_status(status: int, answer: Any) -> None:
    assert classify(status, find_error(answer, PROMPT)) == "policy"


@pytest.mark.parametrize("code", ["content_policy_violation", "moderation_blocked", "content_filter"])
@pytest.mark.parametrize("status", [401, 402, 429])
def test_a_code_beats_even_a_status_of_the_account(status: int, code: str) -> None:
    assert classify(status, ApiError(code=code)) == "policy"


@pytest.mark.parametrize("status", [400, 403, 422, 500, 503])
@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("", "Unsupported content-type: text/plain"),
        ("", "Content-Type must be application/json"),
        ("", "Requests exceed the rate limit policy of your organization"),
        ("", "This violates the organization policy constraints"),
        ("", "Blocked by CORS policy"),
        ("", "Unknown parameter: 'content_filter'"),
        ("", "Invalid value for 'safety_settings'"),
        ("", "The content filter service is unavailable"),
        ("", "The content filters timed out"),
        ("moderation_unavailable", "try again"),
        ("content_filter_timeout", "try again"),
        ("unsupported_content_filter", "no"),
        ("invalid_safety_identifier", "no"),
        ("", "Your client violates the retry policy"),
    ],
)
def test_words_that_only_sound_like_a_verdict_are_none(status: int, code: str, text: str) -> None:
    error = find_error({"error": {"code": code, "message": text}}, PROMPT)
    assert classify(status, error) != "policy"


@pytest.mark.parametrize(
    ("status", "code", "text"),
    [
        (403, "pre_consume_token_quota_failed", "token quota is not enough"),
        (403, "", "token quota is not enough, token remain quota: $0.01"),
        (403, "403", "pre_consume_token_quota_failed: no"),
        (500, "pre_consume_token_quota_failed", "no"),
        (403, "insufficient_user_quota", "用户额度不足"),
        (403, "", "预扣费额度失败, 用户剩余额度: $0.05"),
        (403, "insufficient_balance", "no"),
        (400, "Arrearage", "Access denied"),
        (400, "", "Your credit balance is too low"),
        (429, "billing_not_active", "no"),
    ],
)
def test_the_account_is_no_fault_of_the_request(status: int, code: str, text: str) -> None:
    assert classify(status, find_error({"error": {"code": code, "message": text}}, PROMPT)) == "key"


@pytest.mark.parametrize("status", [400, 403, 422])
def test_a_rate_limit_is_one_whatever_the_status_of_the_client(status: int) -> None:
    assert classify(status, ApiError(code="rate_limit_exceeded")) == "busy"


@pytest.mark.parametrize(
    "answer",
    [
        {"error": {"code": "model_not_found", "message": "no"}},
        {"error": {"code": "DeploymentNotFound", "message": "The API deployment does not exist"}},
        {"error": {"code": None, "param": "model", "message": "no"}},
        {"error": {"message": "The model `imagen-4-flash` does not exist or you do not have access to it."}},
        {"error": {"message": "imagen-4-flash is not available"}},
        {"error": {"message": "imagen-4-flash was retired"}},
        {"error": {"code": 404, "message": "Publisher Model `publishers/google/x` was not found"}},
        {"error": {"message": "Unknown model: x"}},
        {"detail": "no such model"},
    ],
    ids=str,
)
@pytest.mark.parametrize("status", [404, 410])
def test_a_404_about_the_model_is_the_models(status: int, answer: Any) -> None:
    assert classify(status, find_error(answer, PROMPT), "imagen-4-flash") == "model"


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {"detail": "Not Found"},
        {"error": {"message": "Requested entity was not found."}},
        {"error": {"message": "imagen-4-flash: the prompt exceeds 480 tokens and is not supported"}},
        {"error": {"message": "model imagen-4-flash: prompt too long, not supported"}},
        {"error": {"message": "No endpoints found that support the requested parameters"}},
        {"error": {"message": "The model does not support this aspect ratio: not supported"}},
        {"error": {"message": "The requested language is not supported by the model"}},
    ],
    ids=str,
)
def test_a_404_about_the_request_is_not_the_models(answer: Any) -> None:
    error = find_error(answer, PROMPT) if answer else None
    assert classify(404, error, "imagen-4-flash") == "request"


SIGN = "a sign that says: blocked by our content policy and safety system"


def test_an_echo_of_the_prompt_is_no_verdict_and_hides_none() -> None:
    echo = find_error({"error": f"cannot parse {SIGN!r} at 3"}, SIGN)
    part = find_error({"error": f"cannot parse {SIGN[9:40]}… at 3"}, SIGN)
    verdict = find_error({"error": f"{SIGN}: violates our usage guidelines"}, SIGN)
    assert classify(400, echo) == classify(400, part) == "request"
    assert verdict is not None
    assert (verdict.text, classify(400, verdict)) == ("", "policy")


@pytest.mark.parametrize(
    ("status", "body", "refusal"),
    [
        (400, b"Your prompt was rejected by content filters.", "policy"),
        (500, b"sensitive_words_detected\n", "policy"),
        (403, b"insufficient balance", "key"),
        (503, b"upstream connect error", "doubt"),
        (400, b"<html>blocked by our content policy</html>", "request"),
        (400, b"\xff\xd8\xff\x00", "request"),
        (400, b"", "request"),
    ],
)
def test_a_body_of_plain_text_is_read_too(status: int, body: bytes, refusal: Refusal) -> None:
    assert classify(status, read_error(body, PROMPT)) == refusal


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


@pytest.mark.parametrize("field", ["code", "type", "param", "status"])
def test_a_key_in_place_of_a_name_is_not_kept(field: str) -> None:
    error = find_error({"error": {field: "sk-cg-1234abcd"}}, PROMPT)
    assert error is not None
    assert "1234" not in f"{error.words} {error.names}"
    named = find_error({"error": {field: "key_expired"}}, PROMPT)
    assert named is not None
    assert "key_expired" in (named.code, named.type, named.param, *named.names)
