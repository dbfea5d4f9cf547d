// Codes SL87x to SL89x, the libvirt daemon as it is talked to: title of each.

export const libvirtCodes = {
  SL870: 'not a libvirt URI',
  SL871: 'transport that Sluice does not speak',
  SL872: 'no libvirt daemon answers',
  SL873: 'libvirt does not let you in',
  SL874: 'connection may only read',
  SL875: 'no such network on the daemon',
  SL876: 'libvirt refused',
  SL877: 'connection to libvirt lost',
  SL878: 'nobody knows whether libvirt did it',
  SL879: 'libvirt did not answer in time',
  SL880: 'not what libvirt says',
  SL881: 'no way to the other machine',
  SL882: 'daemon wants a password',
  SL883: 'more than libvirt takes',
} as const;
