// urql: queries by GET, persisted ones, errors, and subscriptions over SSE without a further library.
import { createHash } from "node:crypto";
import { Client, fetchExchange } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";
import {
  CHANGES, METRIC, TRACK, client, maps, noted, onceMore, oneMoreUser, reader, say, url, watched, writer,
} from "./shared.mjs";

// In Node the exchange finds no hash of its own.
const generateHash = async (text) => createHash("sha256").update(text).digest("hex");

function urql(sent = [], exchanges = [fetchExchange], headers = reader) {
  return new Client({ url, exchanges, fetch: noted(sent), fetchOptions: { headers }, fetchSubscriptions: true });
}

async function query() {
  const sent = [];
  const { data, error } = await urql(sent).query(METRIC, { client, app: maps });
  if (error) throw error;
  return { sent, total: data.client.app.activity.total };
}

async function mutation() {
  const { data, error } = await urql([], [fetchExchange], writer).mutation(TRACK, onceMore());
  if (error) throw error;
  return data.usageTrack.accepted;
}

async function persisted(preferGetForPersistedQueries) {
  const sent = [];
  const asking = urql(sent, [persistedExchange({ preferGetForPersistedQueries, generateHash }), fetchExchange]);
  const text = METRIC.replace("MetricOf", `Persisted_${String(preferGetForPersistedQueries).replace(/-/g, "_")}`);
  const variables = { client, app: maps };
  const [first, second] = [await asking.query(text, variables), await asking.query(text, variables)];
  if (first.error ?? second.error) throw first.error ?? second.error;
  return { sent, total: second.data.client.app.activity.total };
}

async function live() {
  const sent = [];
  const { id } = await watched();
  const totals = [];
  const changes = urql(sent).subscription(CHANGES, { id });
  let subscription;
  await new Promise((resolve, reject) => {
    subscription = changes.subscribe(({ data, error }) => {
      if (error) return reject(error);
      totals.push(data.metricChanged.total);
      if (totals.length === 1) oneMoreUser().catch(reject);
      if (totals.length === 2) resolve();
    });
  });
  subscription.unsubscribe(); // not while a result is told: urql's abort would go uncaught
  return { types: sent.map(({ type }) => type), totals };
}

async function codes(text, headers = reader) {
  const { error } = await urql([], [fetchExchange], headers).query(text, { client, app: maps });
  return error?.graphQLErrors.map(({ extensions }) => extensions.code);
}

async function refusedSubscription() {
  return new Promise((resolve) => {
    urql().subscription(CHANGES, { id: "nobody" }).subscribe(({ error }) => {
      resolve(error?.graphQLErrors.map(({ extensions }) => extensions.code) ?? null);
    });
  });
}

say({
  query: await query(),
  accepted: await mutation(),
  byPost: await persisted(false),
  byGet: await persisted("within-url-limit"),
  live: await live(),
  codes: {
    argument: await codes(METRIC.replace(/end: "[^"]+"/, 'end: "2030-01-01"')),
    document: await codes("query Unknown { thereIsNoSuchField }"),
    token: await codes(METRIC, { authorization: "Bearer plx_nobody" }),
    subscription: await refusedSubscription(),
  },
});
process.exit(0);
