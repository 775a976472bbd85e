/** The Python that a test needs: whether one is here that has each of its modules, and if not, what is missing. */
import { execFileSync } from 'node:child_process';

/** Debian's own first: its Pillow is the judge of the golden pictures. */
const CANDIDATES = ['/usr/bin/python3', 'python3'];

/** Debian's packages, by module. */
const PACKAGES = { numpy: 'python3-numpy', PIL: 'python3-pil', torch: 'python3-torch' };

/** What `python` cannot import, or null where there is no such program. */
function missingModules(python, modules) {
  const probe = `
import importlib, sys
def missing(name):
    try: importlib.import_module(name)
    except Exception: return True # a module may be there and broken
print(*[name for name in sys.argv[1:] if missing(name)])`;
  try {
    return execFileSync(python, ['-c', probe, ...modules], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim().split(' ').filter(Boolean);
  } catch {
    return null;
  }
}

/**
 * @param {string[]} modules all that the test imports, of itself or through others
 * @returns {{python: string | undefined, skip: string | false}} skip: as node:test wants it, the reason or false
 */
export function findPython(modules) {
  const found = CANDIDATES.map((python) => ({ python, missing: missingModules(python, modules) })).filter(({ missing }) => missing);
  const whole = found.find(({ missing }) => missing.length === 0);
  if (whole) return { python: whole.python, skip: false };
  const needs = `needs python3 with ${modules.join(', ')}`;
  if (found.length === 0) return { python: undefined, skip: `${needs}; there is none here` };
  const { python, missing } = found[0];
  return { python: undefined, skip: `${needs}; ${python} lacks ${missing.join(', ')} (apt-get install ${missing.map((name) => PACKAGES[name]).join(' ')})` };
}
