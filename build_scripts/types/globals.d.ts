/** What pages, workers and Node have beyond the compiler's own libraries, as far as it is used here. */

/** Trusted Types: absent in browsers that lack them, and in Node. */
interface TrustedTypePolicy {
  createScriptURL(url: string): string;
}

declare var trustedTypes: { createPolicy(name: string, rules: { createScriptURL(url: string): string }): TrustedTypePolicy } | undefined;
