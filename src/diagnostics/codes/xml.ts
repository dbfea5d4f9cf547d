// Codes SL1xx: title of each.

export const xmlCodes = {
  SL101: 'malformed markup',
  SL102: 'opening and closing tags do not match',
  SL103: 'XML text ends too early',
  SL104: 'malformed attribute',
  SL105: 'attribute given twice',
  SL106: 'undeclared namespace prefix',
  SL107: 'misused namespace',
  SL108: 'character that XML does not allow',
  SL109: 'reference that XML does not define',
  SL110: 'DOCTYPE is refused',
  SL111: 'not exactly one root element',
  SL112: 'XML declaration that cannot be accepted',
  SL113: 'XML over a limit',
  SL114: 'invisible character',
  SL120: 'malformed XPath',
  SL121: 'unknown name in an XPath',
  SL122: 'XPath that selects no nodes of a document',
  SL123: 'undeclared prefix in an XPath',
  SL124: 'XPath over a limit',
} as const;
