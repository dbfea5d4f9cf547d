// Codes SL6xx: title of each.

export const policyCodes = {
} as const;
