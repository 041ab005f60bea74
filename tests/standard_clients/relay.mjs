// Relay in Node: the compiler's artifacts, its store, and its network with operations by their hash alone.
import { createRequire } from "node:module";
import { noted, client, maps, reader, say, url } from "./shared.mjs";

const require = createRequire(import.meta.url);
const {
  Environment, Network, RecordSource, Store, createOperationDescriptor, fetchQuery, getPaginationMetadata,
  getPaginationVariables, getSingularSelector,
} = require("relay-runtime");
const query = require("./relay/__generated__/ReportsQuery.graphql.js");
const fragment = require("./relay/__generated__/Reports_app.graphql.js");

const sent = [];
const fetched = noted(sent);
const environment = new Environment({
  store: new Store(new RecordSource()),
  network: Network.create(async ({ id }, variables) => {
    const response = await fetched(url, {
      method: "POST",
      headers: { ...reader, "content-type": "application/json", accept: "application/graphql-response+json" },
      body: JSON.stringify({ documentId: id, variables }),
    });
    return response.json();
  }),
});

const variables = { client, app: maps };
const operation = createOperationDescriptor(query, variables);
environment.retain(operation);
await fetchQuery(environment, query, variables).toPromise();

const { app } = environment.lookup(operation.fragment).data.client;
const selector = getSingularSelector(fragment, app);
const shown = () => environment.lookup(selector).data;
const first = shown();

const { paginationRequest, paginationMetadata, identifierField } = getPaginationMetadata(fragment, "Reports");
const next = getPaginationVariables(
  "forward", 100, first.usageReports.pageInfo.endCursor, selector.variables, {}, paginationMetadata,
);
next.id = first[identifierField];
await fetchQuery(environment, paginationRequest, next).toPromise();

const second = shown();
const ids = (page) => page.usageReports.edges.map(({ node }) => node.id);
say({
  name: app.name,
  first: ids(first).length,
  both: ids(second).length,
  different: new Set(ids(second)).size,
  keepsTheFirst: ids(first).every((id, place) => ids(second)[place] === id),
  hasNextPage: second.usageReports.pageInfo.hasNextPage,
  sent,
});
