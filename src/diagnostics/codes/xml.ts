// Codes SL1xx: title of each.

export const xmlCodes = {
} as const;
