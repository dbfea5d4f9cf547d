import { expect, test } from 'vitest';
import { error } from '../../src/diagnostics/diagnostic.ts';
import { renderJson } from '../../src/diagnostics/render-json.ts';

test('places in lines, columns and offsets', () => {
  const source = { name: 'a.sluice', text: 'x\n👍 bad\n' };
  const json = renderJson([
    error('SL901', { source, start: 5, end: 8 }, 'unknown', {
      help: 'try',
      labels: [{ span: { source, start: 0, end: 1 }, message: 'here' }],
    }),
    error('SL911', null, 'none'),
  ]);
  expect(JSON.parse(JSON.stringify(json))).toEqual([
    {
      code: 'SL901',
      title: 'unknown command',
      severity: 'error',
      message: 'unknown',
      place: { file: 'a.sluice', line: 2, column: 3, endLine: 2, endColumn: 6, start: 5, end: 8 },
      labels: [
        {
          message: 'here',
          place: { file: 'a.sluice', line: 1, column: 1, endLine: 1, endColumn: 2, start: 0, end: 1 },
        },
      ],
      help: 'try',
    },
    {
      code: 'SL911',
      title: 'no policy',
      severity: 'error',
      message: 'none',
      place: null,
      labels: [],
      help: null,
    },
  ]);
});
