// Codes SL9xx: title of each.

export const cliCodes = {
} as const;
