// What the scripts share: where the gateway is, who asks, and a change that a subscription must tell of.
export const url = `${process.env.GATEWAY_URL}/graphql`;
export const socketUrl = url.replace(/^http/, "ws");
export const client = process.env.CLIENT;
export const { MAPS: maps, SILENT: silent } = process.env;
export const reader = { authorization: `Bearer ${process.env.VIEWER}` };
export const writer = { authorization: `Bearer ${process.env.EDITOR}` };

export const DAY = "2026-03-02";
export const METRIC = `query MetricOf($client: ID!, $app: ID!) {
  client(id: $client) {
    app(id: $app) { activity(metric: USER_COUNT, period: {start: "${DAY}", end: "${DAY}"}) { id total } }
  }
}`;
export const CHANGES = "subscription Changes($id: ID!) { metricChanged(id: $id) { id total } }";

/** The answer to one operation, by nothing but fetch. */
export async function asked(query, variables, headers = reader) {
  const response = await fetch(url, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json", accept: "application/graphql-response+json" },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

/** The series that the subscriptions watch: how many used Silent on DAY. */
export async function watched() {
  return (await asked(METRIC, { client, app: silent })).client.app.activity;
}

export const TRACK = `mutation Track($client: ID!, $reports: [UsageReportInput!]!) {
  usageTrack(client: $client, reports: $reports) { accepted userErrors { message } }
}`;

/** What TRACK needs for one more user of Silent on DAY. */
export function onceMore() {
  const user = `user-${crypto.randomUUID()}`;
  return { client, reports: [{ app: silent, user, date: DAY, activeMs: 1000, sessions: 1 }] };
}

export async function oneMoreUser() {
  const { usageTrack } = await asked(TRACK, onceMore(), writer);
  if (usageTrack.accepted !== 1) throw new Error(JSON.stringify(usageTrack));
}

/** A fetch that notes what it sends: method, whether the operation's text was in it, and the status that came back. */
export function noted(sent) {
  return async (address, init = {}) => {
    const response = await fetch(address, init);
    const hasText = init.body ? "query" in JSON.parse(init.body) : new URL(address).searchParams.has("query");
    const method = init.method ?? "GET";
    sent.push({ method, hasText, status: response.status, type: response.headers.get("content-type") });
    return response;
  };
}

export const say = (result) => console.log(JSON.stringify(result));
