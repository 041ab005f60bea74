import { useAccess, type Access } from './access';
import { KeyIcon } from './icons';
import logo from './logo.svg';
import { ThemeSwitch } from './ThemeSwitch';

const SPOKEN: Record<Access['state'], string> = {
  missing: 'no token yet',
  untried: 'not tried yet',
  accepted: 'accepted by the gateway',
  refused: 'refused by the gateway',
};

export function Header({ onEnterToken }: { onEnterToken: () => void }) {
  const access = useAccess();
  return (
    <header className="header">
      <img src={logo} alt="" width="24" height="24" />
      <h1>
        Parallax <span>Explorer</span>
      </h1>
      <span className="space" />
      <ThemeSwitch />
      <button
        type="button"
        className="token"
        data-state={access.state}
        title={`Access token: ${SPOKEN[access.state]}`}
        onClick={onEnterToken}
      >
        <KeyIcon />
        {access.token === null ? 'Enter token' : `Token …${access.token.slice(-4)}`}
      </button>
    </header>
  );
}

/** The gateway said 401: says so beside the way out, until another token is entered. */
export function RefusedToken({ onEnterToken }: { onEnterToken: () => void }) {
  const { state } = useAccess();
  if (state !== 'refused') return null;
  return (
    <div className="refused" role="alert">
      <span>
        <strong>The gateway refused this token.</strong> It may be mistyped, expired or revoked.
      </span>
      <button type="button" onClick={onEnterToken}>
        Enter another token
      </button>
    </div>
  );
}
