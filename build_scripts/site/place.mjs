import { fileURLToPath } from 'node:url';

/** Where `make` keeps the site that the server and the tests take. */
export const SITE = fileURLToPath(new URL('../../build/site', import.meta.url));
