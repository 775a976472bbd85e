/** <percept-scorer> in TypeScript, strict: the types of each framework's markup, and that wrong markup is refused. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { packPackage, unpackInto } from '../support/packed.mjs';
import { PATIENCE, install } from './install.mjs';

const run = promisify(execFile);
const TYPESCRIPT = '5.9.3';

/** What is the same in React and Preact. */
const jsx = (framework) => `import type {} from 'percept/${framework}';
export const field = <percept-scorer class="wide" src="/models/demo/" tasks="quality" min-sharpness={0.5} required loading="lazy"
  onscore={({ detail }) => { const value: number | undefined = detail.scores.quality.value; console.log(value); }}
  onerror={({ detail }) => { console.log(detail.code === 'network'); }} />;
`;
const attributes = (framework, element, typed) => `import type {} from 'percept/${framework}';
${element}
export const field: ${typed} = {
  class: 'wide', src: '/models/demo/', tasks: 'quality', 'min-sharpness': 0.5, required: true, loading: 'lazy',
  onSCORE: ({ detail }) => { console.log(detail.scores.quality.value); },
  onERROR: ({ detail }) => { console.log(detail.code === 'network'); },
};
`;

/** @type {Record<string, {tools: Record<string, string>, file: string, text: string, options: string[]}>} */
const FRAMEWORKS = {
  react: {
    tools: { react: '19.3.1', '@types/react': '19.3.3' }, file: 'field.tsx', options: ['--jsx', 'react-jsx'],
    text: jsx('react').replace('class=', 'className='),
  },
  preact: { tools: { preact: '11.2.0' }, file: 'field.tsx', options: ['--jsx', 'react-jsx', '--jsxImportSource', 'preact'], text: jsx('preact') },
  vue: {
    tools: { vue: '3.5.45' }, file: 'field.ts', options: [],
    text: attributes('vue', "import type { GlobalComponents } from 'vue';", "InstanceType<GlobalComponents['percept-scorer']>['$props']")
      .replace('onSCORE', 'onScore').replace('onERROR', 'onError'),
  },
  svelte: {
    tools: { svelte: '5.57.3' }, file: 'field.ts', options: [],
    text: attributes('svelte', "import type { SvelteHTMLElements } from 'svelte/elements';", "SvelteHTMLElements['percept-scorer']")
      .replace('onSCORE', 'onscore').replace('onERROR', 'onerror'),
  },
};

const WRONG = { "'lazy'": "'soon'", '"lazy"': '"soon"', "'network'": "'no-such-code'" };

let work;
let archive;
before(async () => {
  work = await mkdtemp(join(tmpdir(), 'percept-frameworks-'));
  ({ path: archive } = await packPackage(work));
});
after(() => rm(work, { recursive: true }));

for (const [name, { tools, file, text, options }] of Object.entries(FRAMEWORKS)) {
  test(`${name}: markup type-checks, and wrong markup does not`, { timeout: 3 * PATIENCE }, async (t) => {
    const { folder, skip } = await install(`types-${name}`, { ...tools, typescript: TYPESCRIPT });
    if (skip) {
      t.skip(skip);
      return;
    }
    await unpackInto(archive, folder);
    /** What the compiler says of the file. */
    const check = async (source) => {
      await writeFile(join(folder, file), source);
      const tsc = ['node_modules/typescript/bin/tsc', '--noEmit', '--strict', '--target', 'es2022', '--module', 'esnext', '--moduleResolution', 'bundler', ...options, file];
      return run(process.execPath, tsc, { cwd: folder }).then(() => '', ({ stdout }) => stdout);
    };
    assert.equal(await check(text), '');
    for (const [right, wrong] of Object.entries(WRONG)) {
      if (text.includes(right)) assert.match(await check(text.replace(right, wrong)), /error TS/, wrong);
    }
  });
}
