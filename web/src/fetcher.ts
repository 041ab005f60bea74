import { getOperationAST, parse, visit, BREAK, type DocumentNode } from 'graphql';
import type { Fetcher } from '@graphiql/toolkit';
import { answerOf, failure, JSON_ANSWER, post, type Answer, type Asked } from './gateway';
import { live } from './live';
import { parts } from './parts';

const EVENTS = 'text/event-stream';
const PARTS = 'multipart/mixed';

/** Everything that this page asks comes through here, and can be stopped: then the request is closed, and the gateway stops too. */
export function gatewayFetcher(token: string | null): Fetcher {
  return (asked, options) => {
    if (token === null) return failure('This page has no token yet. Enter one with the button at the top right.');
    return stoppable((signal) => answers(asked, token, options?.headers, signal));
  };
}

async function* answers(
  asked: Asked,
  token: string,
  headers: Record<string, string> | undefined,
  signal: AbortSignal,
): AsyncGenerator<Answer> {
  const delivery = deliveryOf(asked);
  const accept = delivery === null ? JSON_ANSWER : `${delivery}, ${JSON_ANSWER}`;
  const send = () => post(asked, token, { accept, headers, signal });
  let response: Response;
  try {
    response = await send();
  } catch (error) {
    if (signal.aborted) throw error;
    yield failure('The gateway does not answer. Is it still running, and is this page still on its address?');
    return;
  }
  const kind = response.headers.get('Content-Type') ?? '';
  if (kind.startsWith(EVENTS)) yield* live(response, send, token, signal);
  else if (kind.startsWith(PARTS)) yield* parts(response, token, signal);
  else yield await answerOf(response, token);
}

/** How the answer should travel, by its media type; null: in one piece. */
function deliveryOf({ query, operationName }: Asked): string | null {
  let document: DocumentNode;
  try {
    document = parse(query);
  } catch {
    return null; // the gateway says what is wrong with it
  }
  if (getOperationAST(document, operationName)?.operation === 'subscription') return EVENTS;
  return isIncremental(document) ? PARTS : null;
}

function isIncremental(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Directive({ name }) {
      found = name.value === 'defer' || name.value === 'stream';
      return found ? BREAK : undefined;
    },
  });
  return found;
}

/**
 * What `begin` gives, until somebody calls `return`: then its signal is aborted. An async generator alone would not do:
 * its `return` waits for the event that is being waited for.
 */
function stoppable<T>(begin: (signal: AbortSignal) => AsyncGenerator<T>): AsyncIterableIterator<T> {
  const stopped = new AbortController();
  const source = begin(stopped.signal);
  const over: IteratorResult<T> = { done: true, value: undefined };
  return {
    next: () =>
      source.next().catch((error: unknown) => {
        if (stopped.signal.aborted) return over;
        throw error;
      }),
    return() {
      stopped.abort();
      return Promise.resolve(over);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
