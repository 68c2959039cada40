"""The writer that asks a language model behind the gateway, once: a call is never repeated by itself."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace

import structlog

from bot.painters.gateway.circuit_breaker import CircuitBreaker
from bot.painters.gateway.errors import classify, describe, find_error, is_doubtful, parse_json, read_error
from bot.painters.gateway.http import HttpExchange, Reply
from bot.painters.gateway.outcomes import outcome_of_refusal
from bot.painters.port import Declined, Drawn, NotDrawn, Unknown
from bot.writers.answer import fields_of, outcome_of, read_answer
from bot.writers.port import Outcome, WriteOrder, Written

AT_ONCE = 4  # calls under way; further ones wait for their turn within their deadline
RUNAWAY = 4  # an answer that costs over so many times what was held for it switches its model off
KEY_OFF_SECONDS = 60.0
MODEL_OFF_SECONDS = 900.0

_KEY_SWITCH = ""  # switches everything off; a model's switch is its id
_log = structlog.get_logger(__name__)


class GatewayWriter:
    """A Writer that asks the gateway at `base_url`. `clock`: returns unix seconds."""

    billed = True

    def __init__(self, base_url: str, api_key: str, *, clock: Callable[[], float] = time.time) -> None:
        self._exchange = HttpExchange(base_url, api_key, connections=AT_ONCE)
        self._breaker = CircuitBreaker(clock)
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def write(self, order: WriteOrder) -> Outcome:
        on_trial = self._breaker.enter(_KEY_SWITCH, order.name)
        if on_trial is None:
            is_key = self._breaker.is_off(_KEY_SWITCH)
            return NotDrawn(why="key" if is_key else "model", words="not asked: off")
        worked = False
        try:
            outcome = await self._ask(order)
            worked = isinstance(outcome, Written | Declined)
        finally:
            self._breaker.leave(on_trial, worked=worked)
        if not isinstance(outcome, Written):
            kind = outcome.why if isinstance(outcome, NotDrawn | Unknown) else "declined"
            _log.warning("not written", job=order.job, model=order.name, outcome=kind, words=outcome.words)
        return outcome

    def is_off(self, name: str) -> bool:
        return self._breaker.is_off(_KEY_SWITCH) or self._breaker.is_off(name)

    async def close(self) -> None:
        await self._exchange.close()

    async def _ask(self, order: WriteOrder) -> Outcome:
        deadline = asyncio.get_running_loop().time() + order.model.deadline
        try:
            async with asyncio.timeout_at(deadline):
                await self._turns.acquire()
        except TimeoutError:
            return NotDrawn(why="busy", words="no turn before the deadline")
        try:
            reply = await self._exchange.write(fields_of(order), key=order.job, deadline=deadline)
        finally:
            self._turns.release()
        if isinstance(reply, NotDrawn):
            return reply
        if isinstance(reply, Unknown):
            return replace(reply, uncertain_micros=order.held_micros)
        outcome = self._read(order, reply)
        _log.info("the gateway wrote", job=order.job, model=order.name, status=reply.status)
        return replace(outcome, calls=(reply.request_id,)) if reply.request_id else outcome

    def _read(self, order: WriteOrder, reply: Reply) -> Outcome:
        """Return the outcome of a whole answer. A long string in it is no text of a prompt's length."""
        answer = parse_json(reply.body) if reply.status < 300 else None
        text = read_answer(answer)
        if text is not None:
            if reply.pictures:
                text = replace(text, text="")
            outcome = outcome_of(order, text)
            self._watch_cost(order, outcome)
            return outcome
        return self._refusal(order, reply, answer)

    def _refusal(self, order: WriteOrder, reply: Reply, answer: object) -> Outcome:
        if reply.status >= 300:
            error = read_error(reply.body, order.text)
        else:
            error = find_error(answer, order.text) if isinstance(answer, dict | list) else None
            if error is None:
                return Unknown(
                    why="unreadable answer", words="no text in it", uncertain_micros=order.held_micros
                )
        refusal = classify(reply.status, error, order.name)
        words = describe(reply.status, error, reply.headers)
        if refusal == "busy":
            outcome: Outcome = NotDrawn(why="busy", words=words)
        else:
            doubt = order.held_micros if is_doubtful(reply.status) else 0
            drawn = outcome_of_refusal(refusal, words, doubt)
            assert not isinstance(drawn, Drawn), "a refusal brings nothing"
            outcome = drawn
        self._switch_off(order, outcome, words)
        # An answer of "done" that says "refused": the person is told of the refusal, and the bill stays open.
        return replace(outcome, uncertain_micros=order.held_micros) if reply.status < 300 else outcome

    def _switch_off(self, order: WriteOrder, outcome: Outcome, words: str) -> None:
        if not isinstance(outcome, NotDrawn):
            return
        if outcome.why == "key" and self._breaker.turn_off(_KEY_SWITCH, KEY_OFF_SECONDS):
            fix = "check CODEGATEWAY_API_KEY and the balance of its account"
            _log.error("the gateway refuses the key", words=words, fix=fix)
        if outcome.why == "model" and self._breaker.turn_off(order.name, MODEL_OFF_SECONDS):
            fix = "set IMAGINE_PROMPT_MODEL to a language model that the gateway offers, or unset it"
            _log.error("the gateway refuses a model", model=order.name, words=words, fix=fix)

    def _watch_cost(self, order: WriteOrder, outcome: Outcome) -> None:
        """Switch the model off, and tell the operators, if its answer costs far more than was held for it."""
        cost = outcome.cost_micros + outcome.uncertain_micros
        if cost <= RUNAWAY * order.held_micros:
            return
        self._breaker.turn_off(order.name, MODEL_OFF_SECONDS)
        _log.error(
            "an answer costs far more than was held",
            job=order.job,
            model=order.name,
            cost_micros=cost,
            held_micros=order.held_micros,
            fix="compare the gateway's bill (imagine reconcile) with [prompt_models] in catalog.toml",
        )
