"""Guards of the money: limits, holds, charges, and everything that must happen once."""

from tests.mutations.guard import Guard

COUNTERS, CLOSE, RESERVE = "quotas/limits/counters.py", "quotas/jobs/close.py", "quotas/jobs/reserve.py"
RULES, GRANTS, UNDO = "quotas/limits/rules.py", "quotas/settings/grants.py", "quotas/settings/undo.py"
BILLING = "bot/painters/gateway/billing.py"
TEST_RESERVE, TEST_CLOSE = "quotas/jobs/test_reserve.py::", "quotas/jobs/test_lifecycle.py::"
TEST_RULES, TEST_BILLED = "quotas/limits/test_rules.py::", "quotas/limits/test_billed.py::"
TEST_UNDO, TEST_BILLING = "quotas/settings/test_undo.py::", "bot/painters/gateway/test_billing.py::"

GUARDS = [
    Guard(
        "the statement that counts images checks their limit",
        COUNTERS,
        "images + ? <= ?",
        "0 * ? <= ?",
        (TEST_RESERVE + "test_five_hundred_concurrent_requests_get_exactly_the_allowance",),
    ),
    Guard(
        "the statement that counts money checks its limit",
        COUNTERS,
        "micros + ? <= ?",
        "0 * ? <= ?",
        (TEST_RESERVE + "test_several_limits_hold_for_concurrent_requests",),
    ),
    Guard(
        "a charge is at most its hold",
        CLOSE,
        "CASE WHEN :charge < hold_micros THEN :charge ELSE hold_micros END",
        ":charge",
        (TEST_CLOSE + "test_a_charge_is_at_most_the_hold",),
    ),
    Guard(
        "charged images are at most those held",
        CLOSE,
        "CASE WHEN :images < hold_images THEN :images ELSE hold_images END",
        ":images",
        (TEST_CLOSE + "test_a_charge_is_at_most_the_hold",),
    ),
    Guard(
        "a job is closed once",
        CLOSE,
        "WHERE id = :id AND (state = 'running' OR state = :also)",
        "WHERE id = :id",
        (TEST_CLOSE + "test_of_many_concurrent_closings_one_succeeds",),
    ),
    Guard(
        "uncertain cost stays counted for workspace and bot",
        CLOSE,
        "closed.hold_micros - charge, beyond + uncertain)",
        "closed.hold_micros - charge, beyond)",
        (TEST_BILLED + "test_the_bots_money_counts_what_nobody_is_charged",),
    ),
    Guard(
        "cost beyond the charge stays counted for workspace and bot",
        CLOSE,
        "closed.hold_micros - charge, beyond + uncertain)",
        "closed.hold_micros - charge, uncertain)",
        (TEST_BILLED + "test_a_workspaces_budget_counts_cost_beyond_the_charge",),
    ),
    Guard(
        "what was delivered is not written off",
        CLOSE,
        """_UNDELIVERED = f\"\"\"SELECT {COLUMNS}, bot_day FROM jobs
  WHERE id = ? AND state = 'settled' AND delivered_at IS NULL""",
        """_UNDELIVERED = f\"\"\"SELECT {COLUMNS}, bot_day FROM jobs
  WHERE id = ? AND state = 'settled'""",
        ("quotas/jobs/test_write_off.py::test_nothing_is_written_off_that_was_delivered_or_is_open",),
    ),
    Guard(
        "a person has a limit",
        RULES,
        'rules.append(Rule("person", period, what, figure, kind, ref))',
        "pass",
        (TEST_RESERVE + "test_five_hundred_concurrent_requests_get_exactly_the_allowance",),
    ),
    Guard(
        "a channel has a limit",
        RULES,
        '"channel": (self.workspace, "channel", self.channel),',
        "",
        (TEST_RULES + "test_caps_hold_whatever_the_person_has",),
    ),
    Guard(
        "a workspace has a limit",
        RULES,
        '"workspace": (self.workspace, "workspace", ANY),',
        "",
        (TEST_RULES + "test_caps_hold_whatever_the_person_has",),
    ),
    Guard(
        "the bot has a limit",
        RULES,
        '"bot": (ANY, "bot", ANY),',
        "",
        (TEST_RULES + "test_caps_hold_whatever_the_person_has",),
    ),
    Guard(
        "joined identities share a limit",
        RULES,
        'rules.setdefault((rule.period, rule.what), replace(rule, scope="joined"))',
        "pass",
        ("quotas/people/test_links.py::test_linked_identities_get_the_lowest_of_each_figure",),
    ),
    Guard(
        "guests do not get everyone's images",
        RULES,
        'own = [level for level in levels if level[0].key[1] != "everyone"] if who.guest else levels',
        "own = levels",
        (TEST_RULES + "test_guests_do_not_get_the_images_of_everyone",),
    ),
    Guard(
        "an expired setting does not count",
        RULES,
        "if setting.until is not None and setting.until <= now:",
        "if False:",
        (TEST_RULES + "test_an_expired_setting_counts_as_absent",),
    ),
    Guard(
        "who is blocked draws nothing",
        RESERVE,
        "if rules.blocked_by is not None:",
        "if False:",
        (TEST_RESERVE + "test_tiers_and_blocks_refuse",),
    ),
    Guard(
        "nothing is drawn during a pause",
        RESERVE,
        "if rules.paused_by is not None:",
        "if False:",
        ("quotas/limits/test_pause.py::test_a_pause_refuses_new_requests_until_it_is_resumed",),
    ),
    Guard(
        "only allowed tiers are drawn",
        RESERVE,
        "if tier not in gate.tiers:",
        "if False:",
        (TEST_RESERVE + "test_tiers_and_blocks_refuse",),
    ),
    Guard(
        "one request id is one job",
        RESERVE,
        "earlier = job_of_request(tx, request.request_id)",
        "earlier = None",
        (TEST_RESERVE + "test_the_same_request_gets_the_same_answer",),
    ),
    Guard(
        "a grant lasts a month at most",
        GRANTS,
        "if not 1 <= count <= MAX_DAYS:",
        "if count < 1:",
        ("quotas/settings/test_grants.py::test_an_invalid_or_too_distant_last_day_is_refused",),
    ),
    Guard(
        "a grant is counted on each of its days",
        GRANTS,
        "yield (*holder, day), (images, micros)",
        "yield (*holder, days[0]), (images, micros)",
        ("quotas/settings/test_grants.py::test_each_day_of_a_grant_has_its_own_images",),
    ),
    Guard(
        "a change that was undone is not undone again",
        UNDO,
        "if undoing := log.find_undoing(tx, number):",
        "if undoing := None:",
        (TEST_UNDO + "test_of_many_concurrent_undoings_one_succeeds",),
    ),
    Guard(
        "a field changed since prevents undoing",
        UNDO,
        "if any(current.get(name) != value for name, (_, value) in changes.items()):",
        "if False:",
        (TEST_UNDO + "test_a_field_changed_since_prevents_undoing",),
    ),
    Guard(
        "a drawing that broke may have cost its whole hold",
        "bot/imagine/lifecycle.py",
        "spent = self._worst_case(job)",
        "spent = Close()",
        ("bot/imagine/test_outcomes.py::test_a_painter_that_breaks_may_have_cost_the_whole_hold",),
    ),
    Guard(
        "a job that was being drawn is not drawn again after a restart",
        "bot/imagine/lifecycle.py",
        'if job.state == "running":',
        "if False:",
        ("bot/imagine/test_recovery.py::test_a_running_job_is_explained_and_not_repeated",),
    ),
    Guard(
        "an answer alone does not book any amount",
        BILLING,
        "cost = min(response.count, max(images, MOST_BILLED)) * _answered_price(order, response)",
        "cost = response.count * _answered_price(order, response)",
        ("bot/painters/gateway/test_outcomes.py::test_one_answer_never_books_more_than_its_bound",),
    ),
    Guard(
        "a count of tokens never makes a charge negative",
        BILLING,
        "min(rates.cost(Tokens(image_out=tokens.image_out)), total)",
        "rates.cost(Tokens(image_out=tokens.image_out))",
        (TEST_BILLING + "test_a_count_beyond_the_bound_charges_no_less_than_nothing",),
    ),
    Guard(
        "a price of nothing is refused",
        "quotas/prices.py",
        "if 0 in micros.values():",
        "if False:",
        ("quotas/test_catalog.py::test_an_unknown_price_is_none_never_zero",),
    ),
    Guard(
        "an amount of dollars has a bound",
        "quotas/money.py",
        "if amount > MAX_DOLLARS:",
        "if False:",
        ("quotas/test_money.py::test_an_invalid_amount_raises_a_sentence",),
    ),
    Guard(
        "an amount finer than a micro-dollar is refused",
        "quotas/money.py",
        "if amount != amount.quantize(FINEST):",
        "if False:",
        ("quotas/test_money.py::test_an_invalid_amount_raises_a_sentence",),
    ),
]
