// Apollo Client: queries, errors, automatic persisted queries, both formats of @stream, subscriptions.
import { createHash } from "node:crypto";
import {
  ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache, NetworkStatus, gql,
} from "@apollo/client";
import { Defer20220824Handler, GraphQL17Alpha9Handler } from "@apollo/client/incremental";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import {
  CHANGES, METRIC, TRACK, client, maps, noted, onceMore, oneMoreUser, reader, say, socketUrl, url, watched, writer,
} from "./shared.mjs";

const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const apollo = (link, more = {}) => new ApolloClient({ link, cache: new InMemoryCache(), ...more });
const http = (more = {}) => new HttpLink({ uri: url, headers: reader, ...more });

async function query() {
  const { data } = await apollo(http()).query({ query: gql(METRIC), variables: { client, app: maps } });
  return data.client.app.activity.total;
}

async function mutation() {
  const { data } = await apollo(http({ headers: writer })).mutate({ mutation: gql(TRACK), variables: onceMore() });
  return data.usageTrack.accepted;
}

async function persisted(useGETForHashedQueries) {
  const sent = [];
  const hashing = new PersistedQueryLink({ sha256, useGETForHashedQueries });
  const link = ApolloLink.from([hashing, http({ fetch: noted(sent) })]);
  const variables = { client, app: maps };
  // A text of its own for each way, so that the first question always finds the gateway without it.
  const query = gql(METRIC.replace("MetricOf", useGETForHashedQueries ? "ByGet" : "ByPost"));
  await apollo(link).query({ query, variables });
  const { data } = await apollo(link).query({ query, variables });
  return { sent, total: data.client.app.activity.total };
}

const STREAMED = `query Streamed($client: ID!) {
  client(id: $client) { id apps(first: 10) { nodes @stream(initialCount: 1) { id name } } }
}`;

/** The names that are shown, each time that something is shown. */
async function streamed(incrementalHandler) {
  const sent = [];
  const asking = apollo(http({ fetch: noted(sent) }), { incrementalHandler });
  const seen = [];
  await new Promise((resolve, reject) => {
    asking.watchQuery({ query: gql(STREAMED), variables: { client } }).subscribe({
      next: ({ data, error, networkStatus }) => {
        if (error) reject(error);
        if (data) seen.push(data.client.apps.nodes.map(({ name }) => name));
        if (networkStatus === NetworkStatus.ready) resolve();
      },
      error: reject,
    });
  });
  return { types: sent.map(({ type }) => type), seen };
}

async function refusal(text, headers = reader) {
  try {
    await apollo(http({ headers })).query({ query: gql(text), variables: { client, app: maps } });
    return null;
  } catch (error) {
    return CombinedGraphQLErrors.is(error) ? error.errors.map((each) => each.extensions.code) : String(error);
  }
}

async function live() {
  const connectionParams = { Authorization: reader.authorization };
  const socket = createClient({ url: socketUrl, webSocketImpl: WebSocket, connectionParams });
  const asking = apollo(new GraphQLWsLink(socket));
  const { id } = await watched();
  const totals = [];
  await new Promise((resolve, reject) => {
    const subscription = asking.subscribe({ query: gql(CHANGES), variables: { id } }).subscribe({
      next: ({ data, error }) => {
        if (error) return reject(error);
        totals.push(data.metricChanged.total);
        if (totals.length === 1) oneMoreUser().catch(reject);
        if (totals.length === 2) resolve(subscription.unsubscribe());
      },
      error: reject,
    });
  });
  await socket.dispose();
  return totals;
}

say({
  total: await query(),
  accepted: await mutation(),
  byPost: await persisted(false),
  byGet: await persisted(true),
  streamed20220824: await streamed(new Defer20220824Handler()),
  streamed: await streamed(new GraphQL17Alpha9Handler()),
  codes: {
    argument: await refusal(METRIC.replace(/end: "[^"]+"/, 'end: "2030-01-01"')),
    document: await refusal("query Unknown { thereIsNoSuchField }"),
    token: await refusal(METRIC, { authorization: "Bearer plx_nobody" }),
  },
  live: await live(),
});
process.exit(0); // Apollo's timers keep Node up
