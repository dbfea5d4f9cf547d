// Codes SL5xx: title of each.

export const resultCodes = {
} as const;
