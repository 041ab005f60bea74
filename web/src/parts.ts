import { failure, judged, texts, type Answer } from './gateway';

/** The parts of one answer, as they come; GraphiQL puts them together. */
export async function* parts(response: Response, token: string, signal: AbortSignal): AsyncGenerator<Answer> {
  let isWhole = false;
  try {
    for await (const body of bodies(response)) {
      const part = JSON.parse(body) as Answer;
      isWhole = part.hasNext === false;
      yield judged(part, token);
    }
  } catch (error) {
    if (signal.aborted) throw error;
  }
  if (!isWhole) yield { ...failure('The connection was lost: the answer is not complete.'), hasNext: false };
}

/** The bodies of multipart/mixed. It is read to its very end: a response that is left earlier counts as given up. */
async function* bodies(response: Response): AsyncGenerator<string> {
  const [, boundary = '-'] = /boundary="?([^";]+)/.exec(response.headers.get('Content-Type') ?? '') ?? [];
  const delimiter = `\r\n--${boundary}`;
  let text = '\r\n'; // the first delimiter may stand at the very beginning
  let searched = 0;
  for await (const more of texts(response)) {
    text += more;
    for (let end: number; (end = text.indexOf(delimiter, searched)) >= 0; searched = 0) {
      const part = text.slice(0, end);
      const blank = part.indexOf('\r\n\r\n');
      if (blank >= 0) yield part.slice(blank + 4);
      text = text.slice(end + delimiter.length);
    }
    searched = Math.max(0, text.length - delimiter.length);
  }
}
