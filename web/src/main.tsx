import './workers';
import '@graphiql/react/style.css';
import '@graphiql/plugin-doc-explorer/style.css';
import '@graphiql/plugin-history/style.css';
import '@graphiql/plugin-explorer/style.css';
import 'graphiql/graphiql.css';
import './fonts.css';
import './page.css';
import './explain.css';
import { createRoot } from 'react-dom/client';
import { takeTokenFromAddress } from './access';
import { App } from './App';

takeTokenFromAddress();
// An address with another token, pasted over this page's own, changes only the fragment: nothing is loaded anew.
addEventListener('hashchange', takeTokenFromAddress);

// The editor measures its letters once, when it is made: the font must be there before it.
await Promise.allSettled([document.fonts.load('15px "Fira Code"'), document.fonts.load('15px Inter')]);
createRoot(document.getElementById('explorer')!).render(<App />);
