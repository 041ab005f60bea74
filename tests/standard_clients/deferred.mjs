// One line for each state of an answer with a deferred part that the client shows, by the client that is named.
import { ApolloClient, HttpLink, InMemoryCache, NetworkStatus, gql } from "@apollo/client";
import { Defer20220824Handler, GraphQL17Alpha9Handler } from "@apollo/client/incremental";
import { Client, fetchExchange } from "@urql/core";
import { client, maps, reader, say, url } from "./shared.mjs";

const TEXT = `query Deferred($client: ID!, $app: ID!) {
  client(id: $client) {
    id
    app(id: $app) {
      id
      name
      ... @defer { activity(metric: SESSION_COUNT, period: {start: "2026-01-01", end: "2026-03-31"}) { id total } }
    }
  }
}`;
const variables = { client, app: maps };

function shown({ data, error }, isLast) {
  if (error) throw error;
  const { app } = data.client;
  say({ shown: { name: app.name, total: app.activity?.total ?? null, isLast } });
  if (isLast) process.exit(0);
}

function apollo(incrementalHandler) {
  const link = new HttpLink({ uri: url, headers: reader });
  new ApolloClient({ link, cache: new InMemoryCache(), incrementalHandler })
    .watchQuery({ query: gql(TEXT), variables })
    .subscribe((result) => result.networkStatus !== NetworkStatus.loading && shown(result, !result.loading));
}

function urql() {
  new Client({ url, exchanges: [fetchExchange], fetchOptions: { headers: reader } })
    .query(TEXT, variables)
    .subscribe((result) => shown(result, !result.hasNext));
}

const clients = {
  apollo: () => apollo(new GraphQL17Alpha9Handler()),
  apollo20220824: () => apollo(new Defer20220824Handler()),
  urql,
};
clients[process.argv[2]]();
