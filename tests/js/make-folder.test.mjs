/** Folders that programs write to. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { makeFolder } from '../../build_scripts/make-folder.mjs';

const MODULE = new URL('../../build_scripts/make-folder.mjs', import.meta.url).href;

let work;
before(async () => { work = await mkdtemp(join(tmpdir(), 'percept-folder-')); });
after(() => rm(work, { recursive: true }));

test('a folder is made with those above it, and may be there already', async () => {
  const path = join(work, 'a/b/../c/d');
  await makeFolder(path);
  assert.ok((await stat(path)).isDirectory());
  await makeFolder(path);
  await makeFolder(join(work, 'a', 'e/'));
});

test('what is a file, or lies under one, is told of', async () => {
  await writeFile(join(work, 'file'), '');
  await assert.rejects(makeFolder(join(work, 'file')), { code: 'EEXIST' });
  await assert.rejects(makeFolder(join(work, 'file/under')), { code: 'ENOTDIR' });
});

/** In a process of its own, which can be ended: one that asks for ever could not. */
function codeOf(path) {
  const program = `import { makeFolder } from ${JSON.stringify(MODULE)}; await makeFolder(${JSON.stringify(path)}).catch(({ code }) => console.log(code));`;
  const { stdout, error } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { timeout: 5000, killSignal: 'SIGKILL', encoding: 'utf8' });
  assert.ifError(error);
  return stdout.trim();
}

test('a file system that takes no folders is told of, too, and not asked for ever', { skip: !existsSync('/proc/self') && 'this system has no /proc' }, () => {
  assert.equal(codeOf('/proc/percept'), 'ENOENT');
  assert.equal(codeOf('/proc/percept/model'), 'ENOENT');
});
