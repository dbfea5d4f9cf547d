// The RFC's option 3, as a function: an XPath to the parent, a piece of XML, and flags. Ends in the same gate.

import { prepareScript } from '../compile/prepare.ts';
import type { RawOperation } from '../compile/raw-operation.ts';
import { type Checked, error } from '../diagnostics/diagnostic.ts';
import { DNSMASQ_NS } from '../network/spec.ts';
import type { ScopeWord } from '../syntax/ast.ts';
import { parseFragment } from '../xml/parse.ts';
import type { PlanContext, Planned } from './context.ts';
import { planScript } from './script.ts';

/**
 * `add`: must not be there yet ("force add"). `delete`: the XML is just enough of the element to match exactly one.
 * `update`: what has the same key becomes exactly this; added when there is none. `scope` says where: "take effect
 * immediately" is live, "persistent" is config; null means all that the target has.
 */
export type NodeSpecFlags = { readonly act: 'add' | 'delete' | 'update'; readonly scope: ScopeWord | null };

/**
 * Plans one call `update(network, nodeSpec, xml, flags)` of the libvirt RFC "take two on live update of network
 * configuration". The network is `context.network`, or the target's only one. `nodeSpec` is an XPath 1.0 that selects
 * exactly one element, the parent; the prefix `dnsmasq` is declared.
 */
export function planNodeSpec(
  nodeSpec: string,
  xml: string,
  flags: NodeSpecFlags,
  context: PlanContext,
): Checked<Planned | null> {
  const namespaces = new Map([['dnsmasq', DNSMASQ_NS]]);
  const source = { name: '<nodeSpec>', text: nodeSpec };
  const given = { name: '<xml>', text: xml };
  const { value: element, diagnostics } = parseFragment(given, 0, xml.length, namespaces);
  if (element === null) return { value: null, diagnostics };
  const prepared = prepareScript([], {
    load: (path) => ({ ok: false, error: error('SL448', null, `nothing is included here: \`${path}\``) }),
    vars: new Map(),
  });
  if (prepared.value === null) return { value: null, diagnostics: prepared.diagnostics };
  const operation: RawOperation = {
    sel: nodeSpec,
    namespaces,
    span: { source, start: 0, end: nodeSpec.length },
    act: { type: 'node-spec', flag: flags.act, element },
  };
  const script = { script: { source, items: [] }, includes: new Map(), operations: [operation] };
  const planned = planScript(
    { ...prepared.value, scripts: [script] },
    { ...context, scope: flags.scope ?? context.scope },
  );
  return { value: planned.value, diagnostics: [...diagnostics, ...planned.diagnostics] };
}
