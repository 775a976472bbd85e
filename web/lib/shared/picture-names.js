/**
 * What a folder is searched for; a file that is named by hand is tried whatever its name. Pure.
 * @param {string} path
 */
export const isPictureName = (path) => /\.(jpe?g|png|bmp|gif|webp|avif|hei[cf])$/i.test(path);
