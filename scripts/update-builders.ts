// Writes src/plan/update.generated.ts from the element table. `npx tsx scripts/update-builders.ts`; with `--check` it only
// says whether the file is stale, as a test does.

import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { AttrSpec, ElementSpec, ValueType } from '../src/network/spec.ts';
import { allSpecs, networkSpec, type SpecPlace } from '../src/network/table.ts';
import { describeType } from '../src/network/values.ts';
import { unreachable } from '../src/std/unreachable.ts';

export const UPDATE_BUILDERS = path.resolve(import.meta.dirname, '../src/plan/update.generated.ts');

/** The file as it should be. */
export function updateBuilders(): string {
  const types = new Map<ElementSpec, string>();
  for (const place of allSpecs()) if (!types.has(place.spec)) types.set(place.spec, typeName(place));
  const places = allSpecs().filter(({ spec }) => spec.cardinality !== 'one' || spec === networkSpec);
  return `${[
    '// The kinds of updates: what each element can hold, and a builder for it. Generated from src/network/table.ts by',
    '// scripts/update-builders.ts: do not edit.',
    '',
    `import { builder, type Many, type ManyText, type One, type OneText, type Settable, type Which } from './update.ts';`,
    ...[...types].flatMap(([spec, name]) =>
      places.some((place) => place.spec === spec) ? typesOf(spec, name, types) : [],
    ),
    '',
    '/** A builder for each kind of element, named as its path: `ip.dhcp.host` is `ipDhcpHost`. Each call makes one Update. */',
    'export type Updates = {',
    ...places.flatMap((place) => [
      `  /** \`${pathWithKeys(place)}\`: ${place.spec.doc}. */`,
      `  readonly ${propertyName(place)}: ${builderType(place, types)};`,
    ]),
    '};',
    '',
    "/** The RFC's typed calls: `update.bridge.set({ stp: 'off' })`. */",
    'export const update: Updates = {',
    ...places.map((place) => `  ${propertyName(place)}: builder('${place.path}'),`),
    '};',
  ].join('\n')}\n`;
}

function pathWithKeys({ chain }: SpecPlace): string {
  const below = chain.slice(1).map((spec) => {
    const keys = (spec.key?.alternatives ?? []).map(({ parts }) =>
      parts.map((part) => ('attr' in part ? part.attr : 'text')).join(spec.key?.separator ?? '/'),
    );
    return `${spec.name}${keys.length === 0 ? '' : `[${keys.join(' or ')}]`}`;
  });
  return below.length === 0 ? 'network' : below.join('.');
}

/** `ipDhcpHost`; a prefix is said once: `dnsmasqOptionsOption`. */
function propertyName({ chain }: SpecPlace): string {
  if (chain.length === 1) return 'network';
  const words = chain
    .slice(1)
    .map((spec, at) =>
      spec.ns === '' || spec.ns === chain[at]?.ns
        ? spec.local
        : spec.name.replace(/:(.)/, (_, letter: string) => letter.toUpperCase()),
    );
  return words.map((word, at) => (at === 0 ? word : capital(word))).join('');
}

function typeName(place: SpecPlace): string {
  return capital(propertyName(place));
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** What a program may give: libvirt counts `connections` itself. */
function attrsOf(spec: ElementSpec): readonly AttrSpec[] {
  return spec.attrs.filter((attr) => attr.name !== 'connections');
}

function typesOf(
  spec: ElementSpec,
  name: string,
  types: ReadonlyMap<ElementSpec, string>,
): readonly string[] {
  if (spec.text !== null || spec.content === 'opaque') return [];
  const attrs = attrsOf(spec);
  const clash = attrs.find((attr) => spec.children.some((child) => child.local === attr.name));
  if (clash !== undefined) throw new Error(`${name} has an attribute and a child called ${clash.name}`);
  const lines: string[] = [];
  if (attrs.length > 0) {
    lines.push('', `type ${name}Attrs = {`, ...attrs.flatMap(attrLines), '};');
  }
  // the network as a whole is no content of anything
  if (spec.children.length > 0 && spec !== networkSpec) {
    lines.push(
      '',
      `type ${name}Content = ${attrs.length > 0 ? `${name}Attrs & ` : ''}{`,
      ...spec.children.map((child) => {
        const type = contentType(child, types);
        return `  readonly ${child.local}?: ${child.cardinality === 'many' ? `readonly ${type}[]` : type} | undefined;`;
      }),
      '};',
    );
  }
  return lines;
}

function contentType(spec: ElementSpec, types: ReadonlyMap<ElementSpec, string>): string {
  if (spec.text !== null) return 'string';
  const name = types.get(spec);
  if (name === undefined) throw new Error(`${spec.name} stands nowhere`);
  return spec.children.length > 0 ? `${name}Content` : `${name}Attrs`;
}

function attrLines(attr: AttrSpec): readonly string[] {
  const notes = [
    attr.doc,
    ...(isPlain(attr.type) ? [] : [describeType(attr.type)]),
    ...(attr.default === null ? [] : [`\`${attr.default}\` when absent`]),
  ];
  const type = typeText(attr.type);
  return [
    `  /** ${capital(notes.join('; ')).replaceAll('*/', '* /')}. */`,
    `  readonly ${attr.name}${attr.required ? `: ${type}` : `?: ${type} | undefined`};`,
  ];
}

/** Whether the TypeScript type says it all. */
function isPlain(type: ValueType): boolean {
  return type.kind === 'enum' || type.kind === 'stp' || type.kind === 'name' || type.kind === 'text';
}

function typeText(type: ValueType): string {
  switch (type.kind) {
    case 'enum':
      return type.values.map((value) => `'${value}'`).join(' | ');
    case 'stp':
      return `'on' | 'off'`;
    case 'uint':
      // 64 bits do not fit a number
      return 'number | bigint';
    case 'text':
    case 'hostname':
    case 'name':
    case 'uuid':
    case 'mac':
    case 'ip':
    case 'netmask':
    case 'duid':
    case 'pci':
      return 'string';
    default:
      return unreachable(type);
  }
}

function builderType({ spec, chain }: SpecPlace, types: ReadonlyMap<ElementSpec, string>): string {
  const parents = chain
    .slice(0, -1)
    .filter((one) => one.cardinality === 'many')
    .map((one) => `${one.local}: Which<${types.get(one)}Attrs>`);
  const tuple = `[${parents.join(', ')}]`;
  const attrs = attrsOf(spec).length === 0 ? null : `${types.get(spec)}Attrs`;
  if (spec === networkSpec) return `Settable<${tuple}, ${attrs}>`;
  // what is in it are other programs' elements: see planNodeSpec
  if (spec.content === 'opaque') return `Pick<One<${tuple}, never>, 'remove'>`;
  if (spec.cardinality === 'many')
    return spec.text === null
      ? `Many<${tuple}, ${attrs}, ${contentType(spec, types)}>`
      : `ManyText<${tuple}>`;
  if (spec.text !== null) return `OneText<${tuple}>`;
  const one = `One<${tuple}, ${contentType(spec, types)}>`;
  return attrs === null ? one : `${one} & Settable<${tuple}, ${attrs}>`;
}

if (process.argv[1] !== undefined && path.resolve(process.argv[1]) === import.meta.filename) {
  if (!process.argv.includes('--check')) writeFileSync(UPDATE_BUILDERS, updateBuilders());
  else if (readFileSync(UPDATE_BUILDERS, 'utf8') !== updateBuilders()) {
    process.stderr.write('src/plan/update.generated.ts is stale: npx tsx scripts/update-builders.ts\n');
    process.exitCode = 1;
  }
}
