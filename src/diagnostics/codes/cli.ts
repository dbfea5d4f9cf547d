// Codes SL9xx: title of each.

export const cliCodes = {
  SL901: 'unknown command',
  SL902: 'unknown option',
  SL903: 'missing argument',
  SL904: 'too many arguments',
  SL905: 'wrong value of an option',
  SL906: 'options that exclude each other',
  SL907: 'nobody to ask for confirmation',
  SL908: 'unknown diagnostic code',
  SL909: 'file is not formatted',
  SL910: 'changed in the meantime',
  SL911: 'no policy',
  SL912: 'user without a name',
  SL913: 'file cannot be written',
  SL915: 'editor failed',
  SL916: 'network document without a usable name',
  SL917: 'input that this command does not take',
  SL999: 'internal error',
} as const;
