// A question on the command line, made ready to be asked: the policy, the clock, and the networks that are meant.

import { readGround } from '../apply/session.ts';
import { type Checked, type Diagnostic, error, hasErrors } from '../diagnostics/diagnostic.ts';
import type { Scope } from '../network/scope.ts';
import { type Hypothesis, makeHypothesis, type Stated } from '../policy/hypothesis.ts';
import { readMoment } from '../policy/moment.ts';
import type { Policy } from '../policy/policy.ts';
import { readSubject } from '../policy/subjects.ts';
import { nearestName } from '../std/nearest-name.ts';
import type { XmlDocument } from '../xml/document.ts';
import { parseDocument } from '../xml/parse.ts';
import { readPolicy } from './load-policy.ts';
import { openTarget } from './open-target.ts';
import type { AskFlags } from './policy-flags.ts';
import { passageOf, type QuestionWord, questionWords, statedOf } from './question.ts';

export type Question = {
  readonly policy: Policy;
  /** `user:alice` or `role:x`; null where the question is who. */
  readonly subject: string | null;
  /** Milliseconds since 1970. */
  readonly clock: number;
  readonly scopes: readonly Scope[];
  /** The network that was named, or the only one of the target; null for none. */
  readonly network: string | null;
  /** The same question on any network. */
  readonly hypothesisOn: (network: string, scope: Scope) => Checked<Hypothesis | null>;
};

/** `words`: [who,] operation, path, values. Null with everything that is wrong; what the values say is checked when asked. */
export async function readQuestion(
  words: readonly string[],
  hasWho: boolean,
  flags: AskFlags,
): Promise<Checked<Question | null>> {
  const placed = questionWords(words);
  const who = hasWho ? placed[0] : undefined;
  const [operation, path, ...values] = hasWho ? placed.slice(1) : placed;
  if (operation === undefined || path === undefined) throw new Error('commander asks for both');
  const diagnostics: Diagnostic[] = [];
  const stated = values.flatMap((word) => readValue(word, diagnostics));
  const clock = flags.at === undefined ? Date.now() : readClock(flags.at, diagnostics);
  const policy = readPolicy(flags.policy ?? null, process.env);
  diagnostics.push(...policy.diagnostics);
  const real = await readReal(flags, path.text === 'network', diagnostics);
  if (hasErrors(diagnostics) || policy.value === null) return { value: null, diagnostics };
  let subject: string | null = null;
  if (who !== undefined) {
    const read = readSubject(who, policy.value);
    diagnostics.push(...read.diagnostics);
    subject = read.value;
    if (subject === null) return { value: null, diagnostics };
  }
  return {
    value: {
      policy: policy.value,
      subject,
      clock,
      scopes: flags.scope === 'live+config' ? ['live', 'config'] : [flags.scope],
      network: real?.network ?? flags.network ?? null,
      hypothesisOn: (network, scope) =>
        makeHypothesis({
          operation,
          path: passageOf(path),
          values: stated,
          network,
          scope,
          document: real?.network === network ? real.document : null,
        }),
    },
    diagnostics,
  };
}

function readValue(word: QuestionWord, diagnostics: Diagnostic[]): readonly Stated[] {
  const stated = statedOf(word);
  if (stated !== null) return [stated];
  diagnostics.push(
    error('SL654', word.span, `\`${word.text}\` is no value`, { help: 'write it as `attribute=value`' }),
  );
  return [];
}

function readClock(text: string, diagnostics: Diagnostic[]): number {
  const read = readMoment({ text, span: { source: { name: '--at', text }, start: 0, end: text.length } });
  if (read.ok) return read.value;
  diagnostics.push(read.error);
  return 0;
}

type Real = { readonly network: string; readonly document: XmlDocument | null };

/** The network of `--target`; with a document of null when it does not exist, which only the question about it may be. */
async function readReal(flags: AskFlags, mayLack: boolean, diagnostics: Diagnostic[]): Promise<Real | null> {
  if (flags.target === undefined) return null;
  const target = openTarget(flags.target);
  if (!target.ok) {
    diagnostics.push(target.error);
    return null;
  }
  let network = '';
  const ground = await readGround(target.value, (available) => {
    const [only] = available;
    network = flags.network ?? (available.length === 1 && only !== undefined ? only : '');
    if (available.includes(network)) return { value: [network], diagnostics: [] };
    if (mayLack && network !== '') return { value: [], diagnostics: [] };
    const problem =
      network === ''
        ? error('SL450', null, `the target has ${available.length} networks, and none is named`, {
            help: `name one with --network: ${available.slice(0, 8).join(', ')}`,
          })
        : error('SL451', null, `no network \`${network}\``, { help: nearOf(network, available) });
    return { value: [], diagnostics: [problem] };
  });
  diagnostics.push(...ground.diagnostics);
  if (ground.value === null) return null;
  const [first] = ground.value.documents;
  if (first === undefined) return { network, document: null };
  const parsed = parseDocument(first.source);
  diagnostics.push(...parsed.diagnostics);
  return { network, document: parsed.value };
}

function nearOf(name: string, available: readonly string[]): string {
  const near = nearestName(name, available);
  return near === null ? `there are ${available.slice(0, 8).join(', ')}` : `did you mean \`${near}\`?`;
}
