// graphql-ws: one line for each thing that happens, while the test stops the gateway and starts it again.
import { CloseCode, createClient } from "graphql-ws";
import WebSocket from "ws";
import { CHANGES, METRIC, client, maps, reader, say, socketUrl, watched } from "./shared.mjs";

function connected(Authorization, more = {}) {
  return createClient({ url: socketUrl, webSocketImpl: WebSocket, connectionParams: { Authorization }, ...more });
}

/** The close code that a wrong token gets. */
async function strangers() {
  const stranger = connected("Bearer plx_nobody", { retryAttempts: 0 });
  try {
    for await (const result of stranger.iterate({ query: METRIC })) return result;
  } catch (closed) {
    return closed.code;
  }
}

const { id } = await watched();
say({ stranger: await strangers(), expected: CloseCode.Forbidden });

const socket = connected(reader.authorization, {
  retryAttempts: 200,
  retryWait: () => new Promise((resolve) => setTimeout(resolve, 100)),
  shouldRetry: () => true, // while nothing listens, too
  keepAlive: 500,
  on: {
    connected: (_, __, again) => say({ connected: again ? "again" : "first" }),
    closed: ({ code }) => say({ closed: code }),
    pong: (received) => received && say({ pong: true }),
  },
});
for await (const result of socket.iterate({ query: METRIC, variables: { client, app: maps } })) {
  say({ query: result.data.client.app.activity.total });
}
for await (const { errors } of refused(socket)) say({ refused: errors.map(({ extensions }) => extensions.code) });
for await (const { data } of socket.iterate({ query: CHANGES, variables: { id } })) {
  say({ total: data.metricChanged.total });
}

/** A subscription that is refused before its first event: the client throws the list of errors. */
async function* refused(asking) {
  try {
    yield* asking.iterate({ query: CHANGES, variables: { id: "nobody" } });
  } catch (errors) {
    yield { errors };
  }
}
