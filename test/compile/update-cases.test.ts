// libvirt's own update cases, said as Sluice statements: the same document, or an error where libvirt has one.

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { prepareScript } from '../../src/compile/prepare.ts';
import { runScript } from '../../src/compile/run.ts';
import { type Diagnostic, error } from '../../src/diagnostics/diagnostic.ts';
import { printAsLibvirt } from '../../src/network/libvirt-print.ts';
import { assemble } from '../../src/plan/assemble.ts';
import { attrOf } from '../../src/xml/document.ts';
import { parseDocument, parseFragment } from '../../src/xml/parse.ts';

type UpdateCase = {
  readonly name: string;
  readonly section: string;
  readonly command: 'add-first' | 'add-last' | 'modify' | 'delete';
  readonly parentIndex: number;
  readonly before: string;
  readonly xml: string;
  readonly expectedAfter: string;
};

const corpus = new URL('../../../shared/corpus/', import.meta.url);
const there = existsSync(new URL('update-cases.json', corpus));

describe.skipIf(!there)(
  'the update cases of libvirt (skipped where the corpus does not stand beside the project)',
  () => {
    const cases: readonly UpdateCase[] = there ? JSON.parse(read('update-cases.json')) : [];
    test.each(cases)('$name', (one) => {
      const outcome = run(one);
      if (one.expectedAfter === 'error') expect(outcome.errors, 'libvirt refuses this').not.toEqual([]);
      else {
        expect(outcome.errors).toEqual([]);
        expect(outcome.text).toBe(printAsLibvirt(document(read(one.expectedAfter))));
      }
    });
  },
);

function read(name: string): string {
  return readFileSync(new URL(name, corpus), 'utf8');
}

function document(text: string) {
  const { value, diagnostics } = parseDocument({ name: 'default.xml', text });
  if (value === null) throw new Error(diagnostics[0]?.message);
  return value;
}

function run(one: UpdateCase): { readonly errors: readonly string[]; readonly text: string } {
  const base = document(read(one.before));
  const name = /<name>(.*?)<\/name>/.exec(base.source.text)?.[1] ?? '';
  const source = { name: one.name, text: statement(one) };
  const prepared = prepareScript([source], {
    load: (path) => ({ ok: false, error: error('SL448', null, path) }),
    vars: new Map(),
  });
  if (prepared.value === null) return { errors: errors(prepared.diagnostics), text: '' };
  const output = runScript({
    prepared: prepared.value,
    network: name,
    available: [name],
    isDefault: true,
    scope: 'config',
    targetScopes: ['config'],
    document: base,
    recordPatches: false,
  });
  if (errors(output.diagnostics).length > 0) return { errors: errors(output.diagnostics), text: '' };
  const made = assemble({
    network: name,
    scope: 'config',
    base,
    baseHash: undefined,
    wanted: output.result,
    causes: output.causes,
  });
  if (made.value === null) return { errors: errors(made.diagnostics), text: '' };
  return { errors: [], text: printAsLibvirt(document(made.value.resultText ?? '')) };
}

function errors(diagnostics: readonly Diagnostic[]): readonly string[] {
  return diagnostics.filter((one) => one.severity === 'error').map((one) => one.message);
}

/** One `virsh net-update` as one statement. */
function statement({ section, command, parentIndex, xml }: UpdateCase): string {
  const element = read(xml).trim();
  const parent = parentOf(section, parentIndex);
  switch (command) {
    case 'add-first':
      return `add ${element} to ${parent} first`;
    case 'add-last':
      return `add ${element} to ${parent}`;
    case 'delete':
      // libvirt deletes these by name, whatever else is given; the others by all that is given, as Sluice does
      return section === 'portgroup' || section === 'dns-txt'
        ? `remove ${byKey(parent, xml, element)}`
        : `remove ${element} from ${parent}`;
    case 'modify':
      return `replace ${byKey(parent, xml, element)} with ${element}`;
  }
}

function byKey(parent: string, name: string, text: string): string {
  const { value } = parseFragment({ name, text }, 0, text.length, new Map());
  if (value === null) throw new Error(`${name} is broken`);
  const key = ['mac', 'name', 'id', 'ip']
    .map((attr) => attrOf(value, attr)?.value)
    .find((one) => one !== undefined);
  return `${parent === 'network' ? '' : `${parent}.`}${value.name}["${key}"]`;
}

function parentOf(section: string, index: number): string {
  switch (section) {
    case 'ip-dhcp-host':
    case 'ip-dhcp-range':
      return `ip[#${index + 1}].dhcp`;
    case 'forward-interface':
      return 'forward';
    case 'portgroup':
      return 'network';
    case 'dns-host':
    case 'dns-txt':
    case 'dns-srv':
      return 'dns';
    default:
      throw new Error(`no section ${section}`);
  }
}
