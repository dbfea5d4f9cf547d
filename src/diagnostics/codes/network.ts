// Codes SL2xx: title of each.

export const networkCodes = {
} as const;
