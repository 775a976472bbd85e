/**
 * What a folder is searched for; a file that is named by hand is tried whatever its name. macOS puts files that begin with ._ beside
 * pictures on foreign disks, by the same names, and no pictures. Pure.
 * @param {string} path
 */
export const isPictureName = (path) => /(^|[/\\])(?!\._)[^/\\]*\.(jpe?g|jpe|jfif|pjpe?g|pjp|mpo|png|bmp|dib|gif|webp|avif|hei[cf])$/i.test(path);

/** Of these, what the engine decodes itself, the same everywhere. Pure. @param {string} path */
export const isDecodedName = (path) => isPictureName(path) && !/\.(avif|hei[cf])$/i.test(path);
