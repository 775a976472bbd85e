/** What only pages have, in files that workers load, too. */

declare var document: { baseURI: string } | undefined;

interface StorageManager {
  persist(): Promise<boolean>;
}
