// The outcome of policy tests as JUnit XML: what build servers read.

export type JunitCase = {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  /** What went wrong, in words; empty for a case that passed. */
  readonly failures: readonly { readonly message: string; readonly details: string }[];
};

/** One suite for each file, in their order. */
export function junitText(
  suites: readonly { readonly name: string; readonly cases: readonly JunitCase[] }[],
): string {
  const all = suites.flatMap(({ cases }) => cases);
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="sluice policy test" tests="${all.length}" failures="${failed(all)}">`,
  ];
  for (const { name, cases } of suites) {
    lines.push(`  <testsuite name="${escaped(name)}" tests="${cases.length}" failures="${failed(cases)}">`);
    for (const one of cases) {
      const head = `    <testcase name="${escaped(one.name)}" classname="${escaped(one.file)}" file="${escaped(one.file)}" line="${one.line}"`;
      if (one.failures.length === 0) {
        lines.push(`${head}/>`);
        continue;
      }
      lines.push(`${head}>`);
      for (const { message, details } of one.failures)
        lines.push(`      <failure message="${escaped(message)}">${escaped(details)}</failure>`);
      lines.push('    </testcase>');
    }
    lines.push('  </testsuite>');
  }
  return `${[...lines, '</testsuites>'].join('\n')}\n`;
}

function failed(cases: readonly JunitCase[]): number {
  return cases.filter(({ failures }) => failures.length > 0).length;
}

/** XML cannot hold most control characters, however they are written. */
const UNWRITABLE = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

function escaped(text: string): string {
  return text
    .replace(UNWRITABLE, '\ufffd')
    .replace(/[&<>"\n\r\t]/g, (character) => `&#${character.charCodeAt(0)};`);
}
