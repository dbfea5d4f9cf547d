// Policy tests as text in; what they find out.

import { error } from '../../src/diagnostics/diagnostic.ts';
import { runPolicyTests, type TestRun } from '../../src/plan/policy-test.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { readTests } from '../../src/policy/test-file.ts';
import { placeText, type Source } from '../../src/source/source.ts';
import { err, ok, type Result } from '../../src/std/result.ts';

/** No file can be read. */
export function noFiles(name: string): Result<Source, ReturnType<typeof error>> {
  return err(error('SL822', null, `no file \`${name}\``));
}

/** Runs the cases; files that they name are looked up in `files`. Throws when the file is malformed. */
export function runCases(
  policy: Policy,
  text: string,
  files: Readonly<Record<string, string>> = {},
): TestRun {
  const { value, diagnostics } = readTests({ name: 'policy.test', text });
  if (diagnostics.length > 0) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return runPolicyTests(policy, value, (name) => {
    const found = files[name];
    return found === undefined ? noFiles(name) : ok({ name, text: found });
  });
}

/** `pass`, or for each problem `2:1 SL664 expected …`. */
export function outcomesOf(
  policy: Policy,
  text: string,
  files: Readonly<Record<string, string>> = {},
): readonly string[] {
  return runCases(policy, text, files).outcomes.map(({ problems }) =>
    problems.length === 0
      ? 'pass'
      : problems
          .map(
            ({ code, span, message }) =>
              `${span === null ? '-' : placeText(span).slice('policy.test:'.length)} ${code} ${message}`,
          )
          .join('; '),
  );
}

/** `2:1 SL660 …` for everything that is wrong with the form of the file. */
export function malformed(text: string): readonly string[] {
  return readTests({ name: 'policy.test', text }).diagnostics.map(
    ({ code, span, message }) =>
      `${span === null ? '-' : placeText(span).slice('policy.test:'.length)} ${code} ${message}`,
  );
}
