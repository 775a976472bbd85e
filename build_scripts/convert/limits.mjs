/**
 * What the engine's two modules can hold, as tower_info() and picture_info() tell it: a model beyond these
 * would convert and then not load. tests/js/convert-limits.test.mjs compares them with the modules. The tower has more tasks: those are for traits.
 */
export const TOWER_LIMITS = { width: 8192, layers: 128, image: 1024, grid: 128, tasks: 64, rank: 256, headLayers: 16, outputs: 8192 };
export const PICTURE_LIMITS = { views: 256, side: 32768 };
