// `npx tsx bench/policy.ts`: what a decision costs at 10 to 10,000 rules, beside a plain Casbin enforcer with the same rows
// and functions, and beside Cedar with the same policy in its language. Prints tables; asserts nothing but that all three
// decide alike.
//
// Decisions are made in this process, in turns, on policies that are loaded already. Each load is the first of a process of
// its own, bundled as the product is. A ratio is the median of the ratios of a round.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { preparsePolicySet, statefulIsAuthorized } from '@cedar-policy/cedar-wasm/nodejs';
import { type Enforcer, newEnforcer, newModelFromString, StringAdapter } from 'casbin';
import { build } from 'esbuild';
import { diffDocuments } from '../src/diff/diff.ts';
import type { Run } from '../src/policy/condition.ts';
import { type GateRequest, gate } from '../src/policy/gate.ts';
import { loadPolicy } from '../src/policy/load.ts';
import { newMatcher } from '../src/policy/matcher.ts';
import { MODEL_TEXT } from '../src/policy/model-conf.ts';
import { networkMatches } from '../src/policy/names.ts';
import { placeOf } from '../src/policy/path-match.ts';
import type { Policy } from '../src/policy/policy.ts';
import type { Question } from '../src/policy/question.ts';
import { roleClosure } from '../src/policy/roles.ts';
import type { XmlDocument } from '../src/xml/document.ts';
import { parseDocument } from '../src/xml/parse.ts';
import { alternating, type Measured, median } from './measure.ts';
import { addressOf, cedarText, hostXml, networkXml, policyCsv } from './policy-sizes.ts';
import { tableText } from './table.ts';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    rules: { type: 'string', default: '10,100,1000,10000' },
  },
});
const rounds = Number(options.rounds);
const sizes = options.rules.split(',').map(Number);
const SUBJECT = 'user:alice';
const NETWORK = 'default';
const CHANGES = 1_000;

function read(xml: string): XmlDocument {
  const { value } = parseDocument({ name: 'network', text: xml });
  if (value === null) throw new Error('a network of the benchmark is no XML');
  return value;
}

function load(text: string): Policy {
  const { value, diagnostics } = loadPolicy({
    model: { name: 'model.conf', text: MODEL_TEXT },
    rules: { name: 'policy.csv', text },
    name: 'bench',
  });
  if (value === null) throw new Error(diagnostics[0]?.message);
  return value;
}

async function loadPlain(text: string): Promise<Enforcer> {
  return newEnforcer(newModelFromString(MODEL_TEXT), new StringAdapter(text));
}

function loadCedar(id: string, text: string): void {
  const answer = preparsePolicySet(id, { staticPolicies: text });
  if (answer.type !== 'success') throw new Error(answer.errors[0]?.message);
}

const root = path.resolve(import.meta.dirname, '..');
const work = mkdtempSync(path.join(os.tmpdir(), 'sluice-bench-policy-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));
const loader = path.join(work, 'load.cjs');
await build({
  entryPoints: [path.join(root, 'bench/policy-load.ts')],
  outfile: loader,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  minifySyntax: true,
  minifyWhitespace: true,
  // it finds its WebAssembly beside itself
  external: ['@cedar-policy/cedar-wasm'],
});

/** The first load of a process. */
function coldLoad(which: 'sluice' | 'casbin' | 'cedar', file: string): Measured {
  // as scripts/bundle-script.ts sets them
  const flags = ['--max-inlined-bytecode-size-cumulative=100', '--semi-space-growth-factor=16'];
  const run = spawnSync(process.execPath, [...flags, loader, which, file], {
    encoding: 'utf8',
    env: { ...process.env, NODE_PATH: path.join(root, 'node_modules') },
  });
  if (run.status !== 0) throw new Error(run.stderr);
  return { seconds: Number(run.stdout) / 1e3, mebibytes: null };
}

/** Seconds for one of `times` calls. */
function timed(times: number, call: () => void): Measured {
  const started = process.hrtime.bigint();
  for (let i = 0; i < times; i++) call();
  return { seconds: Number(process.hrtime.bigint() - started) / 1e9 / times, mebibytes: null };
}

/** `count` hosts, each moved to another address. */
function request(count: number): GateRequest {
  const network = (side: 0 | 1): XmlDocument =>
    read(networkXml(Array.from({ length: count }, (_, n) => hostXml(n, addressOf(n, side)))));
  const [base, result] = [network(0), network(1)];
  return {
    target: 'dir:/bench',
    subject: SUBJECT,
    realSubject: SUBJECT,
    clock: 0,
    documents: [
      {
        network: NETWORK,
        scope: 'config',
        base,
        result,
        baseHash: '',
        resultHash: '',
        changes: diffDocuments(base, result, 'config'),
      },
    ],
  };
}

/** One change, as each of the three is asked about it. */
function askers(
  policy: Policy,
  plain: Enforcer,
  cedarId: string,
  one: GateRequest,
): { readonly casbin: () => void; readonly cedar: () => void } {
  const change = one.documents[0]?.changes[0];
  if (change === undefined) throw new Error('nothing changes');
  const run: Run = {
    subject: SUBJECT,
    network: NETWORK,
    roles: roleClosure(policy.links)(SUBJECT, NETWORK),
    clock: 0,
    count: () => ({ sure: 0, possible: 0 }),
  };
  const question: Question = {
    asked: { type: 'change', located: { place: placeOf(change.pair), kind: change.kind, leaf: change.leaf } },
    run,
  };
  const side = (n: 0 | 1) => ({
    ip: { __extn: { fn: 'ip', arg: addressOf(0, n) } },
    name: 'vm-0.a.example.com',
  });
  const call = {
    principal: { type: 'User', id: 'alice' },
    action: { type: 'Action', id: 'modify' },
    resource: { type: 'Network', id: NETWORK },
    context: { before: side(0), after: side(1) },
    preparsedPolicySetId: cedarId,
    entities: [
      { uid: { type: 'User', id: 'alice' }, attrs: {}, parents: [{ type: 'Role', id: 'tenant-a' }] },
    ],
  };
  return {
    casbin: () => {
      if (!plain.enforceSync(SUBJECT, NETWORK, question, 'modify', 'config', question))
        throw new Error('Casbin denies what it should allow');
    },
    cedar: () => {
      const answer = statefulIsAuthorized(call);
      if (answer.type !== 'success' || answer.response.decision !== 'allow')
        throw new Error('Cedar denies what it should allow');
    },
  };
}

const alone = request(1);
const many = request(CHANGES);
const decisions = [
  ['rules', 'µs in a plan of 1', `µs in one of ${CHANGES}`, 'Casbin µs', 'ratio', 'Cedar µs', 'ratio'],
];
const loads = [['rules', 'ms to load', 'Casbin ms', 'ratio', 'Cedar ms', 'ratio']];
const perDecision = new Map<number, number>();

for (const rules of sizes) {
  const text = policyCsv(rules);
  const cedar = cedarText(rules);
  const policy = load(text);
  const plain = await loadPlain(text);
  for (const [name, call] of Object.entries(newMatcher(policy.rules).matcher))
    await plain.addFunction(name, call);
  await plain.addNamedDomainMatchingFunc('g', networkMatches);
  await plain.buildRoleLinks();
  loadCedar(`bench-${rules}`, cedar);
  const ask = askers(policy, plain, `bench-${rules}`, alone);
  const decide = (given: GateRequest) => (): void => {
    if (gate(policy, given).permit === null) throw new Error('Sluice denies what it should allow');
  };
  // enough to be measured, not so many that a round takes minutes
  const few = Math.max(3, Math.ceil(3_000 / rules));
  const measured = alternating(rounds, {
    one: () => timed(300, decide(alone)),
    many: () => {
      const { seconds } = timed(5, decide(many));
      return { seconds: seconds / CHANGES, mebibytes: null };
    },
    casbin: () => timed(few, ask.casbin),
    cedar: () => timed(few, ask.cedar),
  });
  const micro = (which: 'one' | 'many' | 'casbin' | 'cedar'): number =>
    median(measured.map((round) => round[which].seconds)) * 1e6;
  const ratio = (which: 'casbin' | 'cedar'): string =>
    median(measured.map((round) => round[which].seconds / round.many.seconds)).toFixed(0);
  perDecision.set(rules, micro('many'));
  decisions.push([
    String(rules),
    micro('one').toFixed(1),
    micro('many').toFixed(1),
    micro('casbin').toFixed(0),
    ratio('casbin'),
    micro('cedar').toFixed(0),
    ratio('cedar'),
  ]);

  const [csvFile, cedarFile] = [path.join(work, `${rules}.csv`), path.join(work, `${rules}.cedar`)];
  writeFileSync(csvFile, text);
  writeFileSync(cedarFile, cedar);
  const loading = alternating(rounds, {
    sluice: () => coldLoad('sluice', csvFile),
    casbin: () => coldLoad('casbin', csvFile),
    cedar: () => coldLoad('cedar', cedarFile),
  });
  const milli = (which: 'sluice' | 'casbin' | 'cedar'): string =>
    (median(loading.map((round) => round[which].seconds)) * 1e3).toFixed(1);
  const beside = (which: 'casbin' | 'cedar'): string =>
    median(loading.map((round) => round[which].seconds / round.sluice.seconds)).toFixed(2);
  loads.push([
    String(rules),
    milli('sluice'),
    milli('casbin'),
    beside('casbin'),
    milli('cedar'),
    beside('cedar'),
  ]);
}

const cpu = os.cpus();
const [first, last] = [sizes[0] ?? 0, sizes.at(-1) ?? 0];
const grown = (perDecision.get(last) ?? 0) / (perDecision.get(first) ?? 1);
process.stdout.write(
  `${cpu.length} × ${cpu[0]?.model.trim()}, Node ${process.version}, ${rounds} rounds\n\n` +
    `${tableText(decisions, new Set())}\n` +
    `a decision at ${last} rules costs ${grown.toFixed(2)} × one at ${first}; ratios are to a decision in a plan of ${CHANGES}\n\n` +
    tableText(loads, new Set()),
);
