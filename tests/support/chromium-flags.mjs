/** Chromium's sandbox needs a user other than root, which containers do not have. */
export const CHROMIUM_FLAGS = ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
