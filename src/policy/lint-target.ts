// What a policy says in vain on a target as it stands: networks that are not there, and addresses that none of them has.

import { type Diagnostic, warning } from '../diagnostics/diagnostic.ts';
import { childrenByName } from '../network/lookup.ts';
import { effectiveAttr } from '../network/meaning.ts';
import type { ElementSpec } from '../network/spec.ts';
import { networkSpec, specAt } from '../network/table.ts';
import { type Cidr, formatIp, ipInCidr, networkAddress, parseCidr } from '../network/values.ts';
import type { Source } from '../source/source.ts';
import { nearestName } from '../std/nearest-name.ts';
import type { XmlDocument } from '../xml/document.ts';
import { syntaxOf } from './condition-space.ts';
import type { ConditionSyntax, Word } from './condition-syntax.ts';
import { fieldSpan, partOf, readRows } from './csv.ts';
import { networkMatches } from './names.ts';
import type { Policy, Rule } from './policy.ts';

export type KnownNetwork = { readonly name: string; readonly document: XmlDocument };

/** Rows of a loaded policy for networks, or for addresses, that the target does not have. `target`: its name, for people. */
export function lintTarget(
  policy: Policy,
  rules: Source,
  networks: readonly KnownNetwork[],
  target: string,
): readonly Diagnostic[] {
  if (networks.length === 0) return [];
  const names = networks.map(({ name }) => name);
  const subnetsOf = new Map(networks.map(({ name, document }) => [name, subnetsIn(document)]));
  const ruleAt = new Map(policy.rules.map((rule) => [rule.ref.line, rule]));
  const diagnostics: Diagnostic[] = [];
  for (const row of readRows(rules).rows) {
    const column = row.fields[3];
    if (column === undefined) continue;
    const pattern = column.value;
    const meant = names.filter((name) => networkMatches(name, pattern));
    if (meant.length === 0) {
      const near = nearestName(pattern, names);
      diagnostics.push(
        warning(
          'SL685',
          fieldSpan(column),
          pattern.includes('*')
            ? `no network of \`${target}\` fits \`${pattern}\``
            : `\`${target}\` has no network \`${pattern}\``,
          { help: near === null ? `it has ${listOf(names)}` : `did you mean \`${near}\`?` },
        ),
      );
      continue;
    }
    const rule = ruleAt.get(row.line);
    const when = row.fields[7];
    if (rule === undefined || when === undefined) continue;
    const subnets = meant.flatMap((name) => subnetsOf.get(name) ?? []);
    if (subnets.length === 0) continue;
    for (const { text, span } of outside(rule, subnets)) {
      const [only = '', ...others] = meant;
      diagnostics.push(
        warning(
          'SL685',
          partOf(when, span.start, span.end),
          others.length === 0
            ? `\`${only}\` of \`${target}\` has no address in \`${text}\``
            : `no network of \`${target}\` that the row is for has an address in \`${text}\``,
          { help: `addresses there are in ${listOf(subnets.map(textOf))}` },
        ),
      );
    }
  }
  return diagnostics;
}

function listOf(names: readonly string[]): string {
  const shown = [...new Set(names)].map((name) => `\`${name}\``);
  return shown.length <= 5
    ? shown.join(', ')
    : `${shown.slice(0, 4).join(', ')} and ${shown.length - 4} more`;
}

function textOf({ address, prefix }: Cidr): string {
  return `${formatIp(networkAddress(address, prefix))}/${prefix}`;
}

const IP = specAt(['ip']);

function subnetsIn({ root }: XmlDocument): readonly Cidr[] {
  if (IP === null) throw new Error('the table has `ip`');
  return childrenByName(networkSpec, root, IP).flatMap((element) => {
    const address = effectiveAttr(IP, element, 'address')?.value;
    const prefix = effectiveAttr(IP, element, 'prefix')?.value;
    return parseCidr(`${address}/${prefix}`) ?? [];
  });
}

/** Elements whose addresses are addresses of the network; one under `dns` may be anybody's. */
const INSIDE: ReadonlySet<ElementSpec | null> = new Set([
  IP,
  specAt(['ip', 'dhcp', 'host']),
  specAt(['ip', 'dhcp', 'range']),
]);

/** Ranges in which the rule's condition wants an address, and none of the networks has one. */
function outside(rule: Rule, subnets: readonly Cidr[]): readonly Word[] {
  if (rule.covers.type !== 'changes') return [];
  const { anchors } = rule.covers.pattern;
  if (anchors.length === 0 || !anchors.every((spec) => INSIDE.has(spec))) return [];
  return wantedRanges(syntaxOf(rule.when), true).filter(({ text }) => {
    const range = parseCidr(text);
    return range !== null && !subnets.some((subnet) => overlap(range, subnet));
  });
}

/** Ranges that a condition asks for, and not those behind a `not`. */
function wantedRanges(syntax: ConditionSyntax | null, wanted: boolean): readonly Word[] {
  switch (syntax?.type) {
    case 'and':
    case 'or':
      return syntax.parts.flatMap((part) => wantedRanges(part, wanted));
    case 'not':
      return wantedRanges(syntax.part, !wanted);
    case 'in-range':
      return wanted ? [syntax.value] : [];
    default:
      return [];
  }
}

function overlap(a: Cidr, b: Cidr): boolean {
  return (
    ipInCidr(formatIp(networkAddress(a.address, a.prefix)), b) ||
    ipInCidr(formatIp(networkAddress(b.address, b.prefix)), a)
  );
}
