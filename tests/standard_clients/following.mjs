// graphql-sse: one line for each change that it is told of, while the test stops the gateway and starts it again.
import { createClient } from "graphql-sse";
import { CHANGES, reader, say, url, watched } from "./shared.mjs";

const { id } = await watched();
const sse = createClient({
  url,
  headers: reader,
  retryAttempts: 200,
  retry: () => new Promise((resolve) => setTimeout(resolve, 100)),
  on: { connected: (again) => say({ connected: again ? "again" : "first" }) },
});
for await (const { data } of sse.iterate({ query: CHANGES, variables: { id } })) {
  say({ total: data.metricChanged.total });
}
