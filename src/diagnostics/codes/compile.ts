// Codes SL4xx: title of each.

export const compileCodes = {
} as const;
