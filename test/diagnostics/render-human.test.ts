import { describe, expect, test } from 'vitest';
import { error, note, warning } from '../../src/diagnostics/diagnostic.ts';
import { type HumanOptions, renderHuman, summarize } from '../../src/diagnostics/render-human.ts';
import type { Source, Span } from '../../src/source/source.ts';

const PLAIN: HumanOptions = { colour: false, width: 80, unicode: true, limit: null };

function source(text: string, name = 'script.sluice'): Source {
  return { name, text };
}

/** The span of `part` in the source; the first when it occurs more often. */
function at(from: Source, part: string): Span {
  const start = from.text.indexOf(part);
  if (start < 0) throw new Error(`no ${part}`);
  return { source: from, start, end: start + part.length };
}

/** Renders one error at `part` of `text`; the answer without the first line (the message). */
function snippet(text: string, part: string, options: Partial<HumanOptions> = {}): string {
  const rendered = renderHuman([error('SL999', at(source(text), part), 'oops')], { ...PLAIN, ...options });
  return rendered.slice(rendered.indexOf('\n') + 1);
}

describe('one diagnostic', () => {
  test('points with a caret and ends in the next step', () => {
    const script = source('# hosts\n\nad host ip=10.0.0.5 to ip.dhcp\n');
    const d = error('SL901', at(script, 'ad'), 'unknown verb `ad`', { help: 'did you mean `add`?' });
    expect(renderHuman([d], PLAIN)).toBe(
      [
        'error[SL901]: unknown verb `ad`',
        ' --> script.sluice:3:1',
        '  |',
        '3 | ad host ip=10.0.0.5 to ip.dhcp',
        '  | ^^',
        '  |',
        '  = help: did you mean `add`?',
        '',
      ].join('\n'),
    );
  });

  test('without a place', () => {
    expect(renderHuman([error('SL911', null, 'no policy', { help: 'use `--policy DIR`' })], PLAIN)).toBe(
      'error[SL911]: no policy\n  help: use `--policy DIR`\n',
    );
  });

  test('labels in the same text and in another one', () => {
    const script = source('add host mac=a\nset bridge stp=on\n\nadd host mac=b\n');
    const network = source('<network>\n  <bridge/>\n</network>', 'default.xml');
    const d = error('SL999', at(script, 'mac=b'), 'twice', {
      labels: [
        { span: at(script, 'mac=a'), message: 'first here' },
        { span: at(network, '<bridge/>'), message: 'the element' },
      ],
    });
    expect(renderHuman([d], PLAIN)).toBe(
      [
        'error[SL999]: twice',
        ' --> script.sluice:4:10',
        '  |',
        '1 | add host mac=a',
        '  |          ----- first here',
        '...',
        '4 | add host mac=b',
        '  |          ^^^^^',
        '  |',
        ' ::: default.xml:2:3',
        '  |',
        '2 |   <bridge/>',
        '  |   --------- the element',
        '',
      ].join('\n'),
    );
  });

  test('two marks on one line share it', () => {
    const script = source('set bridge stp=on stp=off');
    const d = error('SL999', at(script, 'stp=off'), 'twice', {
      labels: [{ span: at(script, 'stp=on'), message: 'first' }],
    });
    expect(renderHuman([d], PLAIN)).toContain(
      '1 | set bridge stp=on stp=off\n  |            ------ first\n  |                   ^^^^^^^\n',
    );
  });

  test('the end of a text, of a line, and a stretch over several lines', () => {
    const empty = source('');
    expect(renderHuman([error('SL999', { source: empty, start: 0, end: 0 }, 'x')], PLAIN)).toContain(
      '1 |\n  | ^\n',
    );
    const two = source('ab\ncd');
    expect(renderHuman([error('SL999', { source: two, start: 2, end: 2 }, 'x')], PLAIN)).toContain(
      '1 | ab\n  |   ^\n',
    );
    expect(renderHuman([error('SL999', { source: two, start: 1, end: 5 }, 'x')], PLAIN)).toContain(
      '1 | ab\n  |  ^\n',
    );
    expect(renderHuman([error('SL999', { source: two, start: 99, end: 105 }, 'x')], PLAIN)).toContain(
      '2 | cd\n  |   ^\n',
    );
    const newlineFirst = source('\nab');
    expect(renderHuman([error('SL999', { source: newlineFirst, start: 0, end: 0 }, 'x')], PLAIN)).toContain(
      '1 |\n  | ^\n',
    );
    expect(renderHuman([error('SL999', { source: newlineFirst, start: 1, end: 3 }, 'x')], PLAIN)).toContain(
      '2 | ab\n  | ^^\n',
    );
  });

  test('the gutter is as wide as the longest line number', () => {
    const script = source(`${'\n'.repeat(99)}bad`);
    expect(renderHuman([error('SL999', at(script, 'bad'), 'x')], PLAIN)).toContain(
      '   --> script.sluice:100:1\n    |\n100 | bad\n',
    );
  });
});

describe('columns', () => {
  test.each([
    ['tabs are expanded', 'a\tbad', 'bad', 'a   bad', '    ^^^'],
    ['East Asian characters take two', '名前 bad', 'bad', '名前 bad', '     ^^^'],
    ['full-width forms too', 'ＡＢbad', 'bad', 'ＡＢbad', '    ^^^'],
    ['the caret is as wide as what it marks', 'x=名前', '名前', 'x=名前', '  ^^^^'],
    ['emoji take two columns and are one character', '👍👍 bad', 'bad', '👍👍 bad', '     ^^^'],
    ['combining marks take none', 'e\u0301e\u0301 bad', 'bad', 'e\u0301e\u0301 bad', '   ^^^'],
    ['a byte order mark is not shown', '\ufeffbad', 'bad', 'bad', '^^^'],
    ['a carriage return before the line end is not shown', 'bad\r\nx', 'bad', 'bad', '^^^'],
    ['escape sequences are shown, not sent', '\u001b[31m bad', 'bad', '\\u{1b}[31m bad', '           ^^^'],
    [
      'bidi overrides are shown, not obeyed',
      '\u202eevil\u202c bad',
      'bad',
      '\\u{202e}evil\\u{202c} bad',
      '                     ^^^',
    ],
    ['bidi isolates', '\u2066x\u2069 bad', 'bad', '\\u{2066}x\\u{2069} bad', '                  ^^^'],
    ['zero-width characters', 'a\u200bb bad', 'bad', 'a\\u{200b}b bad', '           ^^^'],
    ['C1 controls', '\u009b1m bad', 'bad', '\\u{9b}1m bad', '         ^^^'],
    ['half of a surrogate pair', '\ud800 bad', 'bad', '\\u{d800} bad', '         ^^^'],
    ['line separators', 'a\u2028b bad', 'bad', 'a\\u{2028}b bad', '           ^^^'],
    ['NUL and DEL', '\u0000\u007f bad', 'bad', '\\u{0}\\u{7f} bad', '            ^^^'],
  ])('%s', (_name, text, part, line, carets) => {
    expect(snippet(text, part).split('\n').slice(2, 4)).toEqual([`1 | ${line}`, `  | ${carets}`]);
  });

  test('the place counts code points, as editors do', () => {
    expect(snippet('👍名 bad', 'bad')).toContain('script.sluice:1:4\n');
  });
});

describe('long lines', () => {
  test('are windowed around the span', () => {
    const text = `${'a'.repeat(300)}BAD${'b'.repeat(300)}`;
    const lines = snippet(text, 'BAD').split('\n');
    expect(lines[2]).toMatch(/^1 \| …a+BADb+…$/);
    expect(lines[2]!.length).toBeLessThanOrEqual(80);
    expect(lines[2]!.slice(lines[3]!.indexOf('^'))).toMatch(/^BADb/);
    expect(lines[3]!.trimEnd().endsWith('^^^')).toBe(true);
  });

  test('keep their beginning or end when the span is there', () => {
    expect(snippet(`BAD${'b'.repeat(300)}`, 'BAD')).toMatch(/1 \| BADb+…\n {2}\| \^\^\^\n/);
    expect(snippet(`${'a'.repeat(300)}BAD`, 'BAD')).toMatch(/1 \| …a+BAD\n {2}\| {2,}\^\^\^\n/);
  });

  test('a span longer than the line fills the window and no more', () => {
    const lines = snippet(`${'a'.repeat(100)}${'B'.repeat(900)}`, 'B'.repeat(900)).split('\n');
    expect(lines[2]!.length).toBeLessThanOrEqual(80);
    expect(lines[3]!.length).toBeLessThanOrEqual(80);
    expect(lines[2]!.slice(lines[3]!.indexOf('^'))).toMatch(/^B+…$/);
  });

  test('ASCII alone where nothing else can be shown', () => {
    expect(snippet(`${'a'.repeat(300)}BAD`, 'BAD', { unicode: false })).toMatch(/1 \| \.\.\.a+BAD\n/);
  });

  test('ten megabytes are short', () => {
    const text = `${'名'.repeat(5_000_000)}BAD${'x'.repeat(5_000_000)}`;
    const rendered = snippet(text, 'BAD');
    expect(rendered.length).toBeLessThan(400);
    expect(rendered).toContain('BAD');
  });

  test('a window never cuts a surrogate pair', () => {
    for (let n = 0; n < 8; n++) {
      const rendered = snippet(`${'x'.repeat(n)}${'👍'.repeat(2000)}BAD${'👍'.repeat(2000)}`, 'BAD', {
        width: 41 + n,
      });
      expect(rendered).not.toContain('\\u{d8');
      expect(rendered).not.toContain('\\u{dc');
    }
  });
});

describe('many', () => {
  const a = source('one two three four', 'a.sluice');
  const b = source('five', 'b.sluice');

  test('are sorted by place, file by file, and summed up', () => {
    const rendered = renderHuman(
      [
        error('SL999', at(a, 'three'), 'third'),
        warning('SL999', at(b, 'five'), 'fourth'),
        error('SL999', at(a, 'one'), 'second'),
        error('SL911', null, 'first'),
      ],
      PLAIN,
    );
    expect(rendered.match(/: (first|second|third|fourth)$/gm)).toEqual([
      ': first',
      ': second',
      ': third',
      ': fourth',
    ]);
    expect(rendered.endsWith('\n\n3 errors, 1 warning\n')).toBe(true);
  });

  test('are capped, errors before warnings', () => {
    const all = [
      warning('SL999', at(a, 'one'), 'w1'),
      warning('SL999', at(a, 'two'), 'w2'),
      error('SL999', at(a, 'four'), 'e1'),
    ];
    const rendered = renderHuman(all, { ...PLAIN, limit: 1 });
    expect(rendered).toContain('e1');
    expect(rendered).not.toContain('w1');
    expect(rendered.endsWith('\n… and 2 more\n\n1 error, 2 warnings\n')).toBe(true);
    expect(renderHuman(all, { ...PLAIN, limit: 3 })).not.toContain('more');
  });

  test('one of each', () => {
    expect(
      summarize([error('SL999', null, 'x'), warning('SL999', null, 'x'), note('SL999', null, 'x')]),
    ).toBe('1 error, 1 warning, 1 note');
    expect(renderHuman([], PLAIN)).toBe('');
  });
});

describe('hostile text outside the source line', () => {
  test('messages, help, labels and file names are made visible', () => {
    const evil = source('x', 'a\u001b]0;b\u0007.sluice');
    const rendered = renderHuman(
      [
        error('SL999', at(evil, 'x'), 'unknown `\u001b[2J`', {
          help: 'no \u202e',
          labels: [{ span: at(evil, 'x'), message: '\u0007' }],
        }),
      ],
      PLAIN,
    );
    expect(rendered).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(rendered).toContain('unknown `\\u{1b}[2J`');
    expect(rendered).toContain('a\\u{1b}]0;b\\u{7}.sluice:1:1');
  });

  test('a message that quotes megabytes stays readable', () => {
    expect(renderHuman([error('SL999', null, `unknown \`${'x'.repeat(1e6)}\`, not \`y\``)], PLAIN)).toBe(
      `error[SL999]: unknown \`${'x'.repeat(79)}…\`, not \`y\`\n`,
    );
    expect(renderHuman([error('SL999', null, 'x'.repeat(1e6))], PLAIN).length).toBeLessThan(1100);
  });

  test('further lines of a message are indented, so that they cannot pose as a message of their own', () => {
    expect(renderHuman([error('SL999', null, 'several match:\nerror[SL000]: fake')], PLAIN)).toBe(
      'error[SL999]: several match:\n    error[SL000]: fake\n',
    );
  });
});

test('colour changes nothing but colour', () => {
  const script = source('ad host\nset x');
  const all = [error('SL901', at(script, 'ad'), 'a', { help: 'b' }), warning('SL902', at(script, 'x'), 'c')];
  const coloured = renderHuman(all, { ...PLAIN, colour: true });
  expect(coloured).toContain('\u001b[1;31merror[SL901]\u001b[0m');
  expect(coloured.replace(/\u001b\[[0-9;]*m/g, '')).toBe(renderHuman(all, PLAIN));
});
