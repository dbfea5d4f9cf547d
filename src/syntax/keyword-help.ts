// What each word of the update language is for, in one line, and how what it begins is written. Messages about the grammar,
// completion and the help of a session read it.

import type { heads, Keyword } from './keywords.ts';

export type KeywordHelp = {
  /** How what begins with the word is written, mostly; capitals stand for what somebody chooses. Null for words inside of a line. */
  readonly form: string | null;
  readonly about: string;
};

export const keywordHelp: Readonly<Record<Keyword, KeywordHelp>> &
  Readonly<Record<(typeof heads)[number], { readonly form: string }>> = {
  add: { form: 'add ELEMENT name=value to PATH', about: 'make an element that is not there yet' },
  ensure: {
    form: 'ensure ELEMENT name=value in PATH',
    about: 'make an element, or give the one that is there these attributes',
  },
  set: {
    form: 'set PATH name=value',
    about: 'change attributes of an element; `set PATH = VALUE` changes its text',
  },
  unset: { form: 'unset PATH@NAME', about: 'take attributes away' },
  replace: { form: 'replace PATH with ELEMENT', about: 'put another element in the place of one' },
  remove: { form: 'remove PATH', about: 'take an element away, with all that is in it' },
  move: {
    form: 'move PATH before STEP',
    about: 'put an element at another place among its like',
  },
  patch: { form: 'patch "XPATH" add <xml/>', about: 'edit what an XPath finds' },
  assert: {
    form: 'assert PATH exists "MESSAGE"',
    about: 'go on only if this holds before anything runs',
  },
  expect: { form: 'expect PATH exists "MESSAGE"', about: 'refuse the result unless this holds in it' },
  on: { form: 'on network NAME { … }', about: 'statements about other networks' },
  in: { form: 'in live { … }', about: 'for one of the two states only; behind other words, inside of' },
  for: { form: 'for NAME in csv("FILE") { … }', about: 'once for each row of a file: `$NAME.column`' },
  when: { form: 'when PATH exists { … }', about: 'only if this holds now' },
  include: { form: 'include "FILE"', about: 'run another script here' },
  param: { form: 'param NAME = VALUE', about: 'a value that is given from outside' },
  scope: {
    form: 'scope live+config',
    about: 'whether it is about what runs, what is stored, or both',
  },
  namespace: { form: 'namespace PREFIX = "URI"', about: 'a prefix for elements of other programs' },
  let: { form: 'let NAME = VALUE', about: 'give a value a name: `$NAME`' },
  because: { form: 'because "REASON"', about: 'a reason, for the journal' },
  network: inside('a network; in a path, the root element'),
  to: inside('the element that it goes into'),
  with: inside('what takes its place'),
  from: inside('the element that it is taken from'),
  if: inside('`if exists`: do nothing where it is not there'),
  exists: inside('it is there'),
  absent: inside('it is not there'),
  each: inside('all that the path finds'),
  exactly: inside('as many as that, no fewer and no more'),
  first: inside('before all others of its name'),
  last: inside('behind all others of its name'),
  before: inside('in front of the one named next'),
  after: inside('behind the one named next'),
  not: inside('the opposite'),
  and: inside('both'),
  or: inside('one of them, or both'),
  count: inside('how many the path finds'),
  like: inside('a pattern with `*`'),
  csv: inside('rows of a CSV file'),
  json: inside('rows of a JSON file'),
  'live+config': inside('what runs and what is stored'),
  live: inside('what runs'),
  config: inside('what is stored'),
};

function inside(about: string): KeywordHelp {
  return { form: null, about };
}
