/** The linter's rules: ESLint's own recommendations, and what keeps a page safe from the text that it shows. */
import js from '@eslint/js';
import globals from 'globals';

/** Whatever turns text into markup or code: names of files and words of manifests are untrusted. */
const NO_MARKUP = {
  'no-eval': 'error',
  'no-implied-eval': 'error',
  'no-new-func': 'error',
  'no-script-url': 'error',
  'no-restricted-properties': ['error', ...['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'write', 'writeln', 'setHTMLUnsafe'].map((property) => (
    { ...(property.startsWith('write') && { object: 'document' }), property, message: 'Text becomes elements through the templates of ui/html.js alone.' }))],
};

/** Imports by the rooms of web/: page and component take from ui, ui from lib, and lib, which npm ships, from itself alone. A pattern says what is refused. */
const imports = (files, regex, message) => ({ files, rules: { 'no-restricted-imports': ['error', { patterns: [{ regex, message }] }] } });
const ROOMS = [
  imports(['web/lib/*.js'], '^\\.\\./|^(?!\\.|node:)', 'lib imports nothing from outside itself.'),
  imports(['web/lib/*/*.js'], '^\\.\\./\\.\\./|^(?!\\.|node:)', 'lib imports nothing from outside itself.'),
  imports(['web/lib/shared/kinds/*.js'], '^\\.\\./\\.\\./\\.\\./|^(?!\\.|node:)', 'lib imports nothing from outside itself.'),
  imports(['web/lib/engine/*.js'], '^\\.\\./(\\.\\.|weights|model)/|^(?!\\.|node:)', 'engine and weights know nothing of each other; model/ ties them.'),
  imports(['web/lib/weights/*.js'], '^\\.\\./(\\.\\.|engine|model)/|^(?!\\.|node:)', 'engine and weights know nothing of each other; model/ ties them.'),
  imports(['web/ui/*.js'], '^(?!\\./|\\.\\./lib/)', 'ui takes from lib and itself; page and component take from ui, not the other way.'),
  imports(['web/ui/*/*.js'], '^(?!\\.\\.?/(?!\\.)|\\.\\./\\.\\./lib/)', 'ui takes from lib and itself; page and component take from ui, not the other way.'),
  imports(['web/component/*.js'], '^(?!\\./|\\.\\./(lib|ui)/)', 'The component takes from ui, lib and itself; it ships without the page.'),
  imports(['web/page/*.js'], '^(?!\\./|\\.\\./(lib|ui)/|(idb|client-zip)$)', 'The page takes from ui, lib, itself, idb and client-zip; what it shares with the component is in ui.'),
  imports(['build_scripts/**'], '/web/(?!lib/)', 'Of web/, build_scripts takes from lib alone.'),
];

export default [
  { ignores: ['build/', 'web/lib/wasm/', 'web/ui/lit*.js', '**/node_modules/'] },
  js.configs.recommended,
  {
    languageOptions: { ecmaVersion: 2024, sourceType: 'module' },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      ...NO_MARKUP,
      'array-callback-return': 'error',
      eqeqeq: 'error',
      'no-constructor-return': 'error',
      'no-promise-executor-return': 'error',
      'no-self-compare': 'error',
      'no-template-curly-in-string': 'error',
      'no-unreachable-loop': 'error',
      'no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
      'no-var': 'error',
      'prefer-const': 'error',
      'require-atomic-updates': 'off', // it takes every assignment after an await for a race
    },
  },
  { files: ['web/**/*.js'], languageOptions: { globals: { ...globals.browser, ...globals.worker } }, rules: { 'no-console': 'error' } },
  { files: ['web/page/service-worker.js'], languageOptions: { globals: { FILES: 'readonly' } } }, // the build writes it
  ...ROOMS,
  { files: ['build_scripts/**', 'tests/**', 'web/examples/*.mjs', '*.js'], languageOptions: { globals: { ...globals.nodeBuiltin } } },
  // Functions that run in a page are written here, and the page's are called by name.
  { files: ['tests/browser/**', 'tests/bench/**', 'tests/support/{browsers,choosing,component-pages}.mjs'], languageOptions: { globals: { ...globals.browser } } },
  { files: ['tests/bench/browser.mjs'], rules: { 'no-undef': 'off', 'no-unused-vars': 'off' } },
  { files: ['tests/golden/generator.mjs'], rules: { 'no-loss-of-precision': 'off' } }, // the digits that generator.py has
];
