import { useSyncExternalStore } from 'react';

/** The caller's token, and what the gateway last said of it. */
export interface Access {
  readonly token: string | null;
  /** Kept in this browser, rather than until this tab is closed. */
  readonly remembered: boolean;
  readonly state: 'missing' | 'untried' | 'accepted' | 'refused';
}

const KEY = 'parallax:token';
const MISSING: Access = { token: null, remembered: false, state: 'missing' };

const listeners = new Set<() => void>();
let current: Access = stored();

function stored(): Access {
  const session = sessionStorage.getItem(KEY);
  const token = session ?? localStorage.getItem(KEY);
  return token ? { token, remembered: session === null, state: 'untried' } : MISSING;
}

function become(next: Access): void {
  current = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useAccess = (): Access => useSyncExternalStore(subscribe, () => current);

export function adoptToken(token: string, remembered: boolean): void {
  forgetStored();
  (remembered ? localStorage : sessionStorage).setItem(KEY, token);
  become({ token, remembered, state: 'untried' });
}

export function forgetToken(): void {
  forgetStored();
  become(MISSING);
}

function forgetStored(): void {
  sessionStorage.removeItem(KEY);
  localStorage.removeItem(KEY);
}

/** What the gateway made of `token`; an answer to a token that has been replaced since says nothing. */
export function tokenWas(state: 'accepted' | 'refused', token: string): void {
  if (current.token === token && current.state !== state) become({ ...current, state });
}

/** The token as pasted, ready for a header; null where no header could carry it. */
export function cleaned(pasted: string): string | null {
  const token = pasted.trim().replace(/^Bearer\s+/i, '');
  return /^[\x21-\x7e]+$/.test(token) ? token : null;
}

/**
 * Takes `#token=…` out of the address, for this tab alone. A fragment never reaches a server or its logs,
 * and here it leaves the address bar and the history too, before anybody shares the address.
 */
export function takeTokenFromAddress(): void {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const given = fragment.get('token');
  if (given === null) return;
  fragment.delete('token');
  const rest = fragment.size > 0 ? `#${fragment}` : '';
  history.replaceState(history.state, '', location.pathname + location.search + rest);
  const token = cleaned(given);
  if (token) adoptToken(token, false);
}
