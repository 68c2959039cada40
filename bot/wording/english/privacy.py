"""Data that is kept about people, a copy of it, and its deletion."""

from bot.wording.english.amounts import plural

FORGET_ME = "Forget you, and all that is kept about you?"
FORGET = "Forget me"
GOES = (
    "What goes: your prompts and pictures, your name, where you asked and who you are here, in every "
    "place where I know you by this identity."
)
STAYS = (
    "What stays: how much was drawn and spent, under a made-up name that nobody can trace to you. What "
    "you used of this month still counts if you come back within it, and a block or an allowance that "
    "was set for you holds."
)
POSTED = (
    "Pictures that are already posted stay where others see them. To take one away, press Delete on it,"
    " or react with 🗑️, before you go on: afterwards I no longer know that it is yours."
)
UNLINKED = "If you joined another identity, it is separated first, and is kept; ask there, too."
FORGOTTEN = (
    "Done: I know nothing about you any more. Whatever is already posted stays, as was said. I overwrite the "
    "last traces in my files in a quiet moment, within a day at the latest."
)
NOT_FORGOTTEN = (
    "I couldn't delete the pictures, so this isn't done yet. Please try again later. "
    "The operator finds the cause in my log."
)
NOTHING_KEPT = "There is nothing kept about this person."
COPY = "All that is kept about you"
MANY_COPIES = "I'm making copies for several people right now. Please try again in a minute."
FORGET_REASON, PURGE_REASON = "asked for by this person", "the bot was taken out of this workspace"
WORDS_OVER = "The words of this picture are no longer kept, as their time is over; type them anew."


def not_written(path: str, why: str) -> str:
    return f"{path} cannot be written ({why})."


def still_open(jobs: int) -> str:
    return (
        f"Not yet: {plural(jobs, 'request')} still open. Cancel what waits, or try again when it has arrived."
    )


def copied(jobs: int, in_file: int) -> tuple[str, ...]:
    """Describe the copy of a person's data. `in_file`: the count of jobs that it holds."""
    if in_file < jobs:
        return (
            f"The newest {in_file:,} of {jobs:,} requests; whoever runs this bot can give you all of them.",
        )
    return (f"{plural(jobs, 'request')}, with what is in the log about you, in one file.",)


def forgotten(pseudonym: str, jobs: int) -> str:
    """Tell the operator that a person was forgotten, and under which pseudonym the amounts are kept."""
    return f"Forgotten. {plural(jobs, 'request')}: amounts are kept under {pseudonym}."
