"""The narrow roles that serve: made by `migrate`, checked by `serve`.

The reading role reads, the writing role writes, the role for free SQL may touch nothing yet. Their passwords are derived
from PARALLAX_SECRET_KEY, so that one DATABASE_URL suffices; only SCRAM verifiers of them travel to the server.

A new key is put before the one in use: `make` then signs scopes with it and seals credentials with it, and goes on to
believe scopes of the one before until it is called without that.
"""

import base64
import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit
from uuid import UUID

from pydantic import SecretStr

from parallax.db import Owner, connected
from parallax.errors import SetupError
from parallax.migrations.resealing import reseal
from parallax.scopes import SEAL_S, Scope, sealed
from parallax.settings import Settings, derived

ATTRIBUTES = "login nosuperuser nocreatedb nocreaterole noreplication nobypassrls connection limit -1"
# Which of the roles there are, and whether this one may make and alter them (altering needs the admin option from 16 on).
MAKING = """
select name, other.oid is not null as exists, me.rolsuper or me.rolcreaterole as creates,
       me.rolsuper or me.rolcreaterole and (current_setting('server_version_num')::integer < 160000
           or pg_has_role(other.oid, 'usage with admin option')) as alters
from unnest($1::text[]) as name
left join pg_roles other on other.rolname = name
cross join (select rolsuper, rolcreaterole from pg_roles where rolname = current_user) as me
"""
PROBE = UUID("00000000-0000-7000-8000-000000000001")
OTHER_KEY = (
    "The database was set up with another PARALLAX_SECRET_KEY (or key file in PARALLAX_DATA_DIR): give that one."
)
NEW_KEY = (
    "To change it, give both, the new one first (PARALLAX_SECRET_KEY=new,old), and migrate. Where the old one is lost, stop "
    "every gateway, run `delete from parallax_private.signing` as the tables' owner, then `parallax migrate` with the new "
    "key, and connect the vendors anew."
)
SIGNED = """
insert into parallax_private.signing as held (key) values ($1)
on conflict (single) do update
    set earlier = case when held.key <> $1 then held.key when held.earlier = any($2::bytea[]) then held.earlier end,
        key = $1
"""


@dataclass(frozen=True, slots=True)
class Roles:
    """Names and passwords of the serving roles of one installation; `secrets` are all keys, the one in use first."""

    prefix: str
    app_password: str
    ingest_password: str
    sql_password: str
    secrets: tuple[bytes, ...]

    @classmethod
    def of(cls, settings: Settings) -> "Roles":
        """Passwords are those in the roles' own URLs where these are given, else derived from the key."""
        app, ingest, sql = (settings.derived(f"role/{name}").hex() for name in ("app", "ingest", "sql"))
        app, ingest = _password(settings.app_url) or app, _password(settings.ingest_url) or ingest
        return cls(settings.role_prefix, app, ingest, sql, settings.secrets)

    @property
    def scope_keys(self) -> list[bytes]:
        return [derived(secret, "scope") for secret in self.secrets]

    def urls(self, owner_url: str) -> tuple[str, str]:
        """The reading and the writing role's URL for the database of `owner_url`."""
        return (
            _as_role(owner_url, f"{self.prefix}_app", self.app_password),
            _as_role(owner_url, f"{self.prefix}_ingest", self.ingest_password),
        )

    @property
    def names(self) -> dict[str, str]:
        return {part: f"{self.prefix}_{part}" for part in ("app", "ingest", "sql")}

    async def check(self, owner: Owner) -> None:
        """Refuses what `make` could not do, or should not: with what to do about it, before anything is changed."""
        rows = await owner.rows(MAKING, list(self.names.values()))
        role = await owner.value("select current_user::regrole::text")
        missing = [row["name"] for row in rows if not row["exists"]]
        if missing and not rows[0]["creates"]:
            raise SetupError(
                f"Role {role} may not create roles: as a superuser run `alter role {role} createrole`, or make them "
                f"there: `create role {missing[0]} {ATTRIBUTES} password '…'`, likewise {', '.join(missing[1:])}; "
                "their URLs then go in PARALLAX_APP_URL and PARALLAX_INGEST_URL."
            )
        fixed = [row["name"] for row in rows if row["exists"] and not row["alters"]]
        if fixed and rows[0]["creates"]:
            raise SetupError(
                f"Role {role} may not change {', '.join(fixed)}: as a superuser run `grant {', '.join(fixed)} to {role} "
                "with admin option`, or set PARALLAX_ROLE_PREFIX if they are another installation's."
            )
        if await owner.value("select to_regclass('parallax_private.signing')") is not None:
            held = await owner.value("select key from parallax_private.signing")
            if held is not None and held not in self.scope_keys:
                raise SetupError(f"{OTHER_KEY} {NEW_KEY}")

    async def make(self, owner: Owner) -> None:
        """Roles, their grants, and the key that their scopes are sealed with."""
        passwords = {"app": self.app_password, "ingest": self.ingest_password, "sql": self.sql_password}
        rows = {row["name"]: row for row in await owner.rows(MAKING, list(self.names.values()))}
        async with owner.transaction():
            await owner.rows("select pg_advisory_xact_lock(hashtext('parallax.roles'))")
            for part, name in self.names.items():
                if not rows[name]["exists"]:
                    await owner.script(f'create role "{name}" {ATTRIBUTES}')
                # Without the right to do so they are somebody else's, and have their own URLs.
                if not rows[name]["exists"] or rows[name]["alters"]:
                    await owner.script(f"alter role \"{name}\" password '{scram_verifier(passwords[part])}'")
            database = await owner.value("select quote_ident(current_database())")
            quoted = {part: f'"{name}"' for part, name in self.names.items()}
            grants = (Path(__file__).parent / "grants.sql").read_text()
            await owner.script(grants.format(database=database, **quoted))
            key, *earlier = self.scope_keys
            await owner.rows(SIGNED, key, earlier)
            if earlier:
                await reseal(owner, self.secrets, key)
        if not await owner.value("select has_database_privilege($1, current_database(), 'connect')", self.names["app"]):
            raise SetupError(
                f"The serving roles may not connect: as the database's owner run `grant connect on database {database} "
                f"to {', '.join(quoted.values())}`."
            )

    async def check_key(self, reading_url: str) -> None:
        """Refuses a database whose scopes are signed with another key: every answer would be empty."""
        async with connected(reading_url, search_path="parallax") as role:
            believed = [await _believes(role, key) for key in self.scope_keys]
            if believed[0]:
                return
            if any(believed):
                raise SetupError(
                    "The database does not know the first of the keys in PARALLAX_SECRET_KEY yet: migrate."
                )
            apart_s = round(abs(time.time() - float(await role.value("select extract(epoch from clock_timestamp())"))))
        if apart_s > SEAL_S / 2:
            raise SetupError(f"The clocks of this machine and of the database are {apart_s} s apart: set them right.")
        raise SetupError(f"{OTHER_KEY} {NEW_KEY}")


async def _believes(role: Owner, scope_key: bytes) -> bool:
    await role.value("select set_config('parallax.scope', $1, false)", sealed(Scope.of(PROBE), scope_key, time.time()))
    return bool(await role.value("select scope()") == [PROBE])


def scram_verifier(password: str) -> str:
    """What PostgreSQL stores of a password (RFC 5803): sent in its place, so that no server log ever holds it."""
    salt, rounds = secrets.token_bytes(16), 4096
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    salt64, stored64, server64 = (base64.b64encode(part).decode() for part in (salt, stored, server))
    return f"SCRAM-SHA-256${rounds}:{salt64}${stored64}:{server64}"


def _password(url: SecretStr | None) -> str | None:
    given = urlsplit(url.get_secret_value()).password if url is not None else None
    return None if given is None else unquote(given)


def _as_role(url: str, role: str, password: str) -> str:
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    query = [(key, value) for key, value in parse_qsl(parts.query) if key not in ("user", "password")]
    return urlunsplit(parts._replace(netloc=f"{role}:{quote(password)}@{place}", query=urlencode(query)))


OPEN_TABLES = """
select c.oid::regclass::text as name
from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'client_id' and not a.attisdropped
where c.relnamespace = 'parallax'::regnamespace and c.relkind in ('r', 'p')
  and not (c.relrowsecurity and c.relforcerowsecurity and exists (select from pg_policy p where p.polrelid = c.oid))
order by 1
"""
UNSAFE_ROLE = """
select current_user::text as role, r.rolsuper, r.rolbypassrls,
       exists (select from pg_class where relnamespace = 'parallax'::regnamespace
               and pg_has_role(current_user, relowner, 'usage')) as owns,
       has_database_privilege(current_database(), 'temporary') as may_shadow,
       quote_ident(current_database()) as database
from pg_roles r where r.rolname = current_user
"""


async def check_serving(*urls: str) -> None:
    """Refuses to serve as a role, or on tables, that row-level security does not bind."""
    for url in urls:
        async with connected(url) as role:
            [row] = await role.rows(UNSAFE_ROLE)
            wrong = [
                what
                for what, bad in (
                    ("a superuser", row["rolsuper"]),
                    ("exempt from row-level security", row["rolbypassrls"]),
                    ("owner of the tables", row["owns"]),
                )
                if bad
            ]
            if wrong:
                raise SetupError(
                    f"Role {row['role']} is {' and '.join(wrong)}: the gateway serves only as the roles that "
                    "`parallax migrate` makes. Leave PARALLAX_APP_URL and PARALLAX_INGEST_URL unset, or name those roles."
                )
            if row["may_shadow"]:
                raise SetupError(
                    f"Role {row['role']} may make temporary tables: as the database's owner run "
                    f"`revoke temporary on database {row['database']} from public`."
                )
            names = [each["name"] for each in await role.rows(OPEN_TABLES)]
            if names:
                raise SetupError(f"Without forced row-level security: {', '.join(names)}. Run `parallax migrate`.")
