import { sha256 } from '../lib/weights/hash.js';

/**
 * One name for a model's numbers: the SHA-256 of its shards' SHA-256, the base's and then each task's, a line each.
 * @param {import('./types.d.ts').Manifest} manifest
 * @returns {Promise<string>} 64 hex digits
 */
export function modelHash({ base, tasks }) {
  const shards = [base, ...tasks].flatMap((owner) => owner.shards);
  return sha256(new TextEncoder().encode(shards.map((shard) => `${shard.sha256}\n`).join('')));
}
