// Runs policy tests: each case through the real gate, and which rows of the policy none of them needed.

import { type Load, prepareScript } from '../compile/prepare.ts';
import { type Checked, type Diagnostic, error, hasErrors } from '../diagnostics/diagnostic.ts';
import type { Change } from '../diff/change.ts';
import { changePaths } from '../diff/change-path.ts';
import { type Answer, askPolicy } from '../policy/ask.ts';
import { makeHypothesis } from '../policy/hypothesis.ts';
import type { Policy, Rule } from '../policy/policy.ts';
import type { RoleLink } from '../policy/roles.ts';
import { readSubject, subjectsOf, wayTo } from '../policy/subjects.ts';
import type { Base, Expected, RowName, TestCase } from '../policy/test-file.ts';
import type { RuleRef, Verdict } from '../policy/verdict.ts';
import type { Source } from '../source/source.ts';
import { nearestName } from '../std/nearest-name.ts';
import { unreachable } from '../std/unreachable.ts';
import type { XmlDocument } from '../xml/document.ts';
import { parseDocument } from '../xml/parse.ts';
import type { PlanContext, Planned } from './context.ts';
import { planDocument } from './document.ts';
import { planScript } from './script.ts';

export type CaseOutcome = {
  readonly test: TestCase;
  /** What the gate said; null where it could not be asked. */
  readonly got: 'allow' | 'deny' | null;
  /** The rows that decided, each once. */
  readonly deciders: readonly RuleRef[];
  /** Empty when the case passed: what was expected otherwise (SL664), or why it could not be asked. */
  readonly problems: readonly Diagnostic[];
};

export type TestRun = {
  readonly outcomes: readonly CaseOutcome[];
  /** Rows that decided no case (of `report` rows: that reported in none), in the order of the file. */
  readonly unexercised: readonly Rule[];
  /** `g` rows through which nobody in any case came to what decided. */
  readonly unused: readonly RoleLink[];
};

/** Runs every case. `load` reads a file that a case names, as `include` does. Pure but for `load`. */
export function runPolicyTests(policy: Policy, cases: readonly TestCase[], load: Load): TestRun {
  const exercised = new Set<RuleRef>();
  const used = new Set<RoleLink>();
  const bases = new Map<Base, Checked<BaseRead | null>>();
  const outcomes = cases.map((test): CaseOutcome => {
    let base = bases.get(test.base);
    if (base === undefined) {
      base = readBase(test.base, load);
      bases.set(test.base, base);
    }
    const { value: found, diagnostics } = ask(policy, test, base, load);
    if (found === null) return { test, got: null, deciders: [], problems: diagnostics };
    const deciders = [...new Set(found.pieces.flatMap(({ decider }) => decider ?? []))];
    for (const rule of [...deciders, ...found.reports]) exercised.add(rule);
    for (const link of linksTo(policy, test, found.subject, deciders)) used.add(link);
    const problems = [...diagnostics, ...judge(policy, test, found)];
    return { test, got: found.allowed ? 'allow' : 'deny', deciders, problems };
  });
  return {
    outcomes,
    unexercised: policy.rules.filter((rule) => !exercised.has(rule.ref)),
    unused: policy.links.filter((link) => !used.has(link)),
  };
}

// Asking.

/** One change, or one act: was it allowed, by which row, and why. */
type Piece = {
  readonly about: string;
  readonly allowed: boolean;
  readonly decider: RuleRef | null;
  /** Words about a denial: what the row found, or what the nearest row missed. */
  readonly why: string | null;
  /** What the case left open. */
  readonly open: readonly string[];
};

type Found = {
  /** `user:x` or `role:x`. */
  readonly subject: string;
  readonly allowed: boolean;
  readonly pieces: readonly Piece[];
  readonly reports: readonly RuleRef[];
};

type BaseRead = { readonly source: Source; readonly document: XmlDocument };

function readBase(base: Base, load: Load): Checked<BaseRead | null> {
  switch (base.type) {
    case 'none':
      return { value: null, diagnostics: [] };
    case 'text':
      return parsedBase(base.source);
    case 'file': {
      const read = load(base.name.text, base.name.span.source);
      if (read.ok) return parsedBase(read.value);
      return { value: null, diagnostics: [{ ...read.error, span: base.name.span }] };
    }
    default:
      return unreachable(base);
  }
}

function parsedBase(source: Source): Checked<BaseRead | null> {
  const { value, diagnostics } = parseDocument(source);
  return { value: value === null ? null : { source, document: value }, diagnostics };
}

function ask(
  policy: Policy,
  test: TestCase,
  base: Checked<BaseRead | null>,
  load: Load,
): Checked<Found | null> {
  const diagnostics: Diagnostic[] = [...base.diagnostics];
  const subject = subjectOf(policy, test, diagnostics);
  for (const expected of [test.by, test.reported]) reportLost(policy, expected, diagnostics);
  if (hasErrors(diagnostics) || subject === null) return { value: null, diagnostics };
  switch (test.subject.type) {
    case 'change': {
      const made = makeHypothesis({
        ...test.subject,
        network: test.network.text,
        scope: test.scope,
        document: base.value?.document ?? null,
      });
      diagnostics.push(...made.diagnostics);
      if (made.value === null) return { value: null, diagnostics };
      return { value: fromAnswer(subject, askPolicy(policy, made.value, subject, test.clock)), diagnostics };
    }
    case 'script':
    case 'result': {
      const planned = plan(policy, test, subject, base.value, load);
      // notes on how a script is written are for who writes scripts
      diagnostics.push(...planned.diagnostics.filter(({ severity }) => severity === 'error'));
      return { value: planned.value === null ? null : fromPlan(subject, planned.value), diagnostics };
    }
    default:
      return unreachable(test.subject);
  }
}

/** Who asks. A plain name must be known, so that a typing error is not taken for a stranger. */
function subjectOf(policy: Policy, { who }: TestCase, diagnostics: Diagnostic[]): string | null {
  const { value, diagnostics: found } = readSubject(who, policy);
  for (const one of found) {
    if (one.severity === 'error') diagnostics.push(one);
    else if (!who.text.includes(':'))
      diagnostics.push({
        ...one,
        severity: 'error',
        help:
          one.help?.startsWith('did you mean') === true
            ? one.help
            : `write \`user:${who.text}\` for a stranger`,
      });
  }
  return value;
}

function plan(
  policy: Policy,
  test: TestCase,
  subject: string,
  base: BaseRead | null,
  load: Load,
): Checked<Planned | null> {
  const { network, scope, clock } = test;
  if (test.subject.type === 'change') throw new Error('a change is asked about, not planned');
  const fail = (message: string, help: string): Checked<null> => ({
    value: null,
    diagnostics: [
      error('SL662', test.subject.type === 'change' ? null : test.subject.word.span, message, { help }),
    ],
  });
  if (!subject.startsWith('user:')) return fail('only a user runs scripts', 'write a user who has the role');
  const context: PlanContext = {
    target: 'policy test',
    targetScopes: [scope],
    documents: base === null ? [] : [{ network: network.text, scope, source: base.source }],
    available: base === null ? [] : [network.text],
    policy,
    subject,
    realSubject: subject,
    clock,
    scope: null,
    network: network.text,
  };
  let planned: Checked<Planned | null>;
  if (test.subject.type === 'result') {
    planned = planDocument([{ network: network.text, source: test.subject.body }], context);
  } else {
    if (base === null)
      return fail(
        'a script needs a network to run on',
        'write `base FILE` above it, or `base` with the XML indented below',
      );
    const prepared = prepareScript([test.subject.body], { load, vars: new Map() });
    if (prepared.value === null) return { value: null, diagnostics: prepared.diagnostics };
    planned = planScript(prepared.value, context);
  }
  if (planned.value?.plan.documents.every(({ changes }) => changes.length === 0))
    return fail(
      'this changes nothing, so there is nothing to decide',
      'write what makes a difference to the base',
    );
  return planned;
}

function fromAnswer(subject: string, { word, parts }: Answer): Found {
  return {
    subject,
    allowed: word === 'yes',
    pieces: parts.map((part) => ({
      about: part.about,
      allowed: part.word === 'yes',
      decider: part.decider,
      why:
        part.matched.find(({ rule }) => rule === part.decider)?.because ??
        nearestText(part.decider, part.missed),
      open: part.word === 'depends' ? part.open.flatMap(({ missing }) => missing) : [],
    })),
    reports: [...new Set(parts.flatMap(({ matched }) => matched.flatMap(({ rule }) => reportOf(rule))))],
  };
}

function reportOf(rule: RuleRef): readonly RuleRef[] {
  return rule.effect === 'report' ? [rule] : [];
}

function nearestText(
  decider: RuleRef | null,
  missed: readonly { readonly rule: RuleRef; readonly missed: string }[],
): string | null {
  const [near] = missed;
  return decider !== null || near === undefined ? null : `the nearest, ${placeOf(near.rule)}, ${near.missed}`;
}

function fromPlan(subject: string, { plan: made }: Planned): Found {
  const pathOf = changePaths();
  const verdicts = made.documents.flatMap((document) => document.verdicts);
  return {
    subject,
    allowed: made.allowed,
    pieces: verdicts.map((verdict) => pieceOf(verdict, pathOf)),
    reports: [...new Set(verdicts.flatMap(({ reports }) => reports))],
  };
}

function pieceOf({ change, decision }: Verdict, pathOf: (change: Change) => string): Piece {
  const about = `${change.op} ${pathOf(change)}`;
  switch (decision.type) {
    case 'allowed':
      return { about, allowed: true, decider: decision.rule, why: null, open: [] };
    case 'denied':
      return { about, allowed: false, decider: decision.rule, why: decision.because, open: [] };
    case 'default-deny':
      return {
        about,
        allowed: false,
        decider: null,
        why: decision.fault ?? nearestText(null, decision.nearest),
        open: [],
      };
    default:
      return unreachable(decision);
  }
}

/** The `g` rows between the one who asks and those whom the deciding rows name. */
function linksTo(
  policy: Policy,
  { network }: TestCase,
  subject: string,
  deciders: readonly RuleRef[],
): readonly RoleLink[] {
  const found: RoleLink[] = [];
  for (const { ref, subject: named } of policy.rules) {
    if (!deciders.includes(ref)) continue;
    const way = wayTo(policy, subject, named, network.text);
    for (const link of policy.links) {
      const at = way.indexOf(link.member);
      if (at !== -1 && way[at + 1] === link.role) found.push(link);
    }
  }
  return found;
}

// Judging.

function judge(policy: Policy, test: TestCase, found: Found): readonly Diagnostic[] {
  const { verdict, by, reported } = test;
  const problems: Diagnostic[] = [];
  const open = [...new Set(found.pieces.flatMap((piece) => piece.open))];
  const wanted = verdict.text === 'allow';
  if (open.length > 0) {
    problems.push(
      error('SL664', test.span, `the answer hangs on ${open.join(', ')}, which the case does not say`, {
        help: 'say it, `name=value`; an absent attribute is `name=`',
      }),
    );
    return problems;
  }
  if (found.allowed !== wanted) {
    const [piece] = found.pieces.filter(({ allowed }) => allowed === found.allowed);
    problems.push(
      error('SL664', verdict.span, `expected \`${verdict.text}\`, got ${gotText(found, piece)}`, {
        help: piece === undefined ? null : reasonOf(piece),
      }),
    );
    return problems;
  }
  if (by !== null) {
    const wrong = found.pieces.find((piece) => piece.allowed === wanted && !fits(policy, by, piece.decider));
    if (wrong !== undefined)
      problems.push(
        error(
          'SL664',
          by === 'none' ? test.span : by.span,
          `${gotText(found, wrong)}, and not by ${by === 'none' ? 'none' : 'this row'}`,
          { help: reasonOf(wrong) },
        ),
      );
  }
  if (reported !== null) {
    const right =
      reported === 'none'
        ? found.reports.length === 0
        : found.reports.some((rule) => fits(policy, reported, rule));
    const [first] = found.reports;
    if (!right)
      problems.push(
        error(
          'SL664',
          reported === 'none' ? test.span : reported.span,
          first === undefined
            ? 'no row on trial reports this'
            : `${placeOf(first)} reports this${reported === 'none' ? '' : ', and not this row'}`,
          { help: first === undefined ? 'its path, its condition or the time does not fit' : rowText(first) },
        ),
      );
  }
  return problems;
}

function gotText({ allowed }: Found, piece: Piece | undefined): string {
  const word = allowed ? '`allow`' : '`deny`';
  if (piece === undefined) return word;
  return piece.decider === null
    ? `${word}: no row allows \`${piece.about}\``
    : `${word} by ${placeOf(piece.decider)}`;
}

function reasonOf({ decider, why }: Piece): string | null {
  const row = decider === null ? null : rowText(decider);
  if (row === null) return why;
  return why === null ? row : `${row}; ${why}`;
}

function placeOf({ file, line }: RuleRef): string {
  return `${file}:${line}`;
}

function rowText(rule: RuleRef): string {
  return rule.text.replace(/ {2,}/g, ' ');
}

function fits(policy: Policy, expected: Expected, decider: RuleRef | null): boolean {
  if (expected === 'none') return decider === null;
  return policy.rules.some((rule) => rule.ref === decider && isNamed(rule, expected));
}

function isNamed(rule: Rule, { subject, path, operation }: RowName): boolean {
  return (
    rule.subject === subject.text &&
    rule.path === path.text &&
    (operation === null || rule.operation === operation.text)
  );
}

/** A row that the policy does not have cannot decide: the test is out of date, or misspelled. */
function reportLost(policy: Policy, expected: Expected | null, diagnostics: Diagnostic[]): void {
  if (expected === null || expected === 'none') return;
  if (policy.rules.some((rule) => isNamed(rule, expected))) return;
  const { subject, path, operation } = expected;
  const own = policy.rules.filter((rule) => rule.subject === subject.text);
  const here = own.filter((rule) => rule.path === path.text);
  const near =
    own.length === 0
      ? nearestName(subject.text, subjectsOf(policy))
      : here.length === 0
        ? nearestName(
            path.text,
            own.map((rule) => rule.path),
          )
        : (here[0]?.operation ?? null);
  const wrong = own.length === 0 ? subject : here.length === 0 ? path : (operation ?? path);
  const help =
    near !== null
      ? `did you mean \`${near}\`?`
      : own.length === 0
        ? 'write the subject column of the row as it stands: `role:operator`'
        : `its rows are about ${[...new Set(own.map((rule) => `\`${rule.path}\``))].slice(0, 6).join(', ')}`;
  diagnostics.push(
    error(
      'SL661',
      wrong.span,
      `no row of the policy is for \`${subject.text}\` and \`${path.text}\`${operation === null ? '' : ` and \`${operation.text}\``}`,
      { help },
    ),
  );
}
