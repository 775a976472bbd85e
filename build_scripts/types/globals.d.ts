/** What pages, workers and Node have beyond the compiler's own libraries, as far as Percept uses it. */

/** Absent in browsers without Trusted Types, and in Node. */
declare var trustedTypes: TrustedTypePolicyFactory | undefined;

interface TrustedTypePolicyFactory {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): TrustedTypePolicy;
}

interface TrustedTypePolicy {
  /** A TrustedScriptURL, which stands where an address does. */
  createScriptURL(url: string): string;
}

/** Node's. */
declare var process: { getBuiltinModule<Name extends keyof NodeModules>(name: Name): NodeModules[Name]; versions: { node: string } } | undefined;

interface NodeWorker extends Worker {
  on(event: 'message', listener: (data: any) => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
  on(event: 'exit', listener: () => void): void;
  ref(): void;
  unref(): void;
}

interface NodeModules {
  'node:worker_threads': {
    Worker: new (url: URL, options: { type: 'module' }) => NodeWorker;
    parentPort: Pick<NodeWorker, 'on'> & Pick<Worker, 'postMessage'>;
  };
  'node:url': { pathToFileURL(path: string): URL; fileURLToPath(url: string | URL): string };
  'node:fs': {
    promises: { stat(path: string): Promise<{ size: number; isFile(): boolean; isDirectory(): boolean }>; access(path: string, mode: number): Promise<void> };
    constants: { R_OK: number };
    createReadStream(path: string, options: { start: number; signal?: AbortSignal | null; highWaterMark: number }): NodeStream;
  };
  'node:stream': { Readable: { toWeb(stream: NodeStream): ReadableStream<Uint8Array<ArrayBuffer>> } };
  'node:os': { availableParallelism(): number };
  'node:v8': { setFlagsFromString(flags: string): void };
}

interface NodeStream {
  on(event: 'error', listener: (error: Error) => void): void;
}
