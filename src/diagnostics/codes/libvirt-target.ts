// Codes SL98x, the libvirt target above its protocol: title of each.

export const libvirtTargetCodes = {
  SL980: 'network has no such state now',
  SL981: 'journal of a daemon cannot be written',
  SL982: 'apply was interrupted',
  SL984: 'daemon holds only a part of the plan',
  SL985: 'nothing changed on the daemon',
  SL986: 'apply was stopped',
  SL987: 'daemon cannot be read back',
  SL988: 'only a libvirt daemon can do that',
  SL989: 'applied, but not on record',
  SL990: 'what runs is not what is stored',
} as const;
