import type * as Monaco from 'monaco-editor';

/** Ink by kind of token, for both languages. Each stands at 4.5:1 or more against its paper. */
const INK = {
  light: { accent: '5145cd', keyword: '5145cd', name: '0b7285', type: '9a4d00', value: '1a7f4b', text: 'a8325e', quiet: '6b7280' },
  dark: { accent: 'a79dff', keyword: 'a79dff', name: '6bd6e4', type: 'f2b872', value: '7ddba3', text: 'ff9ebb', quiet: '8b94a8' },
};
const PAPER = { light: '#ffffff', dark: '#1b1e2b' };

/** Gives GraphiQL's two editor themes, which it has by these names, the colours of the page around them. */
export function paintEditor(monaco: typeof Monaco): void {
  for (const mode of ['light', 'dark'] as const) {
    const ink = INK[mode];
    const accent = `#${ink.accent}`;
    monaco.editor.defineTheme(`graphiql-${mode.toUpperCase()}`, {
      base: mode === 'dark' ? 'vs-dark' : 'vs',
      inherit: true,
      rules: [
        { token: 'keyword.gql', foreground: ink.keyword },
        { token: 'key.identifier.gql', foreground: ink.name },
        { token: 'argument.identifier.gql', foreground: ink.type },
        { token: 'type.identifier.gql', foreground: ink.type },
        { token: 'number', foreground: ink.value },
        { token: 'string', foreground: ink.text },
        { token: 'string.key.json', foreground: ink.name },
        { token: 'string.value.json', foreground: ink.text },
        { token: 'keyword.json', foreground: ink.keyword },
        { token: 'comment', foreground: ink.quiet },
      ],
      colors: {
        'editor.background': '#00000000',
        'scrollbar.shadow': '#00000000',
        'editorLineNumber.foreground': `#${ink.quiet}90`,
        'editorWidget.background': PAPER[mode],
        'editorHoverWidget.background': PAPER[mode],
        'editorSuggestWidget.background': PAPER[mode],
        'editorSuggestWidget.selectedBackground': `${accent}26`,
        'menu.background': PAPER[mode],
        'menu.selectionBackground': `${accent}26`,
        'quickInput.background': PAPER[mode],
        'quickInputList.focusBackground': `${accent}26`,
        'list.hoverBackground': `${accent}1a`,
        'list.highlightForeground': accent,
        'list.focusHighlightForeground': accent,
        'textLink.foreground': accent,
        'textLink.activeForeground': accent,
        'editorLink.activeForeground': accent,
        focusBorder: accent,
      },
    });
  }
}
