// What the documents of a network are after a call: what reading back is compared with.

import { type Change, stepsOf } from '../../diff/change.ts';
import { diffDocuments } from '../../diff/diff.ts';
import { printAsLibvirt } from '../../network/libvirt-print.ts';
import { checkDefine } from '../../network/rules.ts';
import type { Scope } from '../../network/scope.ts';
import { err, ok, type Result } from '../../std/result.ts';
import type { XmlDocument } from '../../xml/document.ts';
import { parseDocument } from '../../xml/parse.ts';
import { type Call, type Documents, scopesOf, type UpdateSupport } from './calls.ts';
import { predictUpdate, type Refusal } from './predict-update.ts';

const CONFIG_UNSUPPORTED = 67;
const XML_MALFORMED = 35;

/**
 * The documents after the call, or libvirt's refusal, which leaves both as they are. Each call costs as much as the document
 * is long, so ask for those that are about to be made. What a define makes up (a uuid, a MAC, a name for the bridge) is not
 * in it: see surprises.
 */
export function predictCall(
  call: Call,
  before: Documents,
  updates: UpdateSupport,
): Result<Documents, Refusal> {
  switch (call.type) {
    case 'update': {
      let after = before;
      for (const scope of scopesOf(call)) {
        const document = before[scope];
        if (document === null) return err({ code: 55, message: `the network has no ${scope} document` });
        const done = predictUpdate(document, call.update, scope, updates);
        if (!done.ok) return done;
        after = { ...after, [scope]: done.value };
      }
      return ok(after);
    }
    case 'define': {
      const given = parseDocument({ name: 'define', text: call.xml }).value;
      if (given === null) return err({ code: XML_MALFORMED, message: 'not well-formed' });
      const [refused] = checkDefine(given);
      if (refused !== undefined) return err({ code: CONFIG_UNSUPPORTED, message: refused.message });
      const stored = asStored(given);
      if (stored === null) return err({ code: XML_MALFORMED, message: 'not well-formed once it is printed' });
      return ok({ ...before, config: stored });
    }
    case 'undefine':
      return ok({ ...before, config: null });
    case 'start':
      return ok({ ...before, live: before.config });
  }
}

/** A network as libvirt has it once it printed and read it; null where what it prints cannot be read. */
export function asStored(document: XmlDocument): XmlDocument | null {
  const { source } = document;
  return parseDocument({ name: source.name, text: printAsLibvirt(document) }).value;
}

/**
 * How a document that was read back differs from what was predicted. What libvirt makes up by itself, where nothing was
 * said of it, is no surprise. Empty: it is as predicted.
 */
export function surprises(
  predicted: XmlDocument | null,
  actual: XmlDocument | null,
  scope: Scope,
): readonly Change[] {
  const found = diffDocuments(predicted, actual, scope);
  return predicted === null ? found : found.filter((change) => !isInvented(change));
}

/** By the names of the steps: what a define makes up, and the ports of NAT that LIVE has once its rules are made. */
const INVENTED: ReadonlySet<string> = new Set(['uuid', 'mac']);
const INVENTED_LIVE: ReadonlySet<string> = new Set(['forward nat', 'forward nat port']);

function isInvented({ op, pair, leaf, before, scope }: Change): boolean {
  const path = stepsOf(pair)
    .map((step) => step.name)
    .join(' ');
  if (op === 'add')
    return INVENTED.has(path) || path === 'bridge' || (scope === 'live' && INVENTED_LIVE.has(path));
  return (
    op === 'modify' &&
    path === 'bridge' &&
    leaf.type === 'attribute' &&
    leaf.name === 'name' &&
    (before === null || before.value.includes('%d'))
  );
}
