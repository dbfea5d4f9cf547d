// The verbs and blocks of the update language, each in one line, for help and completion.

import type { heads } from '../syntax/keywords.ts';

export type VerbHelp = {
  readonly head: (typeof heads)[number];
  readonly form: string;
  readonly about: string;
};

export const verbHelp: readonly VerbHelp[] = [
  { head: 'add', form: 'add ELEMENT NAME=VALUE… [to PATH]', about: 'an element that is not there yet' },
  { head: 'ensure', form: 'ensure ELEMENT NAME=VALUE… [in PATH]', about: 'add it, or make what is there so' },
  {
    head: 'set',
    form: 'set PATH NAME=VALUE…',
    about: 'attributes of what is there; set PATH = VALUE its text',
  },
  { head: 'unset', form: 'unset PATH@NAME', about: 'take attributes away' },
  { head: 'replace', form: 'replace PATH with ELEMENT …', about: 'an element by exactly another' },
  { head: 'remove', form: 'remove PATH', about: 'an element with all that is in it' },
  { head: 'move', form: 'move PATH before|after|first|last …', about: 'among elements of its name' },
  {
    head: 'patch',
    form: 'patch "XPATH" add|replace|remove|set …',
    about: 'what the other verbs have no words for',
  },
  { head: 'assert', form: 'assert CONDITION ["MESSAGE"]', about: 'about the network before anything runs' },
  { head: 'expect', form: 'expect CONDITION ["MESSAGE"]', about: 'about the result of everything' },
  { head: 'on', form: 'on network NET { … }', about: 'statements about another network' },
  { head: 'in', form: 'in live|config { … }', about: 'for one of the two states only' },
  { head: 'for', form: 'for ROW in csv("FILE") { … }', about: 'for every row of a data file: $ROW.column' },
  { head: 'when', form: 'when CONDITION { … }', about: 'only where it holds' },
  { head: 'include', form: 'include "FILE"', about: 'another script' },
  { head: 'param', form: 'param NAME [= VALUE]', about: 'a value given by `set context NAME=VALUE`' },
  { head: 'scope', form: 'scope live|config|live+config', about: 'which state all of it is about' },
  { head: 'namespace', form: 'namespace PREFIX = "URI"', about: 'for elements of other XML namespaces' },
  { head: 'let', form: 'let NAME = VALUE', about: 'a name for a value: $NAME' },
  { head: 'because', form: 'because "REASON"', about: 'the reason of all of it, kept in the journal' },
];
