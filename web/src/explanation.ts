import { Kind, parse, type OperationDefinitionNode } from 'graphql';
import { tryParseJSONC, type MonacoEditor } from '@graphiql/react';
import { answerOf, post, type Answer, type Asked } from './gateway';

/** `extensions.explain` of an answer: what an operation would take. Costs are in units, limits null where there is none. */
export interface Explanation {
  cost: number;
  limit: number | null;
  estimatedMs: number;
  reads: { path: string; source: string | null; reference: string | null; cost: number }[];
  refused: { code: string; message: string } | null;
  budget: { limit?: number | null; remaining: number | null } | null;
}

/** What is known of the operation under the cursor; `isPresent` is false while its text has gone on since. */
export interface Explained {
  explanation: Explanation | null;
  /** Of an operation that was refused before its cost was known. */
  refusal: string | null;
  isMutation: boolean;
  isPresent: boolean;
}

export const UNKNOWN: Explained = { explanation: null, refusal: null, isMutation: false, isPresent: false };

const QUIET_MS = 400;
/** With this type a text that is not right yet is no failed request: the browser would note each in its console. */
const QUIET_ANSWER = 'application/json';
/** Codes of refusals that concern a text which is right as it stands. */
const LIMITS = new Set(['TOO_COSTLY', 'RATE_LIMITED', 'FORBIDDEN']);

/**
 * Asks the gateway to explain what stands in the editors, once they have been quiet for a moment and when it is not what
 * was asked last; `tell` hears of it. The result ends it.
 */
export function explainWhileTyping(
  query: MonacoEditor,
  variables: MonacoEditor | undefined,
  token: string,
  tell: (change: Partial<Explained>) => void,
): () => void {
  let timer: ReturnType<typeof setTimeout>;
  let running: AbortController | null = null;
  let last: string | null = null;
  let isTold = false;
  let isWilling = true;

  function changed(): void {
    leave();
    tell({ isPresent: false });
    moved();
  }

  function moved(): void {
    clearTimeout(timer);
    timer = setTimeout(() => void look(), QUIET_MS);
  }

  function leave(): void {
    if (running) last = null; // its answer will not come
    running?.abort();
    running = null;
  }

  async function look(): Promise<void> {
    const text = query.getValue();
    const operation = underCursor(query);
    if (isEmpty(text)) return tell(UNKNOWN);
    if (operation === null || !isWilling) return;
    // A mutation is never sent but by its button, not even to be explained: a gateway that knows nothing of explaining
    // (an older one behind the same balancer) would run it.
    const asked = operation.operation === 'mutation' ? 'mutation' : explaining(text, operation, variables?.getValue());
    if (asked === null) return;
    const key = JSON.stringify(asked);
    if (key === last) return isTold ? tell({ isPresent: true }) : undefined;
    leave();
    last = key;
    isTold = asked === 'mutation';
    if (asked === 'mutation') return tell({ ...UNKNOWN, isMutation: true, isPresent: true });
    await ask(asked);
  }

  async function ask(asked: Asked): Promise<void> {
    const own = (running = new AbortController());
    try {
      const response = await post(asked, token, { accept: QUIET_ANSWER, signal: own.signal });
      const answer = await answerOf(response, token);
      if (running !== own) return;
      const found = explained(answer);
      isTold = found !== null;
      if (found) tell(found);
      else if (!answer.errors) isWilling = false; // it ran the operation instead
    } catch {
      // Not there, or asked anew meanwhile: whoever runs the operation hears of it.
    } finally {
      if (running === own) running = null;
    }
  }

  const listening = [
    query.onDidChangeModelContent(changed),
    query.onDidChangeModel(changed),
    query.onDidChangeCursorPosition(moved),
    variables?.onDidChangeModelContent(changed),
  ];
  changed();
  return () => {
    clearTimeout(timer);
    leave();
    for (const listener of listening) listener?.dispose();
  };
}

/** What the answer says; null where the text is merely not right yet, which the editor marks by itself. */
function explained({ errors, extensions }: Answer): Explained | null {
  const explanation = extensions?.['explain'] as Explanation | undefined;
  if (explanation) return { explanation, refusal: null, isMutation: false, isPresent: true };
  const refusal = errors?.find((error) => LIMITS.has(String(error.extensions?.['code'])));
  return refusal ? { ...UNKNOWN, refusal: refusal.message, isPresent: true } : null;
}

function explaining(query: string, { name }: OperationDefinitionNode, variables: string | undefined): Asked | null {
  try {
    return {
      query,
      operationName: name?.value,
      variables: tryParseJSONC(variables),
      extensions: { explain: true },
    };
  } catch {
    return null; // the variables are not finished
  }
}

const isEmpty = (text: string): boolean => text.replace(/#.*/g, '').trim() === '';

/** The operation in which the cursor stands, else the next, else the last; null while the text is not finished. */
function underCursor(editor: MonacoEditor): OperationDefinitionNode | null {
  const position = editor.getPosition();
  const cursor = position ? (editor.getModel()?.getOffsetAt(position) ?? 0) : 0;
  try {
    const operations = parse(editor.getValue()).definitions.filter((part) => part.kind === Kind.OPERATION_DEFINITION);
    return operations.find(({ loc }) => loc && cursor <= loc.end) ?? operations.at(-1) ?? null;
  } catch {
    return null;
  }
}
