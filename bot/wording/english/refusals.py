"""Refusals of a request, before anything is spent."""

from bot.wording.english.amounts import moment, plural, span
from bot.wording.shared import called
from quotas.catalog import Tier
from quotas.money import format_dollars
from quotas.records import Denied


def cannot(tier: Tier, what: str, instead: list[str]) -> str:
    others = f" {' or '.join(instead)} can." if instead else ""
    return f"{tier.title} cannot draw {what}.{others} Nothing was charged."


def prompt_too_long(tier: Tier, percent: int, instead: list[str]) -> str:
    others = f"{' or '.join(instead)} can take it. Or shorten" if instead else "Shorten"
    return f"Your prompt is too long for {tier.title}. {others} it by about {percent}%. Nothing was charged."


def tier_named(tier: Tier) -> str:
    """Name a tier by its model, and by the name that people type."""
    return f"{tier.title} (tier {tier.name})"


def no_tier(name: str, tiers: list[str]) -> str:
    return f"There is no tier {name!r}; choose {', '.join(tiers)}."


def no_style(name: str, styles: list[str], nearest: str) -> str:
    if not styles:
        return "This workspace has no styles yet; an admin can add one with /styles set. You weren't charged."
    meant = f" Did you mean {nearest}?" if nearest else f" Choose {', '.join(styles)}."
    return f"There is no style {name!r} here.{meant} You weren't charged."


def no_ratio(ratio: str, ratios: list[str]) -> str:
    return f"There is no ratio {ratio!r}; choose {', '.join(ratios)}."


def no_variants(variants: int, most: int) -> str:
    return f"{variants} is not possible; ask for 1 to {most} pictures at a time."


def other_quality(tier: Tier, quality: str) -> str:
    return f"{tier.title} has no quality {quality!r}; choose {', '.join(tier.qualities)}."


def no_quality(tier: Tier, others: list[str]) -> str:
    have = "has" if len(others) == 1 else "have"
    return f"{tier.title} has no quality to choose; {' and '.join(others)} {have}."


KEY_OFF = "The gateway refuses our key; the operator has been told."


def model_off(tier: Tier) -> str:
    return f"The gateway does not offer {tier.title} just now; the operator has been told."


def no_price(tier: Tier) -> str:
    return f"No price is known for {tier.title}, so it is not drawn. The operator can set one in the catalog."


def denied(why: Denied, now: float) -> str:
    if why.what == "blocked":
        who = "You are" if why.kind == "person" else "Everyone is"
        ends = f" It ends {_when(why, now)}." if why.frees_at is not None else ""
        return f"{who} blocked from drawing here; an admin can lift it.{ends}"
    if why.what == "paused":
        return "Drawing is paused here; an admin can resume it."
    if why.what == "tier":
        instead = f"; you may draw in {', '.join(why.allowed)}" if why.allowed else ", and no other is"
        return f"This tier is not open to you here{instead}."
    left = max(0, why.limit - why.used)
    amount = (lambda n: plural(n, "picture")) if why.what == "images" else format_dollars
    allows = f"{_whose(why)} allows {amount(why.limit)} per {why.period}"
    return f"{allows}; {amount(left)} left, and this asks for {amount(why.asked)}.{_frees(why, now)}"


def _whose(why: Denied) -> str:
    if why.joined:
        return "The smallest allowance of your joined identities"
    return {
        "person": "Your own allowance",
        "role": "Your role's allowance",
        "everyone": "Everyone's allowance",
        "channel": "This channel's limit",
        "workspace": "This workspace's limit",
        "bot": "The whole bot's limit",
    }[why.kind]


def _frees(why: Denied, now: float) -> str:
    if why.frees_at is None:
        return ""
    when = _when(why, now)
    if why.asked > why.limit > 0:
        return f" It renews {when}, but this asks for more than it ever holds."
    return f" It renews {when}." if why.limit else ""


def _when(why: Denied, now: float) -> str:
    at = now if why.frees_at is None else why.frees_at
    return f"in {span(at - now)} ({moment(at, why.zone)})"


# --- pictures that people send

MASK_ALONE = "A mask needs a picture to work from. Send the picture with it."
REFERENCES_GONE = (
    "The pictures that this was made from are no longer kept. Send them again. You weren't charged."
)


NO_PICTURES_HERE = "This message has no pictures that I could work from."
FORM_OVER = "This form is too old. Choose “Edit this” on the message again."


def typed_picture(flag: str) -> str:
    return f"{flag} takes a picture, which can't be typed."


_SEND_PICTURES = {
    "discord": "Choose a file at the options reference and mask of /imagine.",
    "slack": "Send /imagine by itself for a form that takes files, or mention me with the files attached.",
    "web": "Add your pictures beside the prompt.",
    "shell": "Use the command's own options: imagine draw --reference FILE --mask FILE.",
}


def send_pictures(platform: str) -> str:
    """Say how people send pictures to work from on a platform."""
    return _SEND_PICTURES.get(platform, "Send the picture as a file.")


def no_picture(name: str) -> str:
    return f"{called(name)} isn't a picture I can use. Send a PNG, JPEG, WebP or GIF."


def empty_file(name: str) -> str:
    return f"{called(name)} is empty. Send it again."


def unreadable_picture(name: str) -> str:
    return f"{called(name)} is damaged or cut short, so I can't read it. Send it again."


def file_elsewhere(name: str) -> str:
    return f"{called(name)} is only linked, so I can't use it. Upload the picture itself."


def file_gone(name: str) -> str:
    return f"{called(name)} is no longer there. Send it again."


def file_not_fetched(name: str) -> str:
    return f"I couldn't download {called(name)}. You weren't charged. Please try again in a minute."


def may_not_read(name: str, permission: str) -> str:
    """Refuse a file that the bot lacks the platform's permission for."""
    return (
        f"I'm not allowed to read {called(name)} here. "
        f"An admin has to install me again, with the permission {permission}."
    )


def slow_file(name: str) -> str:
    return f"{called(name)} took too long to download. Send it again."


def too_many_bytes(name: str, most: int) -> str:
    return f"{called(name)} is too large. A picture can have up to {most // 2**20} MB."


def too_many_pixels(name: str, most: int) -> str:
    return f"{called(name)} has too many pixels. A picture can have up to {most // 1_000_000} megapixels."


def other_mask_shape(name: str, mask: tuple[int, int], picture: tuple[int, int]) -> str:
    sizes = f"{mask[0]} × {mask[1]}, and your picture is {picture[0]} × {picture[1]}"
    return f"The mask {called(name)} has another shape: it is {sizes}. Make both the same shape."


def mask_protects_all(name: str) -> str:
    return f"The mask {called(name)} lets nothing change. Make transparent, or white, what may change."


def edits_with(tier: Tier) -> str:
    return f"Drawn with {tier.title}, which can work from your picture."


def mask_keeps_shape(ratio: str) -> str:
    """Say why another ratio is drawn than was asked for."""
    return f"With a mask, the picture keeps its own shape, so this is {ratio}."


def draw_with(tier: Tier, price: int) -> str:
    """Label the button that draws in another tier what this one cannot. `price`: micro-dollars, at most."""
    return priced(f"Draw with {tier.title}", price)


def priced(label: str, price: int) -> str:
    """Add a price at most, in micro-dollars, to the label of a button."""
    return f"{label} · {format_dollars(price)}"


def add_tier(tier: Tier, price: int) -> str:
    """Say how a shell draws in another tier what this one cannot. `price`: micro-dollars, at most."""
    return f"To draw this with {tier.title} ({format_dollars(price)}), add --tier {tier.name}."


def cannot_edit(tier: Tier, instead: list[str]) -> str:
    """Refuse references for a tier that takes none. `instead`: the tiers that do."""
    others = f" {' or '.join(instead)} can." if instead else ""
    return f"{tier.title} can't work from a picture.{others} You weren't charged."


def too_many_references(count: int, most: int) -> str:
    return f"You sent {count} pictures to work from. I can take up to {most}."
