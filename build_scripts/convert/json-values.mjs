/** What a value in somebody else's JSON is. */

/** How many: 0 is one. */
export const isCount = (value) => Number.isSafeInteger(value) && value >= 0;

export const isAbsent = (value) => value === null || value === undefined;

/** A word that says nothing: authors' code also writes the words that it does not use. */
export const isEmpty = (value) => isAbsent(value) || value === false || (typeof value === 'object' && Object.keys(value).length === 0);
