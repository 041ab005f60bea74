"""`parallax sandbox`: fakes of the three vendors, until it is told to stop."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

if TYPE_CHECKING:
    from parallax.sandbox.faults import Fault
    from parallax.sandbox.options import Options
    from parallax.sandbox.server import Sandbox

FIRST_PORT = 8100
VENDORS = ("sensor_tower", "kore_ai", "kaon")
app = App(
    name="sandbox",
    help="\n\n".join(
        (
            "Run fakes of the three vendors on this machine, to try them without accounts.",
            "They answer as the vendors' contracts say, with the same data at every start, among them those of the demo's "
            "apps. Each listens on a port of its own; /control/faults on it makes things go wrong, /control/calls tells "
            "what was asked.",
        )
    ),
    help_format="plaintext",
    help_epilogue="""Examples:
    parallax sandbox
    parallax sandbox --port-base 9100 --latency-ms 150
    parallax sandbox --fault '{"vendor": "kaon", "kind": "hang", "next_calls": 3}'
    curl -s http://127.0.0.1:8100/control/faults -d '{"kind": "status", "status": 429, "next_calls": 2}'

Kinds of faults: status (with "status" and "retry_after"), latency ("ms"), hang, html, truncated, wrong_types,
error_inside, empty, huge ("size"), half_open, redirect ("location"). Each may have "path" (how the path begins), "query"
(what the query holds) and "next_calls" (it ends after so many).

Exit codes: 0 stopped, 1 could not start, 2 wrong usage.""",
)


@app.default
def sandbox(
    *,
    port_base: Annotated[
        int, Parameter(help="Port of Sensor Tower; Kore.ai and Kaon take the two after it. 0: any free ones.")
    ] = FIRST_PORT,
    latency_ms: Annotated[float, Parameter(help="How long every answer takes.")] = 0,
    today: Annotated[date | None, Parameter(help="Which day it is there (default: the real one).")] = None,
    fault: Annotated[
        tuple[str, ...],
        Parameter(negative=(), show_default=False, help="What goes wrong from the start, as JSON; may be repeated."),
    ] = (),
    unlimited: Annotated[bool, Parameter(help="No rate limits.", negative="")] = False,
) -> None:
    from datetime import UTC, datetime, time

    from parallax.commands.running import run_loop, say
    from parallax.errors import SetupError
    from parallax.sandbox.options import KoreAiSwitches, Options, SensorTowerSwitches

    if not 0 <= port_base <= 65_533:
        raise SetupError("--port-base must be between 0 and 65533.")
    if latency_ms < 0:
        raise SetupError("--latency-ms must not be below 0.")
    options = Options(
        now=None if today is None else datetime.combine(today, time(12), UTC),
        port_base=port_base,
        latency_ms=latency_ms,
        sensor_tower=SensorTowerSwitches(per_second=None) if unlimited else SensorTowerSwitches(),
        kore_ai=KoreAiSwitches(per_minute=None, per_hour=None) if unlimited else KoreAiSwitches(),
    )
    run_loop(_run(options, [_fault(text) for text in fault]))
    say("Stopped.")


def _fault(text: str) -> "tuple[str | None, Fault]":
    """With the vendor that it is for; None: all."""
    import json

    from parallax.errors import SetupError
    from parallax.sandbox.faults import Fault

    try:
        given = json.loads(text)
        vendor = given.pop("vendor", None)
        if vendor not in (None, *VENDORS):
            raise ValueError(f"vendor must be one of {', '.join(VENDORS)}")
        return vendor, Fault(**given)
    except (ValueError, TypeError, AttributeError) as error:
        raise SetupError(f"--fault {text} cannot be used: {error}.") from None


async def _run(options: "Options", faults: "list[tuple[str | None, Fault]]") -> None:
    import asyncio
    import logging
    import signal

    from parallax.errors import SetupError
    from parallax.sandbox.server import opened, running

    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # broken connections are asked for here
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    try:
        doors = opened(options)
    except OSError as error:
        last = options.port_base + 2
        raise SetupError(
            f"Cannot listen on ports {options.port_base} to {last} ({error.strerror}): choose others with --port-base."
        ) from None
    async with running(options, doors) as ready:
        for vendor, fault in faults:
            (ready if vendor is None else getattr(ready, vendor)).faults(fault)
        print(_told(ready), flush=True)
        await told.wait()


def _told(sandbox: "Sandbox") -> str:
    tower, kore, kaon = sandbox.sensor_tower, sandbox.kore_ai, sandbox.kaon
    lines = [
        "Parallax sandbox is ready (stop: Ctrl-C).",
        "",
        "Settings for the gateway:",
        f"PARALLAX_SENSOR_TOWER_URL={tower.url}",
        f"PARALLAX_KAON_URL={kaon.url}",
        f"PARALLAX_VENDOR_ALLOW_HOSTS={sandbox.hosts}",
        "",
        "Credentials that it accepts (expired: was valid once; narrow: without some data):",
        f"Sensor Tower  {tower.url}",
        *(f"    {name:8} auth token {account.token}" for name, account in tower.accounts.items()),
        f"Kore.ai       {kore.url}",
        *(
            f"    {name:8} client id {each.client_id}  secret {each.client_secret}"
            for name, each in kore.accounts.items()
        ),
        f"Kaon          {kaon.url}",
        *(f"    {name:8} API key {account.api_key}" for name, account in kaon.accounts.items()),
        "",
        f"Products with their ids: {tower.url}/control/products",
    ]
    return "\n".join(lines)
