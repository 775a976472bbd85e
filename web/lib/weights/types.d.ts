/** Shapes that the files of weights/ hand to one another. */
import type { Evidence, LoadProgress, Manifest, Shard, Task } from '../percept.js';

export type { Manifest, Shard };

/** Where bytes came from. */
export type Source = 'network' | 'device';

/** Memory that is not shared with another worker: browsers hash, store and send no other. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** How long a download puts up with a server, in milliseconds; retries.js says more. */
export interface Patience {
  stall: number;
  attempts: number;
  firstWait: number;
  longestWait: number;
}

/** What Transfer.open asks for. */
export interface TransferOptions {
  signal?: AbortSignal;
  headers?: Record<string, string>;
  cache?: RequestCache;
  /** Of what is fetched, for errors. */
  name: string;
  /** Milliseconds without a byte that count as a broken connection. */
  stall?: number;
}

export type DataType = 'F32' | 'F16' | 'U8' | 'I32';

/** A tensor of a safetensors file; begin and end are counted from the file's data. */
export interface Tensor {
  name: string;
  dtype: DataType;
  shape: number[];
  begin: number;
  end: number;
}

/** Where the tensors of one shard go. */
export interface Placement {
  /** Bytes of the data section, in order. */
  write(offset: number, bytes: Uint8Array): void;
  /** Called when all bytes are written. */
  finish(): void;
}

/** Called when a shard's header is known. */
export type Place = (shard: Shard, tensors: Tensor[]) => Placement;

/** A taught task as its file has it. */
export type TaughtTask = Omit<Task, 'shards'>;

/** What a trait's file holds; tensors are 32-bit floats, begin and end counted from the first byte of `data`. */
export interface Trait {
  task: TaughtTask;
  evidence: Evidence;
  tensors: Tensor[];
  data: Uint8Array;
}

export interface FoundManifest {
  /** Checked. */
  manifest: Manifest;
  /** model.json as it came. */
  text: string;
  /** The URL that shards are relative to, model.json's own. */
  base: string;
  /** The network was away, and this is the copy of the last visit. */
  offline: boolean;
}

/** How far a load has come. */
export type Standing = Omit<LoadProgress, 'phase' | 'task'>;

/**
 * A kind of storage; opening one throws where the browser refuses it. Files are shards, by their SHA-256; records are
 * small texts. Every method may throw what the browser throws.
 */
export interface Backend {
  kind: 'files' | 'cache';
  /** A new one is empty. */
  openFile(name: string): Promise<BackendFile>;
  /** Bytes by name. */
  files(): Promise<Map<string, number>>;
  /** With its seal. */
  removeFile(name: string): Promise<unknown>;
  /** The checksums of what is in a whole file, as text; '' if there are none. */
  readSeal(name: string): Promise<string>;
  writeSeal(name: string, text: string): Promise<void>;
  writeRecord(name: string, text: string): Promise<void>;
  /** Text by name. */
  records(): Promise<Map<string, string>>;
  removeRecord(name: string): Promise<unknown>;
}

/** One reader or writer at a time, written front to back. */
export interface BackendFile {
  length: number;
  /** Fills `target`. */
  read(offset: number, target: Bytes): unknown;
  /** At the end. */
  write(offset: number, bytes: Bytes): unknown;
  truncate(length: number): unknown;
  close(): unknown;
}

/** vectors.json: a model's published results. */
export interface Vectors {
  format: 'percept-vectors';
  version: 1;
  model: string;
  pictures: { file: string; sha256: string; embedding: string; scores: Record<string, string> }[];
}

/** What a stored file asks of its storage: where seals are, whether anything is kept still, and to learn from an error. */
export interface Keeper {
  readonly backend: Backend | null;
  readonly keeps: boolean;
  failed(error: unknown): null;
}
