"""Lines that a shell prints about a serving process."""


def playground(url: str, *, samples: bool) -> str:
    return f"The playground is at {url}  For admins: {url}/admin  {_kind(samples)}  Ctrl-C stops it."


def serving(platform: str, account: str, url: str, *, samples: bool) -> str:
    health = f"Whether it is well: {url}/readyz  For admins: {url}/admin"
    return f"Serving {platform} as {account}.  {_kind(samples)}  {health}  Ctrl-C stops it."


def _kind(samples: bool) -> str:
    if samples:
        return "Pictures are samples: set CODEGATEWAY_API_KEY for real ones."
    return "Pictures come from the gateway."
