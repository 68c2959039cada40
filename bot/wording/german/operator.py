"""Lines that a shell prints about a serving process."""


def playground(url: str, *, samples: bool) -> str:
    return f"Die Spielwiese läuft unter {url}  Für Admins: {url}/admin  {_kind(samples)}  Strg+C beendet es."


def serving(platform: str, account: str, url: str, *, samples: bool) -> str:
    health = f"Ob alles gut läuft: {url}/readyz  Für Admins: {url}/admin"
    return f"Auf {platform} bin ich {account}.  {_kind(samples)}  {health}  Strg+C beendet es."


def _kind(samples: bool) -> str:
    if samples:
        return "Die Bilder sind Muster: Für echte setze CODEGATEWAY_API_KEY."
    return "Die Bilder kommen vom Gateway."
