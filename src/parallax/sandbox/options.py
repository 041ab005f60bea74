"""How the sandbox behaves: everything that a contract leaves open is a switch."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SensorTowerSwitches:
    """`window_factor` x the windows of contract 4.3 is the largest one that is answered; None: any.

    `list_wrapped`: retention and demographics as a list of one object. `five_sources`: downloads by five sources instead
    of three. `store_naming`: session series of store ids as `apps`/`app_id`.
    `granular_sessions`: the newer version of these, which wants a date_granularity. `text_numbers`: estimates as texts.
    `grouped_demographics`: the other name of `normalized_demographics`. `bare_error`: app_overlap's errors as one object.
    `retry_after`: 429 says when to come back. `bearer`: the token is taken from the Authorization header too.
    `strict`: parameters that the contract does not know are refused.
    """

    per_second: int | None = 6
    monthly_limit: int | None = None
    window_factor: float | None = 1.0
    list_wrapped: bool = False
    five_sources: bool = False
    store_naming: bool = False
    granular_sessions: bool = False
    text_numbers: bool = False
    grouped_demographics: bool = False
    bare_error: bool = False
    retry_after: bool = True
    bearer: bool = True
    strict: bool = True


@dataclass(frozen=True, slots=True)
class KoreAiSwitches:
    """`drop_zero_dates`: days without anybody are left out. `rate_limit_status`: older servers are said to use others.

    `old_rate_limit_text`: their wording. `jti_once`: a token needs a jti, and each opens once.
    """

    per_minute: int | None = 60
    per_hour: int | None = 1_800
    drop_zero_dates: bool = False
    rate_limit_status: int = 429
    old_rate_limit_text: bool = False
    jti_once: bool = False
    strict: bool = True


@dataclass(frozen=True, slots=True)
class KaonSwitches:
    """`maps`: countries and languages as objects code -> number. `page`: records of the clickstream unless `limit` says.

    `most_records`: above it the vendor's database gives up. `other_client`: answers name another client than was asked.
    `cut_uids`: the uids string ends amid a uid. `names`: path of the file that PARALLAX_KAON_NAMES names, whose words are
    spoken then.
    """

    maps: bool = False
    page: int = 25
    most_records: int = 5_000
    other_client: bool = False
    cut_uids: bool = False
    names: str | None = None
    strict: bool = True


@dataclass(frozen=True, slots=True)
class Options:
    """`now`: where the sandbox's clock starts (None: it is the machine's). `port_base`: 0 is three free ports.

    `latency_ms`: of every answer.
    """

    now: datetime | None = None
    host: str = "127.0.0.1"
    port_base: int = 0
    latency_ms: float = 0.0
    sensor_tower: SensorTowerSwitches = field(default_factory=SensorTowerSwitches)
    kore_ai: KoreAiSwitches = field(default_factory=KoreAiSwitches)
    kaon: KaonSwitches = field(default_factory=KaonSwitches)
