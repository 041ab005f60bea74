/**
 * What GraphiQL keeps in this browser: tabs, history, layout. It goes through here so that no secret is kept:
 * headers that were typed are dropped (the history would store them), and tokens in texts are cut short.
 */
const PREFIX = 'graphiql:';
const WITH_HEADERS = new Set(['tabState', 'queries', 'favorites'].map((name) => PREFIX + name));

const ownKeys = (): string[] => Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));

export const storage = {
  getItem: (key: string): string | null => localStorage.getItem(key),
  setItem: (key: string, value: string): void => {
    if (key === `${PREFIX}headers`) return;
    localStorage.setItem(key, withoutTokens(WITH_HEADERS.has(key) ? withoutHeaders(value) : value));
  },
  removeItem: (key: string): void => localStorage.removeItem(key),
  clear: (): void => ownKeys().forEach((key) => localStorage.removeItem(key)),
  get length(): number {
    return ownKeys().length;
  },
};

const withoutTokens = (text: string): string => text.replace(/plx_[A-Za-z0-9_-]+/g, 'plx_…');

const withoutHeaders = (json: string): string =>
  JSON.stringify(JSON.parse(json), (name, value: unknown) => (name === 'headers' ? null : value));
