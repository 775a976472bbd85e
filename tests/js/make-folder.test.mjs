/** Folders that programs write to. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { makeFolder } from '../../build_scripts/make-folder.mjs';

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

test('a file system that takes no folders is told of, too, and not asked for ever', { skip: !existsSync('/proc/self') && 'this system has no /proc', timeout: 5000 }, async () => {
  await assert.rejects(makeFolder('/proc/percept'), { code: 'ENOENT' });
  await assert.rejects(makeFolder('/proc/percept/model'), { code: 'ENOENT' });
});
