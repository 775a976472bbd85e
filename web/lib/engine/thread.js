/** The file of a worker that is a thread and nothing else: it loads as little as it can. Nothing waits at its top: some bundlers make it a plain script. */
import { byType, host } from '../platform/workers.js';
import { asThread } from './thread-work.js';

host.listen(byType(asThread));
