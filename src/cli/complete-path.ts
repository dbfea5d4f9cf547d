// Policy paths and `attr=value` words for completion, read off the element table.

import { allSpecs, specAt } from '../network/table.ts';

/** A word that could stand there, and what it means. */
type Candidate = { readonly word: string; readonly description: string };

/** Elements (`ip[*].dhcp.host[*]`); once `@` is written, the attributes of that element. */
export function pathCandidates(begun: string): readonly Candidate[] {
  const at = begun.indexOf('@');
  if (at !== -1) {
    const spec = specAt(namesIn(begun.slice(0, at)));
    return (spec?.attrs ?? [])
      .filter((attr) => attr.restates === null)
      .map((attr) => ({ word: `${begun.slice(0, at)}@${attr.name}`, description: attr.doc }));
  }
  return allSpecs().flatMap(({ chain, spec }) =>
    spec === chain[0]
      ? [{ word: 'network', description: spec.doc }]
      : [
          {
            word: chain
              .slice(1)
              .map((step) => (step.key === null ? step.name : `${step.name}[*]`))
              .join('.'),
            description: spec.doc,
          },
        ],
  );
}

/** `attr=` for the attributes of the element that the path names; behind `=`, what an enumeration can be. */
export function valueCandidates(path: string, begun: string): readonly Candidate[] {
  const spec = specAt(namesIn(path.split('@')[0] ?? ''));
  if (spec === null) return [];
  const [, side = '', name = '', assigned] = /^(before\.|after\.)?([^=]*)(=)?/.exec(begun) ?? [];
  const attrs = spec.attrs.filter((attr) => attr.restates === null);
  if (assigned === undefined)
    return attrs.map((attr) => ({ word: `${side}${attr.name}=`, description: attr.doc }));
  const type = attrs.find((attr) => attr.name === name)?.type;
  if (type?.kind !== 'enum') return [];
  return type.values.map((value) => ({ word: `${side}${name}=${value}`, description: '' }));
}

/** The names of a path without its keys; a key may have dots in it. */
function namesIn(path: string): readonly string[] {
  const bare = path.replace(/\[[^\]]*\]/g, '');
  return bare === '' || bare === 'network' ? [] : bare.replace(/^network\./, '').split('.');
}
