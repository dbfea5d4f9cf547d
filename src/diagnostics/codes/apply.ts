// Codes SL8xx: title of each.

export const applyCodes = {
} as const;
