import type { ExecutionResult } from 'graphql';
import type { Fetcher, FetcherParams } from '@graphiql/toolkit';
import { tokenWas } from './access';

/** Asks the gateway that served this page, at the page's own address, so that a proxy may put any prefix before it. */
export function gatewayFetcher(token: string | null): Fetcher {
  return async (operation, options) => {
    if (token === null) return failure('This page has no token yet. Enter one with the button at the top right.');
    let response: Response;
    try {
      response = await post(operation, token, options?.headers);
    } catch {
      return failure('The gateway does not answer. Is it still running, and is this page still on its address?');
    }
    const answer = await answerOf(response);
    tokenWas(isRefusal(response, answer) ? 'refused' : 'accepted', token);
    return answer;
  };
}

function post(operation: FetcherParams, token: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(location.pathname, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Accept: 'application/graphql-response+json, application/json;q=0.9',
      Authorization: `Bearer ${token}`,
      ...headers,
    },
    body: JSON.stringify(operation),
  });
}

async function answerOf(response: Response): Promise<ExecutionResult> {
  try {
    return await response.json();
  } catch {
    return failure(`The answer is not JSON (HTTP ${response.status}). Does a proxy stand between this page and the gateway?`);
  }
}

const isRefusal = (response: Response, answer: ExecutionResult): boolean =>
  response.status === 401 || (answer.errors ?? []).some((error) => error.extensions?.['code'] === 'UNAUTHENTICATED');

/** Shown where an answer would be. The shape is GraphQL's: GraphiQL prints it as it stands. */
const failure = (message: string): ExecutionResult => ({ errors: [{ message }] }) as unknown as ExecutionResult;
