/** The documents: every file, link and heading that they name is there, and the README stays short and shows what a shell would. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const git = (...args) => execFileSync('git', ['-C', ROOT, ...args], { encoding: 'utf8' }).split('\n').filter(Boolean);

const skip = !existsSync(join(ROOT, '.git')) && 'needs a clone: git says which files are the project\'s';
const TRACKED = skip ? [] : git('ls-files');
const DOCUMENTS = TRACKED.filter((path) => path.endsWith('.md') && existsSync(join(ROOT, path)));
const ROOMS = new Set(TRACKED.filter((path) => path.includes('/')).map((path) => path.split('/')[0]));
/** Endings of sources, by which a name without a folder is known to be a file of ours. */
const SOURCE = /\.(m?js|d\.ts|c|h|py|sh|mk|css)$/;
const PATH = /^[\w@.-][\w@./-]*$/;
/** A name that stands for one that the reader chooses. */
const PLACEHOLDER = /NAME|DIR|TASK|RECIPE/;
/** A template is read where it is written to. */
const PLACES = { 'build_scripts/train/demo-readme.md': 'weights/demo/README.md' };

const isIgnored = (path) => {
  try {
    return git('check-ignore', path).length > 0;
  } catch {
    return false; // git's status where it does not ignore the path, or where the path leaves the repository
  }
};

/** Whether a word of code names a file or folder that is there, or that the build makes. */
function isThere(word, folder) {
  const path = word.replace(/\/$/, '');
  const candidates = [join(folder, path), path];
  return candidates.some((each) => existsSync(join(ROOT, each)) || isIgnored(each) || isIgnored(`${each}/`))
    || TRACKED.some((each) => each.endsWith(`/${path}`) || each.includes(`/${path}/`));
}

/** Words in backticks, and in blocks of code, that can only be paths of this repository. */
function pathsIn(text) {
  const blocks = [...text.matchAll(/^ *```.*\n([\s\S]*?)^ *```/gm)].flatMap(([, code]) => code.split(/[\s"'<>`]+/));
  const spans = [...text.replace(/^ *```[\s\S]*?^ *```/gm, '').matchAll(/`([^`]+)`/g)].flatMap(([, code]) => code.split(/\s+/));
  const inRoom = (word) => ROOMS.has(word.split('/')[0]) && word.includes('/');
  return [...blocks.filter(inRoom), ...spans.filter((word) => inRoom(word) || SOURCE.test(word))].map((word) => word.replace(/[,;:.)]+$/, '')).filter((word) => PATH.test(word) && !PLACEHOLDER.test(word));
}

/** GitHub's name for a heading. */
const slug = (heading) => heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').trim().replaceAll(' ', '-');
const headingsOf = (text) => [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => slug(heading));

/** What a document names and the repository lacks. */
function missing(path, text) {
  const folder = dirname(PLACES[path] ?? path);
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target).filter((target) => !/^[a-z]+:/.test(target));
  const lost = links.filter((link) => {
    const [file, heading] = link.split('#');
    const target = file === '' ? path : join(folder, file);
    if (!existsSync(join(ROOT, target))) return true;
    return heading !== undefined && !headingsOf(target === path ? text : readFileSync(join(ROOT, target), 'utf8')).includes(heading);
  });
  return [...lost, ...pathsIn(text).filter((word) => !isThere(word, folder))];
}

for (const path of DOCUMENTS) {
  test(`${path} names only what is there`, () => {
    assert.deepEqual(missing(path, readFileSync(join(ROOT, path), 'utf8')), []);
  });
}

test('a lost file, link or heading is noticed', { skip }, () => {
  const lost = '`tests/js/nothing.test.mjs` and `nothing.mjs`, [a link](tests/NOTHING.md), [a heading](README.md#nothing)\n```sh\nnode build_scripts/nothing.mjs\n```\n';
  assert.deepEqual(missing('README.md', lost), ['tests/NOTHING.md', 'README.md#nothing', 'build_scripts/nothing.mjs', 'tests/js/nothing.test.mjs', 'nothing.mjs']);
  assert.deepEqual(missing('README.md', '`tests/js/docs.test.mjs`, `build/site/`, `labels.csv`, [Start](#start)\n# Start\n'), []);
});

test('the README fits a coffee break', () => {
  assert.ok(readFileSync(join(ROOT, 'README.md'), 'utf8').split('\n').length <= 151);
});

test('the README shows what the command line says of a sample', () => {
  const [, command, shown] = /^\$ node (build_scripts\/score\.mjs .*)\n([^`]*)/m.exec(readFileSync(join(ROOT, 'README.md'), 'utf8'));
  const told = execFileSync(process.execPath, command.split(' '), { cwd: ROOT, encoding: 'utf8' });
  const withoutTime = (text) => text.replace(/\d+ ms/, 'ms').trim();
  assert.equal(withoutTime(shown), withoutTime(told));
});
