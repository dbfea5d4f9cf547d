// Codes SL7xx: title of each.

export const planCodes = {
} as const;
