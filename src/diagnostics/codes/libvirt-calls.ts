// Codes SL826 to SL839, what a libvirt daemon can be brought to do: title of each.

export const libvirtCallCodes = {
  SL826: 'libvirt will not define this',
  SL827: 'not possible in this network as it is',
  SL828: 'libvirt does not keep it',
  SL829: 'guests hold devices of the pool',
  SL830: 'stands elsewhere in the running network',
  SL831: 'libvirt would change something else, too',
  SL832: 'the uuid of a network never changes',
  SL833: 'forwards through any interface for a moment',
} as const;
