import { useEffect, useMemo, useState } from 'react';
import { GraphiQL, GraphiQLInterface } from 'graphiql';
import { GraphiQLProvider, pick, useGraphiQL, useMonaco } from '@graphiql/react';
import { DOC_EXPLORER_PLUGIN, DocExplorerStore } from '@graphiql/plugin-doc-explorer';
import { explorerPlugin } from '@graphiql/plugin-explorer';
import { HISTORY_PLUGIN, HistoryStore } from '@graphiql/plugin-history';
import { useAccess } from './access';
import { paintEditor } from './editorTheme';
import { EXAMPLES_PLUGIN } from './ExamplesPanel';
import { examples } from './examples';
import { ExplainStrip } from './ExplainStrip';
import { gatewayFetcher } from './fetcher';
import { Header, RefusedToken } from './Header';
import { storage } from './storage';
import { TokenDialog } from './TokenDialog';

const EXPLORER_PLUGIN = { ...explorerPlugin({ showAttribution: false }), title: 'Explorer' };
const PLUGINS = [DOC_EXPLORER_PLUGIN, EXPLORER_PLUGIN, EXAMPLES_PLUGIN, HISTORY_PLUGIN];
const TABS = examples.map(({ query, variables }) => ({ query, variables }));

export function App() {
  const { token } = useAccess();
  // A new fetcher makes GraphiQL read the schema again: with another token, and only then.
  const fetcher = useMemo(() => gatewayFetcher(token), [token]);
  const [entering, setEntering] = useState(token === null);
  const enter = () => setEntering(true);
  const monaco = useMonaco((state) => state.monaco);
  useEffect(() => {
    if (monaco) paintEditor(monaco);
  }, [monaco]);

  return (
    <GraphiQLProvider
      fetcher={fetcher}
      plugins={PLUGINS}
      referencePlugin={DOC_EXPLORER_PLUGIN}
      visiblePlugin={EXPLORER_PLUGIN}
      storage={storage}
      defaultTabs={TABS.length > 0 ? TABS : undefined}
      defaultQuery=""
      inputValueDeprecation
      schemaDescription
    >
      <HistoryStore>
        <DocExplorerStore>
          <EditorManners />
          <ExplainStrip />
          <div className="shell">
            <Header onEnterToken={enter} />
            <RefusedToken onEnterToken={enter} />
            <GraphiQLInterface defaultEditorToolsVisibility="variables">
              <GraphiQL.Logo>
                <span />
              </GraphiQL.Logo>
            </GraphiQLInterface>
          </div>
          <TokenDialog open={entering} onClose={() => setEntering(false)} />
        </DocExplorerStore>
      </HistoryStore>
    </GraphiQLProvider>
  );
}

/** The editor has the keyboard: else the explorer's panel takes it for whichever input it draws last. Long lines wrap. */
function EditorManners() {
  const { queryEditor, variableEditor, headerEditor, activeTabIndex } = useGraphiQL(
    pick('queryEditor', 'variableEditor', 'headerEditor', 'activeTabIndex'),
  );
  useEffect(() => {
    if (!document.querySelector('dialog[open]')) queryEditor?.focus();
  }, [queryEditor, activeTabIndex]);
  useEffect(() => {
    for (const editor of [queryEditor, variableEditor, headerEditor])
      editor?.updateOptions({ wordWrap: 'on', wrappingIndent: 'indent' });
  }, [queryEditor, variableEditor, headerEditor]);
  return null;
}
