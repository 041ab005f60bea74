"""What log lines must not say: known secrets wherever they stand, what looks like a token, and what is called a secret."""

import re
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import parse_qs, quote, quote_plus, unquote, urlsplit

import orjson

HIDDEN: Final = "[hidden]"
SHORTEST: Final = 6
"""Characters of a text that is hidden wherever it stands: a shorter one would tear up lines that have it by chance."""

CALLED_SECRET: Final = re.compile(
    r"(?:authorization|cookie|credentials?|passw(?:or)?d|secret|api_?key|secret_?key|private_?key|token|jwt|variable|dsn|url)s?$",
    re.IGNORECASE,
)
LOOKS_SECRET: Final = (
    rb"plx_[A-Za-z0-9_-]{16,}",  # an API token, cut short or not
    rb"eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,2}",  # a JWT
    rb"(?<=earer )[^\s\"\\]+",
    rb"(?<=://)[^\s\"/@]*:[^\s\"/]*(?=@)",  # account and password of a URL
)
REACH: Final = 4096
"""Characters behind the end of a text that is cut, within which what only looks like a secret is known for one."""
BEGINNINGS: Final = (b"plx_", b"eyJ", b"earer ", b"://")
"""What every one of `LOOKS_SECRET` holds: looking for these is much quicker than for the patterns."""

_known: set[bytes] = set()
_signs: tuple[bytes, ...] = BEGINNINGS
_pattern = re.compile(b"|".join(LOOKS_SECRET))


def hide(*secrets: str | None) -> None:
    """From here on no log line holds these texts, however a URL or JSON writes them; of a URL it is the password."""
    global _signs, _pattern
    fresh = {
        form
        for secret in secrets
        if secret
        for text in (_passwords(secret) if "://" in secret else (secret,))
        if len(text) >= SHORTEST
        for form in (text.encode("utf-8", "replace"), orjson.dumps(text)[1:-1], *map(str.encode, _quoted(text)))
    }
    if fresh <= _known:  # as nearly always: a credential is told of again whenever it is used
        return
    _known.update(fresh)
    longest_first = sorted(_known, key=len, reverse=True)
    _signs = (*BEGINNINGS, *longest_first)
    _pattern = re.compile(b"|".join((*map(re.escape, longest_first), *LOOKS_SECRET)))


def hide_settings(settings: Iterable[tuple[str, Any]]) -> None:
    """Hides every setting that is kept as a secret, and each of those that it lists by comma."""
    texts = [value.get_secret_value() for _, value in settings if hasattr(value, "get_secret_value")]
    hide(*texts, *(part.strip() for text in texts if "://" not in text for part in text.split(",")))


def by_value(line: bytes) -> bytes:
    """The line without known secrets, and without what looks like one."""
    for sign in _signs:
        if sign in line:
            return _pattern.sub(HIDDEN.encode(), line)
    return line


def may_be_token(name: str) -> bool:
    """Of a name without spaces and slashes: whether `by_value` could find anything in it that a caller can know."""
    return "plx_" in name or "eyJ" in name


def by_name(_: Any, __: str, entry: Any) -> Any:
    """The entry without values whose name says that they are secret, at any depth: a step of structlog's."""
    return _named(entry)


def _named(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: HIDDEN if _is_secret(name, inner) else _named(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_named(inner) for inner in value]
    return value


def _is_secret(name: Any, value: Any) -> bool:
    """Numbers are none: counts stand beside the names of statements, and those name tokens as well."""
    return isinstance(name, str) and not isinstance(value, int | float | None) and bool(CALLED_SECRET.search(name))


def _passwords(url: str) -> Iterable[str]:
    try:
        parts = urlsplit(url)
        found = [parts.password or "", *parse_qs(parts.query).get("password", ())]
    except ValueError:  # no URL after all
        return (url,)
    return {form for each in found for form in (each, unquote(each))}


def _quoted(text: str) -> Iterable[str]:
    """As a URL writes it."""
    return quote(text, safe="", errors="replace"), quote_plus(text, errors="replace")


def excerpt(text: str, most: int) -> str:
    """The beginning of somebody else's words, on one line, fit to be shown: no secret, no tag, no control character."""
    plain = _beginning(text, 4 * most).decode("utf-8", "replace")
    plain = " ".join(re.sub(r"<[^>]*>|[^\x20-\x7e\u00a0-\uffff]", " ", plain).split())
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"


def _beginning(text: str, most: int) -> bytes:
    """So many characters, without secrets: one that only begins there is hidden as well."""
    reach = most + max(REACH, *map(len, _signs))
    line, ends = text[:reach].encode("utf-8", "replace"), len(text[:most].encode("utf-8", "replace"))
    shown, at = b"", 0
    for secret in _pattern.finditer(line):
        if secret.start() >= ends:
            break
        shown += line[at : secret.start()] + HIDDEN.encode()
        at = secret.end()
    return shown + line[at:ends]
