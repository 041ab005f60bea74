import type { ExecutionResult } from 'graphql';
import type { FetcherParams } from '@graphiql/toolkit';
import { tokenWas } from './access';

/** What goes out: GraphQL's own names. */
export type Asked = FetcherParams & { extensions?: Record<string, unknown> };

/** What comes back; `hasNext` where an answer comes in parts. */
export type Answer = ExecutionResult & { hasNext?: boolean };

export interface Sending {
  accept?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** Takes part in any `Accept`, behind what is liked better. */
export const JSON_ANSWER = 'application/graphql-response+json;q=0.9, application/json;q=0.8';

/** Asks the gateway that served this page, at the page's own address, so that a proxy may put any prefix before it. */
export function post(asked: Asked, token: string, { accept = JSON_ANSWER, headers, signal }: Sending): Promise<Response> {
  return fetch(location.pathname, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: accept, Authorization: `Bearer ${token}`, ...headers },
    body: JSON.stringify(asked),
    signal,
  });
}

/** The one answer of a response; remembers what the gateway made of the token. */
export async function answerOf(response: Response, token: string): Promise<Answer> {
  let answer: Answer;
  try {
    answer = await response.json();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error; // the connection broke, or was closed from here
    return failure(`The answer is not JSON (HTTP ${response.status}). Does a proxy stand between this page and the gateway?`);
  }
  return judged(answer, token, response.status);
}

/** The same answer, once it is remembered what it says of the token. */
export function judged<A extends ExecutionResult>(answer: A, token: string, status = 200): A {
  const isRefusal = status === 401 || (answer.errors ?? []).some((error) => error.extensions?.['code'] === 'UNAUTHENTICATED');
  tokenWas(isRefusal ? 'refused' : 'accepted', token);
  return answer;
}

/** Shown where an answer would be. The shape is GraphQL's: GraphiQL prints it as it stands. */
export const failure = (message: string): Answer => ({ errors: [{ message }] }) as unknown as Answer;

/** What a response says, as it comes in; it ends too when nothing more was heard for `silence` milliseconds. */
export async function* texts(response: Response, silence?: number): AsyncGenerator<string> {
  if (!response.body) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const leave = () => void reader.cancel().catch(() => undefined);
  try {
    for (;;) {
      const silent = silence && setTimeout(leave, silence);
      const { done, value } = await reader.read().finally(() => clearTimeout(silent));
      if (done) return;
      yield value;
    }
  } finally {
    leave();
  }
}
