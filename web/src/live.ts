import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { answerOf, failure, judged, texts, type Answer } from './gateway';

/** Before each attempt to get a lost connection back. */
const PAUSES_MS = [500, 1000, 2000, 4000, 8000, 16000];
/** A connection that stood this long was good: the pauses begin anew. */
const STEADY_MS = 30_000;
/** The gateway says something every 12 seconds, if only that it is there. */
const SILENCE_MS = 40_000;
/** Refusals that pass: a gateway that restarts, or has too much to do. */
const PASSING = new Set([429, 502, 503, 504]);

/**
 * One answer per event, until the gateway says that there are no more. A connection that is lost is made anew, after
 * growing pauses and a bounded number of times; a subscription then begins with the present answer.
 */
export async function* live(
  first: Response,
  again: () => Promise<Response>,
  token: string,
  signal: AbortSignal,
): AsyncGenerator<Answer> {
  let response: Response | null = first;
  for (let lost = 0; ; ) {
    const begun = Date.now();
    if (response?.headers.get('Content-Type')?.startsWith('text/event-stream')) {
      for await (const { event, data } of events(response, signal)) {
        if (event === 'complete') return;
        if (event === 'next') yield judged(JSON.parse(data) as Answer, token);
      }
    } else if (response && !PASSING.has(response.status)) {
      yield await answerOf(response, token);
      return;
    }
    if (Date.now() - begun > STEADY_MS) lost = 0;
    const pause = PAUSES_MS[lost++];
    if (pause === undefined) {
      yield failure('The connection to the gateway was lost, and it does not come back. Run the operation again later.');
      return;
    }
    await paused(pause * (0.75 + Math.random() / 2), signal); // apart from the others who lost theirs at the same moment
    response = await again().catch((error: unknown) => {
      if (signal.aborted) throw error;
      return null;
    });
  }
}

/** The events of a response until it ends, breaks off, or falls silent. */
async function* events(response: Response, signal: AbortSignal): AsyncGenerator<EventSourceMessage> {
  const waiting: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => waiting.push(event) });
  try {
    for await (const text of texts(response, SILENCE_MS)) {
      parser.feed(text);
      yield* waiting.splice(0);
    }
  } catch (error) {
    if (signal.aborted) throw error;
  }
}

function paused(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });
}
