// Codes SL98x, the libvirt target above its protocol: title of each.

export const libvirtTargetCodes = {
  SL980: 'network has no such state now',
} as const;
