// The rule about the network's name: its identity, and on the files target its file name.

import { stringValue, xpathChildren } from './libvirt-reading.ts';
import { type At, type Findings, type Level, report } from './rule-report.ts';
import { characterName } from './rules-values.ts';
import { childSpecByName, networkSpec } from './table.ts';
import { forbiddenCharacter } from './values.ts';

export function checkName(findings: Findings, network: At): void {
  const [element] = xpathChildren(network.element, 'name');
  const name = element === undefined ? '' : stringValue(element);
  const problem = problemOf(name);
  if (problem === null) return;
  const spec = childSpecByName(networkSpec, 'name');
  const at: At = element === undefined ? network : { spec, path: 'name', element, parent: network };
  report(findings, { code: 'SL201', at, detail: name, ...problem });
}

type NameProblem = { readonly level: Level; readonly message: string; readonly help: string };

const HELP = 'use letters, digits, `-`, `_` and `.`';

function problemOf(name: string): NameProblem | null {
  if (name === '')
    return { level: 'parse', message: 'the network has no name', help: 'write `<name>…</name>`' };
  if (name.includes('/'))
    return { level: 'parse', message: 'the name of the network holds a slash', help: HELP };
  if (name.includes('\n')) {
    const help = 'write the name on one line, without blanks around it';
    return { level: 'define', message: 'the name of the network holds a line end', help };
  }
  const type = childSpecByName(networkSpec, 'name')?.text ?? { kind: 'name' };
  const forbidden = forbiddenCharacter(type, name);
  if (forbidden !== null) {
    const char = characterName(forbidden.char);
    return {
      level: 'own',
      message: `the name of the network holds ${char}`,
      help: `leave it out: ${char} is ${forbidden.reason}`,
    };
  }
  if (name === '.' || name === '..') {
    return {
      level: 'own',
      message: `the name of the network is \`${name}\`, which no file can have`,
      help: HELP,
    };
  }
  if (name.trim() !== name) {
    return { level: 'own', message: 'the name of the network has blanks around it', help: 'leave them out' };
  }
  return null;
}
