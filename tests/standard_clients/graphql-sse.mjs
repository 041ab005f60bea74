// graphql-sse in its distinct connections mode: a subscription, a query, and a refusal that keeps its code.
import { createClient } from "graphql-sse";
import { CHANGES, METRIC, client, maps, oneMoreUser, reader, say, url, watched } from "./shared.mjs";

const sse = createClient({ url, headers: reader, retryAttempts: 0 });

async function results(query, variables) {
  const seen = [];
  for await (const result of sse.iterate({ query, variables })) seen.push(result);
  return seen;
}

async function live() {
  const { id } = await watched();
  const totals = [];
  for await (const { data } of sse.iterate({ query: CHANGES, variables: { id } })) {
    totals.push(data.metricChanged.total);
    if (totals.length === 2) break;
    await oneMoreUser();
  }
  return totals;
}

say({
  live: await live(),
  query: await results(METRIC, { client, app: maps }),
  document: await results("query Unknown { thereIsNoSuchField }"),
  subscription: await results(CHANGES, { id: "nobody" }),
});
sse.dispose();
