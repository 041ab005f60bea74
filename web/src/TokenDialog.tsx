import { useEffect, useRef, useState, type FormEvent } from 'react';
import { adoptToken, cleaned, forgetToken, useAccess } from './access';

/** Asks for the token. The browser's own modal dialog: it traps the focus and closes by Escape. */
export function TokenDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  return (
    <dialog ref={dialog} className="token-dialog" aria-labelledby="token-title" onClose={onClose}>
      {open && <TokenForm onDone={onClose} />}
    </dialog>
  );
}

function TokenForm({ onDone }: { onDone: () => void }) {
  const access = useAccess();
  const [text, setText] = useState('');
  const [remembered, setRemembered] = useState(access.remembered);
  const [problem, setProblem] = useState<string | null>(null);

  function submit(event: FormEvent) {
    event.preventDefault();
    const token = cleaned(text);
    if (token === null) return setProblem('A token is one word without spaces, as parallax token create prints it.');
    adoptToken(token, remembered);
    onDone();
  }

  function forget() {
    forgetToken();
    onDone();
  }

  return (
    <form onSubmit={submit}>
      <h2 id="token-title">Access token</h2>
      <p>
        Every question is asked with a token, the schema too. <code>parallax demo</code> prints one. This makes another:
        <code className="command">parallax token create --client ID --role viewer</code>
      </p>
      <label htmlFor="token">Token</label>
      <input
        id="token"
        type="password"
        autoFocus
        autoComplete="off"
        spellCheck={false}
        placeholder="plx_…"
        value={text}
        aria-describedby="token-problem"
        onChange={(event) => setText(event.target.value)}
      />
      <div id="token-problem" className="problem" role="alert">
        {problem}
      </div>
      <label className="remember">
        <input type="checkbox" checked={remembered} onChange={(event) => setRemembered(event.target.checked)} />
        <span>
          Remember it in this browser
          <small>Otherwise it is forgotten when this tab is closed.</small>
        </span>
      </label>
      <div className="actions">
        {access.token && (
          <button type="button" className="quiet danger" onClick={forget}>
            Forget token
          </button>
        )}
        <span className="space" />
        <button type="button" className="quiet" onClick={onDone}>
          Cancel
        </button>
        <button type="submit" className="primary">
          Use token
        </button>
      </div>
    </form>
  );
}
