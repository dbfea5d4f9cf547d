// Codes SL5xx: title of each.

export const replCodes = {
  SL500: 'neither a command nor a verb',
  SL501: 'command in another form',
  SL502: 'command is not complete',
  SL503: 'no network in use',
  SL504: 'no such statement',
  SL505: 'a later statement needs it',
  SL506: 'not while asking what if',
  SL507: 'changed by others, and overlapping',
  SL508: 'setting that does not exist',
  SL509: 'staged work cannot be kept',
} as const;
