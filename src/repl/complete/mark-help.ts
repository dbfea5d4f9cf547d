// One line for each mark of the update language that stands by itself, for completion.

export const markHelp: ReadonlyMap<string, string> = new Map([
  ['==', 'equal, as libvirt means it'],
  ['!=', 'not equal'],
  ['<', 'less'],
  ['<=', 'less or equal'],
  ['>', 'more'],
  ['>=', 'more or equal'],
  ['{', 'what belongs inside'],
  ['}', 'end of what belongs inside'],
  ['(', 'a condition in brackets'],
  [')', 'end of the bracket'],
]);
