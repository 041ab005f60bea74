import { readFileSync } from 'node:fs';
import { defineConfig, type Plugin } from 'vite';

/** Fonts stand outside the module graph, so the build's own list of licences passes them over. */
const fontLicences: Plugin = {
  name: 'font-licences',
  generateBundle() {
    const texts = ['inter', 'fira-code'].map((font) =>
      readFileSync(new URL(`node_modules/@fontsource-variable/${font}/LICENSE`, import.meta.url), 'utf8'),
    );
    const codicons = "codicon (the editor's icons): Copyright (c) Microsoft Corporation, CC BY 4.0\n";
    this.emitFile({ type: 'asset', fileName: 'licenses-fonts.txt', source: [codicons, ...texts].join('\n---\n\n') });
  },
};

export default defineConfig({
  base: './',
  plugins: [fontLicences],
  build: {
    outDir: '../src/parallax/static',
    emptyOutDir: true,
    assetsDir: '',
    // No data: addresses: the page's policy lets scripts, workers and fonts come from files of its own host alone.
    assetsInlineLimit: 0,
    license: { fileName: 'licenses.md' },
    modulePreload: { polyfill: false },
    // The first of each to know light-dark(), which cannot be written in terms of anything older.
    target: ['chrome123', 'firefox120', 'safari17.5'],
    chunkSizeWarningLimit: 4000,
    rolldownOptions: { checks: { moduleLevelDirective: false } },
  },
  experimental: {
    // The page stands at …/graphql and its files at …/static/, whatever prefix a proxy puts before both.
    renderBuiltUrl: (file, { hostType }) => (hostType === 'html' ? `./static/${file}` : { relative: true }),
  },
});
