"""Guards of rights and of privacy: who may do what, who sees what, what is forgotten."""

from tests.mutations.guard import Guard

RIGHTS, ADMIN, BUTTONS = "bot/people/rights.py", "bot/admin/commands.py", "bot/core/buttons.py"
PENDING, LINK, FORGET = "quotas/people/pending.py", "bot/people/link.py", "quotas/privacy/forget.py"
LOGS = "bot/telemetry/logs.py"
TEST_RIGHTS, TEST_CONFIRM = "bot/admin/test_rights.py::", "bot/admin/test_confirmations.py::"
TEST_BUTTONS, TEST_OTHERS = "bot/core/test_buttons.py::", "bot/core/test_buttons_that_draw_nothing.py::"
TEST_LINK, TEST_LOGS = "bot/people/test_link.py::", "bot/telemetry/test_logs.py::"
TEST_FORGET = "quotas/privacy/test_privacy.py::"

KEEPING, LISTS, FOUND = "bot/finding/keeping.py", "bot/finding/lists.py", "bot/finding/query.py"
TEST_KEEPING, TEST_LISTS = "bot/finding/test_keeping.py::", "bot/finding/test_lists.py::"

GUARDS = [
    Guard(
        "only the person who asked keeps a job with a star",
        KEEPING,
        "if person.id != job.person or await self.services.ledger.finding.keep(job.id):",
        "if await self.services.ledger.finding.keep(job.id):",
        (TEST_KEEPING + "test_only_the_person_who_asked_keeps",),
    ),
    Guard(
        "a list belongs to its workspace",
        LISTS,
        "if action is None or action.workspace != press.address.workspace:",
        "if action is None:",
        (TEST_LISTS + "test_a_page_button_is_its_persons_its_workspaces_and_expires",),
    ),
    Guard(
        "one finds only what is one's own",
        FOUND,
        "            person=person,\n",
        "",
        (TEST_LISTS + "test_only_ones_own_are_found_and_only_here",),
    ),
    Guard(
        "what is kept does not expire",
        "quotas/jobs/service.py",
        "AND COALESCE(comparison, id) NOT IN (SELECT job FROM collected)",
        "",
        (TEST_KEEPING + "test_what_is_kept_survives_the_tidying_until_it_is_dropped",),
    ),
    Guard(
        "only admins use the verbs",
        ADMIN,
        "if not may_administer(command.person, command.address.workspace, self.services.operators):",
        "if False:",
        (TEST_RIGHTS + "test_only_admins_and_operators_may_use_the_verbs",),
    ),
    Guard(
        "only operators change the whole bot",
        ADMIN,
        "if not self._may_change(person, address, change):",
        "if False:",
        (TEST_RIGHTS + "test_only_operators_may_change_the_whole_bot",),
    ),
    Guard(
        "an admin of a workspace is none of direct messages",
        RIGHTS,
        "(person.admin and workspace not in (DIRECT, ANY))",
        "person.admin",
        (TEST_RIGHTS + "test_only_admins_and_operators_may_use_the_verbs",),
    ),
    Guard(
        "whoever confirms is still an admin",
        ADMIN,
        "if not self._may_change(press.person, press.address, pending.change):",
        "if False:",
        (TEST_RIGHTS + "test_a_former_admin_cannot_confirm",),
    ),
    Guard(
        "a change is confirmed where it was asked for",
        ADMIN,
        "if pending is None or press.address.workspace != pending.asked_in:",
        "if pending is None:",
        (TEST_CONFIRM + "test_a_change_cannot_be_confirmed_from_another_workspace",),
    ),
    Guard(
        "a confirmation is one change",
        ADMIN,
        'request = f"confirm:{press.target}"',
        'request = f"confirm:{press.id}"',
        (TEST_CONFIRM + "test_presses_at_the_same_time_make_one_change",),
    ),
    Guard(
        "what waits for a press is its own person's",
        PENDING,
        "WHERE id = ? AND kind = ? AND person = ? AND",
        "WHERE id = ? AND kind = ? AND (1 OR person = ?) AND",
        ("quotas/people/test_pending.py::test_an_action_is_for_its_person_and_of_its_kind",),
    ),
    Guard(
        "what waits for a press ends",
        PENDING,
        "AND (until IS NULL OR until > ?)",
        "AND (1 OR until > ?)",
        ("quotas/people/test_pending.py::test_an_action_ends_on_time",),
    ),
    Guard(
        "only the requester, admins and operators cancel and delete",
        BUTTONS,
        "return person.id == job.person or person.admin or person.id in self.services.operators",
        "return True",
        (TEST_OTHERS + "test_nobody_else_may_cancel_a_job",),
    ),
    Guard(
        "a button of another workspace finds nothing",
        BUTTONS,
        "or not _is_visible_from(job, press.address, press.person):",
        "or False:",
        (TEST_BUTTONS + "test_a_button_of_another_workspace_finds_nothing",),
    ),
    Guard(
        "a copied button reveals nothing private",
        BUTTONS,
        "return None if elsewhere or hidden else job",
        "return None if elsewhere else job",
        (TEST_BUTTONS + "test_a_copied_button_reveals_nothing_private",),
    ),
    Guard(
        "a button works only in the direct messages of its job",
        BUTTONS,
        "return None if elsewhere or hidden else job",
        "return None if hidden else job",
        (TEST_BUTTONS + "test_a_button_works_only_in_the_direct_messages_of_its_job",),
    ),
    Guard(
        "only the requester shares",
        BUTTONS,
        "if press.person.id != job.person:",
        "if False:",
        (TEST_OTHERS + "test_share_makes_it_public_and_costs_nothing",),
    ),
    Guard(
        "only the requester sees what waits",
        BUTTONS,
        "if person.id != job.person:\n            return Notice(sentence=wording.NO_SUCH_JOB)",
        "if False:\n            return Notice(sentence=wording.NO_SUCH_JOB)",
        ("bot/imagine/test_waiting.py::test_show_costs_nothing_and_is_for_the_requester_alone",),
    ),
    Guard(
        "only admins of the workspace answer a request for more",
        "bot/admin/raise_requests.py",
        "if not may_administer(press.person, request.workspace, self.services.operators):",
        "if False:",
        ("bot/admin/test_raise_requests.py::test_nobody_but_admins_of_the_workspace_may_answer",),
    ),
    Guard(
        "a request for more is answered once",
        "bot/admin/raise_requests.py",
        'by = {"author": person.id, "request_id": f"more:{press.target}"}',
        'by = {"author": person.id, "request_id": f"more:{press.id}"}',
        ("bot/admin/test_raise_requests.py::test_a_crash_between_the_answer_and_its_messages",),
    ),
    Guard(
        "members see their own usage alone",
        "bot/reports/usage.py",
        "if person != me and not is_admin:",
        "if False:",
        ("bot/reports/test_reports.py::test_others_see_only_their_own_usage",),
    ),
    Guard(
        "a setting is not for another workspace's channel",
        "bot/admin/parse.py",
        "if adapter is not None and adapter.owns_channel(self.workspace, channel) is False:",
        "if False:",
        ("bot/admin/test_notify.py::test_a_channel_of_another_workspace_is_refused",),
    ),
    Guard(
        "a name is looked up in its workspace",
        "bot/people/lookup.py",
        "people = {person: name for place, person, name in rows if workspace in (place, ANY)}",
        "people = {person: name for place, person, name in rows}",
        ("bot/admin/test_verbs.py::test_a_name_from_another_workspace_is_unknown_here",),
    ),
    Guard(
        "both sides join, each by its own press",
        LINK,
        "return press.person.id == identity.person and",
        "return True or",
        (TEST_LINK + "test_one_side_alone_joins_nobody",),
    ),
    Guard(
        "codes cannot be guessed by trying",
        LINK,
        "if len(times) >= TRIES:",
        "if False:",
        (TEST_LINK + "test_codes_cannot_be_guessed_by_trying",),
    ),
    Guard(
        "a code is for whoever types it first",
        LINK,
        "if offer is None or not (offer.taker is None or _is_same(offer.taker, identity)):",
        "if offer is None:",
        (TEST_LINK + "test_a_code_is_for_whoever_types_it_first",),
    ),
    Guard(
        "a private request is answered to its person alone",
        "bot/imagine/request.py",
        "address = replace(address, private_to=person.id)",
        "pass",
        ("bot/imagine/test_lifecycle.py::test_a_private_job_without_a_card_stays_private",),
    ),
    Guard(
        "an outcome without pictures is told to its person alone",
        "bot/imagine/delivery.py",
        "private = replace(address_of(job, self._services.clock()), private_to=job.person)",
        "private = address_of(job, self._services.clock())",
        ("bot/imagine/test_outcomes.py::test_without_a_picture_there_is_no_charge",),
    ),
    Guard(
        "forgetting erases prompts",
        "quotas/privacy/rest.py",
        "request = '', address = '',",
        "address = '',",
        (TEST_FORGET + "test_no_file_has_anything_of_a_forgotten_person",),
    ),
    Guard(
        "forgetting erases names",
        FORGET,
        "tx.execute(_UNNAME, (workspace, whose.person))",
        "pass",
        (TEST_FORGET + "test_no_file_has_anything_of_a_forgotten_person",),
    ),
    Guard(
        "nobody is forgotten while a job is open",
        FORGET,
        "if open_jobs := count_open(tx, person, where):",
        "if open_jobs := 0:",
        (TEST_FORGET + "test_nobody_is_forgotten_while_a_job_is_open",),
    ),
    Guard(
        "forgetting gives no new allowance",
        "quotas/privacy/returning.py",
        "tx.execute(_COUNT, (workspace, person, period, *amounts))",
        "pass",
        (TEST_FORGET + "test_forgetting_gives_no_new_allowance",),
    ),
    Guard(
        "secrets in use are hidden in the log",
        LOGS,
        "if self.secret_values:",
        "if False:",
        (TEST_LOGS + "test_secrets_in_use_are_hidden_whatever_their_shape",),
    ),
    Guard(
        "what looks like a token is hidden in the log",
        LOGS,
        """return _SECRETS.sub(lambda match: f"{match['address'] or ''}{HIDDEN}", text)""",
        "return text",
        (TEST_LOGS + "test_no_secret_gets_through",),
    ),
    Guard(
        "fields with secret names are dropped from the log",
        LOGS,
        "return None if _SECRET_KEY.search(key) else self.text(key)",
        "return self.text(key)",
        (TEST_LOGS + "test_fields_with_secret_names_are_dropped_at_any_depth",),
    ),
    Guard(
        "a key in place of a code is not kept",
        "bot/painters/gateway/errors.py",
        "and not _KEY_NAME.search(text)",
        "",
        ("bot/painters/gateway/test_errors.py::test_a_key_in_place_of_a_name_is_not_kept",),
    ),
]
