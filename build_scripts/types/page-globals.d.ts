/** What only workers have, in files that pages load, too. */

declare var WorkerGlobalScope: unknown;

interface FileSystemFileHandle {
  createSyncAccessHandle(): Promise<FileSystemSyncAccessHandle>;
}

interface FileSystemSyncAccessHandle {
  close(): void;
  getSize(): number;
  read(buffer: ArrayBufferView, options?: { at?: number }): number;
  truncate(size: number): void;
  write(buffer: ArrayBufferView, options?: { at?: number }): number;
}
