/** The service worker's: SHA-256 of each file of the page, by its path. */
declare const FILES: Record<string, string>;

/** What only pages have, in files that workers load, too. */

declare var document: { baseURI: string } | undefined;

interface StorageManager {
  persist(): Promise<boolean>;
}
