// Codes SL3xx: title of each.

export const syntaxCodes = {
} as const;
