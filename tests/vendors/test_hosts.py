"""Which hosts a secret may be sent to."""

import pytest

from parallax.vendors.hosts import Allowed

OWN = ["api.sensortower.com", "*.kore.ai"]
ALLOWED = Allowed.of(OWN, "127.0.0.1:8811, proxy.example, [::1]:9000")


@pytest.mark.parametrize(
    ("text", "base"),
    [
        ("platform.kore.ai", "https://platform.kore.ai"),
        ("https://platform.kore.ai/", "https://platform.kore.ai"),
        ("https://https://platform.kore.ai", "https://platform.kore.ai"),
        ("HTTPS://Platform.Kore.AI:443", "https://platform.kore.ai"),
        ("http://platform.kore.ai", "https://platform.kore.ai"),
        ("http://127.0.0.1:8811", "http://127.0.0.1:8811"),
        ("http://proxy.example", "http://proxy.example"),
        ("https://proxy.example:8443", "https://proxy.example:8443"),
        ("http://[::1]:9000", "http://[::1]:9000"),
    ],
)
def test_an_allowed_host_is_scheme_and_host(text: str, base: str) -> None:
    assert ALLOWED.base(text) == base


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://",
        "file:///etc/passwd",
        "ftp://platform.kore.ai",
        "169.254.169.254",
        "http://169.254.169.254/latest/meta-data",
        "http://127.0.0.1",
        "http://127.0.0.1:8812",
        "http://2130706433",
        "http://0x7f.1",
        "http://0177.0.0.1",
        "https://[::ffff:127.0.0.1]",
        "localhost",
        "kore.ai.evil.example",
        "evilkore.ai",
        "platform.kore.ai.",
        "platform.kore.ai:8443",
        "platform.kore.ai@evil.example",
        "https://user:pass@platform.kore.ai",
        "platform.kore.ai/path",
        "platform.kore.ai?x=1",
        "platform.kore.ai#x",
        "platform.kore.ai\r\nX-Injected: 1",
        "platform.kore.ai\\@evil.example",
        "plätform.kore.ai",
        "platform.kore.ai:99999",
        "a" * 400 + ".kore.ai",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^(is|must)"):
        ALLOWED.base(text)


def test_a_named_host_without_a_port_stands_for_all_of_them() -> None:
    assert Allowed.of((), "inner").base("http://inner:1234") == "http://inner:1234"
