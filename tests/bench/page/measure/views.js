/** The pictures on which every runtime runs: seeded ones of generator.mjs. */
export const VIEWS = { size: 224, seed: 104 };

/** Pictures whose embeddings are compared with float32's. */
export const COMPARED = 4;
