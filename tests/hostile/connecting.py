"""The places of links, credentials and sources that take a text: an operation with the variable `x` there."""

from tests.seeds import MAPS, NORDLYS, NOTES

ERRORS = "userErrors { code field message }"
STREAM = "st-018f0000-0000-7000-8000-0000000000f1"


def linked(to: str, app: str = f'"{NOTES}"', kind: str = "String!", label: str = '"new"') -> str:
    shown = "link { label }" if label else "link { key }"
    given = f"app: {app}, to: {{ {to} }}" + (f", label: {label}" if label else "")
    return f"mutation($x: {kind}) {{ appLink(input: {{ {given} }}) {{ {shown} {ERRORS} }} }}"


def connected(credentials: str, client: str = f'"{NORDLYS}"', kind: str = "String!") -> str:
    given = f"client: {client}, credentials: {{ {credentials} }}"
    return f"mutation($x: {kind}) {{ vendorConnect(input: {{ {given} }}) {{ {ERRORS} }} }}"


def kore_ai(argument: str) -> str:
    given = {"host": '"platform.kore.ai"', "clientId": '"cs-1"', "clientSecret": '"a client secret"'} | {argument: "$x"}
    return connected(f"koreAi: {{ {', '.join(f'{name}: {value}' for name, value in given.items())} }}")


def source(shown: str, name: str = '"kaon"') -> str:
    return f'($x: String) {{ client(id: "{NORDLYS}") {{ source(name: {name}) {{ {shown} }} }} }}'


PLACES = {
    "Client.source.name": source("name", "$x").replace("String", "String!"),
    "DataSource.fields.search": source("fields(search: $x) { name }"),
    "AppLinkInput.app": linked(f'koreAi: {{ streamId: "{STREAM}" }}', "$x", "ID!"),
    "AppLinkInput.label": linked('sensorTower: { ios: "1" }', kind="String", label="$x"),
    "AppUnlinkInput.link": f"mutation($x: ID!) {{ appUnlink(input: {{ link: $x }}) {{ app {{ name }} {ERRORS} }} }}",
    **{
        f"StoreAppKeyInput.{store}": linked(f"sensorTower: {{ {store}: $x }}", label="")
        for store in ("unified", "ios", "android")
    },
    "KoreAiKeyInput.streamId": linked("koreAi: { streamId: $x }", label=""),
    "KaonKeyInput.clientKey": linked("kaon: { clientKey: $x }", f'"{MAPS}"', label=""),
    "KaonKeyInput.apiKey": linked('kaon: { clientKey: "acme", apiKey: $x }', kind="String"),
    "VendorConnectInput.client": connected('kaon: { apiKey: "no key of anybody" }', "$x", "ID!"),
    "VendorDisconnectInput.client": f"mutation($x: ID!) {{ vendorDisconnect(input: {{ client: $x, system: KAON }}) "
    f"{{ {ERRORS} }} }}",
    "SensorTowerCredentialsInput.authToken": connected("sensorTower: { authToken: $x }"),
    "KaonCredentialsInput.apiKey": connected("kaon: { apiKey: $x }"),
    **{f"KoreAiCredentialsInput.{name}": kore_ai(name) for name in ("host", "clientId", "clientSecret")},
}
